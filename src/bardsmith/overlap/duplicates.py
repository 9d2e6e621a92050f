"""Near-duplicates among many poems, by the runs of five words that they share.

All pairs with a Jaccard similarity of NEAR or more are found, and found exactly. Of each text only its smallest hashes
are indexed, for two texts that are so alike share some of these (prefix filtering: Chaudhuri, Ganti and Kaushik 2006;
with more than one shared element asked for: Wang, Li and Feng 2012). Time and memory grow with the words, not with the
pairs.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict

from bardsmith.overlap.runs import plain_words, run_hashes

SHINGLE = 5
"""Words in a row."""
NEAR = 0.7
"""Jaccard similarity from which two texts are near-duplicates (0.7 to 0.8 is usual)."""
ASKED_FOR = 3
"""Indexed hashes that two texts must share before they are compared, so that a stock opening costs little."""


class Shingles:
    """Texts that were added, so that the nearest to another can be asked for."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._hashes: list[array[int]] = []
        self._first: dict[int, int] = {}
        """By hash, the first text that has it among its smallest: most have but one."""
        self._others: defaultdict[int, list[int]] = defaultdict(list)

    def add(self, name: str, text: str) -> None:
        hashes = _shingles(text)
        number = len(self._ids)
        self._ids.append(name)
        self._hashes.append(hashes)
        for each in hashes[: _indexed(len(hashes))]:
            if self._first.setdefault(each, number) != number:
                self._others[each].append(number)

    def nearest(self, text: str) -> tuple[str, float] | None:
        """The id of the text added that is most like this one, and how like, from NEAR to 1; the first of equals."""
        hashes = _shingles(text)
        met: Counter[int] = Counter()
        for each in hashes[: _indexed(len(hashes))]:
            if each in self._first:
                met[self._first[each]] += 1
                met.update(self._others.get(each, ()))
        likenesses = [
            (_jaccard(hashes, self._hashes[number]), -number)
            for number, shared in met.items()
            if shared >= min(_asked_for(len(hashes)), _asked_for(len(self._hashes[number])))
        ]
        likeness, place = max(likenesses, default=(0.0, 0))
        return (self._ids[-place], likeness) if likeness >= NEAR else None


def _shingles(text: str) -> array[int]:
    """The hashes of a text's runs of words in ascending order; a shorter text is one run, a text without words none."""
    words = plain_words(text)
    return array("Q", sorted(set(run_hashes(words, min(SHINGLE, len(words))) if words else [])))


def _jaccard(one: array[int], other: array[int]) -> float:
    both = len(frozenset(one).intersection(other))
    return both / (len(one) + len(other) - both)


def _needed(number: int) -> int:
    """Hashes that a text of so many shares with any near-duplicate at the least."""
    return math.ceil(NEAR * number - 1e-9)


def _asked_for(number: int) -> int:
    return min(ASKED_FOR, _needed(number))


def _indexed(number: int) -> int:
    """How many of its smallest hashes are indexed, so that ASKED_FOR of those it shares are surely among them."""
    return number - _needed(number) + _asked_for(number)
