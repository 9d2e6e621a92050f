"""How varied the wording of a text is, in numbers; the verdicts stand in repetition.py and gibberish.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bardsmith.verse.lineation import stanzas, words
from bardsmith.verse.soundness.loops import echoes, four_word_runs, share_repeated
from bardsmith.verse.soundness.vocabulary import is_word, vocabulary
from bardsmith.verse.words import SMALL_WORDS


@dataclass(frozen=True, slots=True)
class Variety:
    """Shares from 0 to 1. Without any words, what is distinct is 1 and the rest 0."""

    distinct: tuple[float, float, float]
    """Different words, pairs of words and runs of three, by all of them."""
    longest_repeat: float
    """The longest run of four words or more that comes again, by all words."""
    known_words: float
    small_words: float
    """Words such as `the` and `of`."""


def variety_of(text: str) -> Variety:
    """Measures any string in linear time."""
    said = [word for stanza in stanzas(text) for line in stanza for word in words(line)]
    common = vocabulary()
    rarer = [word for word in said if word not in common]
    return Variety(
        distinct=(_distinct(said, 1), _distinct(said, 2), _distinct(said, 3)),
        longest_repeat=_longest_repeat(list(four_word_runs(said))) / max(1, len(said)),
        known_words=(len(said) - len(rarer) + sum(map(is_word, rarer))) / max(1, len(said)),
        small_words=len([word for word in said if word in SMALL_WORDS]) / max(1, len(said)),
    )


def _longest_repeat(runs: Sequence[tuple[str, ...]]) -> int:
    """Words of the longest run that stood before."""
    if len(set(runs)) == len(runs):
        return 0
    return max(run + 3 for _, _, run in echoes(runs))


def _distinct(words: Sequence[str], length: int) -> float:
    return 1 - share_repeated(_runs(words, length))


def _runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[i:] for i in range(length)), strict=False))
