"""Learns how often each word of one syllable takes a beat, from rhymed poems in regular verse.

    python scripts/learn_beats.py DATA

DATA holds `prosody/chicago-rhyme/chicago-rhyme.jsonl`, a poem a row: `stanzas`, each with `lines`; no more is used. The
poems are scanned with all monosyllables alike, so that only the words of several syllables and the evenness of the
lines fix where the beats fall; where iambs or trochees then fit a line well, each of its monosyllables is counted as in
a beat or off it. One round does best: further rounds, which scan with the counts of the last, sharpen them too far.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from bardsmith.verse.rhythm import syllabification
from bardsmith.verse.rhythm.scansion import scan
from bardsmith.verse.rhythm.syllabification import ELIDABLE, TABLE

MOST_LINES = 120
"""Lines read of one poem, so that no long one outweighs the others."""

WELL = 2.2
"""Cost of a syllable up to which a line fits well."""

LEAST = 4
"""Occurrences from which a word has a share of its own."""

PRIOR, WEIGHT = 0.7, 4
"""The share that a word has before it is seen, and how many occurrences that is worth."""


def texts(path: Path) -> Iterator[str]:
    for row in path.read_text(encoding="utf-8").splitlines():
        lines = [line for stanza in json.loads(row)["stanzas"] for line in stanza["lines"]]
        yield "\n".join(lines[:MOST_LINES])


def learned(poems: Iterable[str]) -> list[str]:
    """The lines of the table: a word and the tenths of its occurrences that are in a beat."""
    seen: Counter[str] = Counter()
    beats: Counter[str] = Counter()
    for text in poems:
        poem = scan(text)
        if poem.foot not in ("iambic", "trochaic"):
            continue
        for row, line in zip(poem.rows, poem.lines, strict=True):
            if line.cost > WELL * len(line.marks):
                continue
            place = 0
            for word, size in zip(row.words, line.words, strict=True):
                if size == 1:
                    plain = word.removesuffix(ELIDABLE).strip("'")
                    seen[plain] += 1
                    beats[plain] += line.marks[place] == "+"
                place += size
    return [
        f"{word}\t{min(9, int(10 * (beats[word] + PRIOR * WEIGHT) / (seen[word] + WEIGHT)))}"
        for word in sorted(seen)
        if seen[word] >= LEAST
    ]


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    syllabification.TABLE = Path(os.devnull)  # so that all monosyllables are alike
    table = learned(texts(Path(sys.argv[1]) / "prosody" / "chicago-rhyme" / "chicago-rhyme.jsonl"))
    TABLE.write_bytes(("\n".join(table) + "\n").encode())


if __name__ == "__main__":
    main()
