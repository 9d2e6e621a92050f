"""How varied the wording of a text is, in numbers; the verdicts stand in repetition.py and gibberish.py."""

from __future__ import annotations

from dataclasses import dataclass

from bardsmith.verse.soundness.loops import echoes
from bardsmith.verse.soundness.vocabulary import is_word, vocabulary
from bardsmith.verse.soundness.wording import Wording, runs, wording


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
    said = wording(text)
    number = max(1, len(said.words))
    unknown = {word for word in said.different - vocabulary() if not is_word(word)}
    return Variety(
        distinct=(1 - said.runs_again(1), 1 - said.runs_again(2), 1 - said.runs_again(3)),
        longest_repeat=_longest_repeat(said) / number,
        known_words=(len(said.words) - sum(map(unknown.__contains__, said.words))) / number,
        small_words=sum(said.small) / number,
    )


def _longest_repeat(said: Wording) -> int:
    """Words of the longest run that stood before."""
    return max(run + 3 for _, _, run in echoes(runs(said.words, 4))) if said.runs_again(4) else 0
