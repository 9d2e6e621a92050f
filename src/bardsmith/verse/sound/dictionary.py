"""The CMU Pronouncing Dictionary, looked up by bisection over the bytes of its table.

Phones are one character each: consonants `b C d D f g h J k l m n N p r s S t T v w y z Z`, vowels
`A a V O W Y E R e I i o Q U u`, each followed by its stress, 1 primary, 2 secondary, 0 none (`rhyme` is `rY1m`).
scripts/build_pronunciations.py holds the correspondence to ARPABET.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parents[1] / "tables" / "pronunciations.txt"

VOWELS = "AaVOWYERIieoQUu"
"""The vowels; `R` is the vowel of `bird` and `butter`."""


BLOCK = 512
"""Bytes of the table between the words that its index holds: small enough to search, large enough to index at once."""


def entry(word: str) -> tuple[str, ...]:
    """The phones of each pronunciation of a word, likeliest first; none if the table lacks it."""
    if not word.isascii():
        return ()
    table, words, starts = _table()
    needle = b"\n" + word.encode("ascii") + b"\t"
    block = bisect_right(words, needle)
    start = table.find(needle, starts[block], starts[block + 1] + len(needle)) + len(needle)
    if start < len(needle):
        return ()
    return tuple(table[start : table.index(b"\n", start)].decode("ascii").split(" "))


@cache
def _table() -> tuple[bytes, list[bytes], list[int]]:
    """The table, and an index: words some way apart, and where each block of the table between them begins."""
    table = b"\n" + TABLE.read_bytes()
    starts = [0]
    while (start := table.find(b"\n", starts[-1] + BLOCK, len(table) - 1)) > 0:
        starts.append(start)
    words = [table[start : table.index(b"\t", start) + 1] for start in starts[1:]]
    return table, words, [*starts, len(table)]
