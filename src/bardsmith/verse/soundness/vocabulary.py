"""The words of English verse: is a word one, and does it look like the end of a line or like the half of a word?"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from operator import mul
from pathlib import Path

from bardsmith.verse.sound.pronunciation import known

_TABLE = Path(__file__).parents[1] / "tables" / "vocabulary.txt"
RARE_WORD = 6.0
"""Decibans for a word of the dictionary that is none of verse and begins none."""
UNSEEN = 0.3
"""Lines that stand for none at all when shares are compared: the smaller, the harsher on rare words."""


def is_word(word: str) -> bool:
    """Is it a word of verse or of the dictionary? In lower case; an apostrophe at either end may be a quote."""
    return word in vocabulary() or _is_rarer_word(word)


@cache
def vocabulary() -> frozenset[str]:
    """The words that stand in three poems or more, most of all words of a text: for the quick first sieve."""
    return frozenset(_table().words)


@lru_cache(maxsize=1 << 14)
def _is_rarer_word(word: str) -> bool:
    bare = word.strip("'")
    return bool(bare) and (bare in vocabulary() or known(bare))


@lru_cache(maxsize=1 << 12)
def wholeness(letters: str) -> float:
    """How much likelier the letters are the last word of a line than a word cut at random, in decibans (10 log10 odds).

    Every place inside every word of verse is an equally likely cut, so `th` may be cut from thousands of words, `thing`
    from few, and `thing` often ends a line where `the` hardly ever does.
    """
    table = _table()
    first = bisect_left(table.words, letters + "\0")
    last = bisect_left(table.words, letters + "\U0010ffff")
    cut = table.lines_before[last] - table.lines_before[first]
    here = bisect_left(table.words, letters)
    ends = table.ends[here] if table.words[here : here + 1] == [letters] else 0
    if not ends and not cut:
        return RARE_WORD if known(letters) else 0.0
    as_end = (ends + UNSEEN) / table.all_ends
    as_cut = (cut + UNSEEN) / table.all_cuts
    return 10 * math.log10(as_end / as_cut)


@dataclass(frozen=True, slots=True)
class _Table:
    words: list[str]
    ends: list[int]
    lines_before: list[int]
    """Lines counted for all the words before each, and for all of them."""
    all_ends: int
    all_cuts: int


@cache
def _table() -> _Table:
    """The table that scripts/build_vocabulary.py makes."""
    fields = _TABLE.read_text(encoding="utf-8").split()
    words, lines, ends = fields[0::3], list(map(int, fields[1::3])), list(map(int, fields[2::3]))
    cuts = sum(map(mul, lines, map(len, words))) - sum(lines)
    return _Table(words, ends, list(accumulate(lines, initial=0)), sum(ends), cuts)
