"""The words of a text, split once and counted once for all the rules of this folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import chain, pairwise

from bardsmith.verse.lineation import stanzas, words_by_line
from bardsmith.verse.words import SMALL_WORDS

Words = Sequence[str]


class Wording:
    """The words of some lines. What is counted in them is counted when it is first asked for."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = list(filter(None, words_by_line(lines)))
        """Of each line that has any words, these."""
        self.words = list(chain.from_iterable(self.lines))
        self._repeats: dict[int, int] = {}

    @cached_property
    def different(self) -> frozenset[str]:
        """Each word once."""
        return frozenset(self.words)

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """All neighbours, across line ends, too."""
        return frozenset(pairwise(self.words))

    @cached_property
    def small(self) -> list[bool]:
        """Which of the words are small ones (the, of, and ...)."""
        return list(map(SMALL_WORDS.__contains__, self.words))

    @cached_property
    def lines_again(self) -> float:
        """Share of the lines that stood in the text before, 0 to 1."""
        return share_repeated(self.lines)

    def runs_again(self, length: int) -> float:
        """Share of the runs of so many words that stood in the text before, 0 to 1."""
        number = len(self.words) - length + 1
        return 1 - (number - self._again(length)) / number if number > 0 else 0.0

    def _again(self, length: int) -> int:
        """How many runs stood before? Each that did holds two that did, a word shorter, and shares but one of them."""
        number = len(self.words) - length + 1
        if length <= 2:
            return number - len(self.pairs if length == 2 else self.different)
        if length not in self._repeats:
            self._repeats[length] = 0 if self._again(length - 1) < 2 else number - len(set(runs(self.words, length)))
        return self._repeats[length]


@lru_cache(maxsize=8)
def wording(text: str) -> Wording:
    """The words of a text, handed from one rule to the next."""
    return Wording(chain.from_iterable(stanzas(text)))


def runs(words: Words, length: int) -> list[tuple[str, ...]]:
    """All runs of so many words."""
    return list(zip(*(words[i:] for i in range(length)), strict=False))


def share_repeated(items: Sequence[object]) -> float:
    """Share of the items that stood before, 0 to 1."""
    return 1 - len(set(items)) / len(items) if items else 0.0
