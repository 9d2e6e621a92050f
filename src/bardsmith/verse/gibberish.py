"""Is a text made of words at all? Without a dictionary: by its characters, its letter triples and its small words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from bardsmith.verse import thresholds as limit
from bardsmith.verse.words import SMALL_WORDS


@dataclass(frozen=True)
class Gibberish:
    gibberish: bool
    reason: str | None


def gibberish(text: str) -> Gibberish:
    """Tells noise, made-up words and heaps of unconnected words from language; any string is allowed.

    An empty text is not gibberish. Languages in other scripts than the Latin one are: this room reads English.
    """
    reason = _fault(text)
    if reason is None and text.count(" ") + text.count("\n") >= limit.HALVES_FROM:
        middle = text.find(" ", len(text) // 2)
        later = _fault(text[middle:]) if middle > 0 else None
        reason = f"in its second half {later}" if later else None
    return Gibberish(reason is not None, reason)


_NOT_A_LETTER = re.compile(r"[\W\d_]+")
_NOT_LATIN = re.compile(r"[^a-zA-Z\u00c0-\u024f]+")
_COMMON = re.compile(r"[\w\s.,;:!?'\"()\[\]*/&\u2013\u2014\u2018\u2019\u201c\u201d\u2026-]+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def _fault(text: str) -> str | None:
    characters = len("".join(text.split()))
    letters = len(_NOT_A_LETTER.sub("", text))
    if characters >= limit.CHARACTERS_TO_COUNT and letters < limit.FEWEST_LETTERS * characters:
        return f"only {letters / characters:.0%} of the characters are letters"
    if len(_COMMON.sub("", text)) > limit.MOST_ODD_CHARACTERS * characters:
        return "odd characters stand between the letters"
    if letters - len(_NOT_LATIN.sub("", text)) > limit.MOST_FOREIGN_LETTERS * letters:
        return "its letters are not Latin"
    return _fault_of_words(_WORD.findall(text))


def _fault_of_words(words: list[str]) -> str | None:
    longest = max(words, key=len, default="")
    if len(longest) > limit.LONGEST_WORD:
        return f"a word of {len(longest)} letters stands in it"
    if len(words) < limit.TRIGRAM_WORDS:
        return None
    lone = sum(len(word) == 1 and word not in "aioAIO" for word in words)
    if lone > limit.MOST_LONE_LETTERS * len(words):
        return "single letters stand where words should"
    if (unknown := _unknown_trigrams(words)) > limit.MOST_UNKNOWN_TRIGRAMS:
        return f"{unknown:.0%} of its letter triples occur in no known word"
    lower = [word for word in words if word[0].islower()]
    if len(lower) >= limit.SMALL_WORDS_FROM:
        small = sum(word in SMALL_WORDS for word in lower)
        if small < limit.FEWEST_SMALL_WORDS * len(lower):
            return f"only {small} of {len(lower)} words are small words such as 'the' and 'of'"
    return None


def _unknown_trigrams(words: list[str]) -> float:
    counts = [_triples(word) for word in words if len(word) > 3 and word.isascii()]
    total = sum(number for number, _ in counts)
    return sum(unknown for _, unknown in counts) / total if total >= 4 * limit.TRIGRAM_WORDS else 0.0


@lru_cache(maxsize=50_000)
def _triples(word: str) -> tuple[int, int]:
    """Letter triples of a word, and how many of them are unknown."""
    known = _trigrams()
    marked = f"^{word.lower().replace(chr(39), '')}$"
    return len(marked) - 2, sum(marked[i : i + 3] not in known for i in range(len(marked) - 2))


@cache
def _trigrams() -> frozenset[str]:
    """The table that scripts/build_trigrams.py makes from the starter corpus."""
    lines = files("bardsmith.verse").joinpath("trigrams.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line[:2] + letter for line in lines for letter in line[3:])
