"""How varied the wording of a text is, in numbers; the verdicts stand in repetition.py and gibberish.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bardsmith.verse.lineation import stanzas, words
from bardsmith.verse.soundness.loops import echoes, four_word_runs, share_repeated
from bardsmith.verse.soundness.repetition import compression
from bardsmith.verse.soundness.vocabulary import is_word
from bardsmith.verse.words import SMALL_WORDS


@dataclass(frozen=True, slots=True)
class Variety:
    """Shares from 0 to 1, but for the compression. Without any words, what is distinct is 1 and the rest 0."""

    distinct: tuple[float, float, float]
    """Different words, pairs of words and runs of three, by all of them."""
    compression: float
    """Characters by compressed characters, 0 without any; short texts shrink little, whatever they say."""
    repeated_lines: float
    """Lines that stood in the text before, by all."""
    longest_repeat: float
    """The longest run of four words or more that comes again, by all words."""
    known_words: float
    small_words: float
    """Words such as `the` and `of`."""


def variety_of(text: str) -> Variety:
    """Measures any string in linear time."""
    lines = [found for stanza in stanzas(text) for line in stanza if (found := words(line))]
    said = [word for line in lines for word in line]
    return Variety(
        distinct=(_distinct(said, 1), _distinct(said, 2), _distinct(said, 3)),
        compression=compression(text) if text else 0.0,
        repeated_lines=share_repeated(list(map(tuple, lines))),
        longest_repeat=max((run + 3 for _, _, run in echoes(list(four_word_runs(said)))), default=0)
        / max(1, len(said)),
        known_words=sum(map(is_word, said)) / max(1, len(said)),
        small_words=sum(map(SMALL_WORDS.__contains__, said)) / max(1, len(said)),
    )


def _distinct(words: Sequence[str], length: int) -> float:
    return 1 - share_repeated(_runs(words, length))


def _runs(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[i:] for i in range(length)), strict=False))
