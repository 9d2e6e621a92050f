"""The CMU Pronouncing Dictionary, looked up by bisection over its table.

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
"""Characters of the table between the words of its index: small enough to search, large enough to index at once."""


def entry(word: str) -> tuple[str, ...]:
    """The phones of each pronunciation of a word, likeliest first; none if the table lacks it."""
    table, words, starts = _table()
    needle = f"\n{word}\t"
    block = bisect_right(words, needle)
    start = table.find(needle, starts[block], starts[block + 1] + len(needle)) + len(needle)
    if start < len(needle):
        return ()
    return tuple(table[start : table.index("\n", start)].split(" "))


@cache
def _table() -> tuple[str, list[str], list[int]]:
    """The table, and an index: words some way apart, and where each block of the table between them begins."""
    table = "\n" + TABLE.read_text("ascii")
    starts = [0]
    while (start := table.find("\n", starts[-1] + BLOCK, len(table) - 1)) > 0:
        starts.append(start)
    words = [table[start : table.index("\t", start) + 1] for start in starts[1:]]
    return table, words, [*starts, len(table)]
