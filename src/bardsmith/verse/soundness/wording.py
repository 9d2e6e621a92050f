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
        self._different: dict[int, int] = {}

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
        return 1 - self._count(length, number) / number if number > 0 else 0.0

    def _count(self, length: int, number: int) -> int:
        """Of so many runs, how many are different? All, if too few of the pairs in them come again."""
        if length == 2:
            return len(self.pairs)
        if length > 2 and len(self.words) - len(self.pairs) < length:
            return number
        if length not in self._different:
            self._different[length] = len(set(runs(self.words, length)))
        return self._different[length]


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
