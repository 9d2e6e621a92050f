"""The other analysers of English verse, each behind the functions that benchmarks/prosody_gold.py scores.

    pip install pronouncing rhymetagger prosodic    (the last two also need eSpeak NG on the path)

A maker imports its library and returns its functions by name; it raises ImportError where the library is missing.
RhymeTagger and prosodic ask NLTK for a model that cuts texts into sentences, which must be downloaded; a line of verse
is taken as one sentence here instead, since neither needs to know where sentences end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Functions = dict[str, Callable[..., Any]]


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _stanzas(text: str) -> list[list[str]]:
    return [_lines(block) for block in text.split("\n\n") if block.strip()]


def make_pronouncing() -> Functions:
    """The CMU dictionary's rhyming parts, any pronunciation; each line takes the label of the nearest rhyme before."""
    import pronouncing

    def parts(word: str) -> set[str]:
        return {pronouncing.rhyming_part(phones) for phones in pronouncing.phones_for_word(word)}

    def pair(a: str, b: str) -> float:
        return float(not parts(a).isdisjoint(parts(b)))

    def stanza(lines: Sequence[str]) -> list[str]:
        ends = [parts("".join(c for c in line.split()[-1].lower() if c.isalpha() or c == "'")) for line in lines]
        labels: list[str] = []
        for i, end in enumerate(ends):
            near = range(i - 1, max(-1, i - 11), -1)
            labels.append(next((labels[j] for j in near if not end.isdisjoint(ends[j])), str(i)))
        return labels

    def rhyme(text: str) -> list[str]:
        return [f"{i}.{label}" for i, lines in enumerate(_stanzas(text)) for label in stanza(lines)]

    def meter(text: str) -> list[str]:
        """The first pronunciation's stresses; monosyllables count as stressed, as in the dictionary."""
        return ["".join(map(_stresses, line.lower().split())) for line in _lines(text)]

    def _stresses(token: str) -> str:
        phones = pronouncing.phones_for_word("".join(c for c in token if c.isalpha() or c == "'"))
        return "".join("-" if mark == "0" else "+" for mark in pronouncing.stresses(phones[0])) if phones else ""

    return {"rhyme": rhyme, "pair": pair, "stress": meter, "meter": meter}


def make_rhymetagger() -> Functions:
    """RhymeTagger with its English model, in its own settings."""
    import nltk
    from nltk.tokenize import NLTKWordTokenizer
    from rhymetagger import RhymeTagger

    nltk.download = lambda *args, **kwargs: False
    nltk.tokenize.word_tokenize = NLTKWordTokenizer().tokenize
    tagger = RhymeTagger()
    tagger.load_model(model="en", verbose=False)

    def rhyme(text: str) -> list[str]:
        found = tagger.tag(_stanzas(text), output_format=3)
        flat = [label for part in found for label in (part if isinstance(part, list) else [part])]
        return ["-" if label is None else str(label) for label in flat]

    return {"rhyme": rhyme}


def make_prosodic() -> Functions:
    """prosodic's best parse and its rhyme ids."""
    import nltk

    nltk.sent_tokenize = lambda text, language="english": [text]
    import prosodic

    def rhyme(text: str) -> list[str]:
        return ["-" if not found else str(found) for found in prosodic.Text(text).rhyme_ids]

    def parsed(text: str) -> list[Any]:
        whole = prosodic.Text(text)
        whole.parse()
        return [line.best_parse for line in whole.lines]

    def stress(text: str) -> list[str]:
        return [parse.stress_str if parse else "" for parse in parsed(text)]

    def meter(text: str) -> list[str]:
        return [parse.meter_str if parse else "" for parse in parsed(text)]

    return {"rhyme": rhyme, "stress": stress, "meter": meter}


PEERS: dict[str, Callable[[], Functions]] = {
    "pronouncing": make_pronouncing,
    "RhymeTagger": make_rhymetagger,
    "prosodic": make_prosodic,
}
