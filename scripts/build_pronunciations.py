"""Packs the CMU Pronouncing Dictionary into the verse room's table of pronunciations.

    python scripts/build_pronunciations.py cmudict.dict

`cmudict.dict` is the dictionary's own file (github.com/cmusphinx/cmudict, version 0.7b and later); its notice stays
beside the table as `CMUDICT-LICENSE.txt`. One line a word, sorted by bytes: the word, a tab, then its pronunciations,
likeliest first, parted by spaces. A phone is one character (PHONES below) and a vowel's stress the digit after it, so
`rhyme` is `rY1m`. Words with other characters than letters and apostrophes are left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from bardsmith.verse.sound.dictionary import TABLE

PHONES = {
    "AA": "A", "AE": "a", "AH": "V", "AO": "O", "AW": "W", "AY": "Y", "EH": "E", "ER": "R",
    "EY": "e", "IH": "I", "IY": "i", "OW": "o", "OY": "Q", "UH": "U", "UW": "u",
    "B": "b", "CH": "C", "D": "d", "DH": "D", "F": "f", "G": "g", "HH": "h", "JH": "J", "K": "k", "L": "l", "M": "m",
    "N": "n", "NG": "N", "P": "p", "R": "r", "S": "s", "SH": "S", "T": "t", "TH": "T", "V": "v", "W": "w", "Y": "y",
    "Z": "z", "ZH": "Z",
}  # fmt: skip
"""ARPABET, as the dictionary writes it, to one character a phone."""


def packed(lines: Iterable[str]) -> list[str]:
    """The table's lines from the dictionary's."""
    table: dict[str, list[str]] = {}
    for line in lines:
        entry = line.split("#", 1)[0].split()
        if not entry or not re.fullmatch(r"[a-z']+(?:\(\d+\))?", entry[0]):
            continue
        word = entry[0].split("(", 1)[0]
        sounds = "".join(PHONES[phone.rstrip("012")] + phone[2:] for phone in entry[1:])
        known = table.setdefault(word, [])
        if sounds not in known:
            known.append(sounds)
    return [f"{word}\t{' '.join(table[word])}" for word in sorted(table)]


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    lines = packed(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines())
    TABLE.write_bytes(("\n".join(lines) + "\n").encode("ascii"))


if __name__ == "__main__":
    main()
