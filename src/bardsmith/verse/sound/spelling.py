"""How a word sounds by its letters: a decision trie over each letter's context, read from the right.

scripts/build_spelling.py learns the table from the pronunciation table.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from bardsmith.verse.sound.dictionary import VOWELS

TABLE = Path(__file__).parents[1] / "tables" / "spelling.txt"

_VOWEL_GROUP = re.compile("[aeiouy]+")

LONGEST_WORD = 40
"""Of a longer word only the last letters are read, so that the time for any text stays in proportion to its words."""


class Said(NamedTuple):
    """What is known of a word's sound to the right of a letter."""

    phone: str
    """The next phone, `_` at the end of the word."""
    stress: str
    """`0` to `3` unstressed syllables; `a`, `b` one or more with a secondary stress among them; `p` the primary stress
    just read; `q` a syllable and more before it."""

    @lru_cache(maxsize=1 << 12)  # noqa: B019 - a few hundred values, which live as long as the table
    def after(self, phones: str) -> Said:
        """The same, one letter to the left, that letter's phones being read."""
        stress = self.stress
        for digit in reversed([phone for phone in phones if phone.isdigit()]):
            stress = _stress_after(stress, digit)
        return Said(phones[0], stress) if phones else self


NOTHING_SAID = Said("_", "0")


def _stress_after(stress: str, digit: str) -> str:
    if digit == "1":
        return "p"
    if stress in "pq":
        return "q"
    if digit == "2" or stress in "ab":
        return "b" if stress in "ab" else "a"
    return str(min(int(stress) + 1, 3))


def context(word: str, i: int, said: Said) -> str:
    """A letter and what stands round it, the most telling first; `_` is no letter.

    For a vowel: the phone after it, its right neighbour, the stress so far and the vowels still to come (0 to 3
    groups), then the letters left and right by turns, four each. For a consonant the letters come first.
    """
    letter = word[i]
    left = f"____{word[:i]}"[-4:]
    right = f"{word[i + 1 : i + 5]}____"
    state = said.stress + str(_vowels_before(word, i))
    if letter in "aeiouy":
        start = letter + said.phone + right[0] + state + left[3]
        return start + right[1] + left[2] + right[2] + left[1] + right[3] + left[0]
    start = letter + left[3] + right[0] + said.phone + left[2] + right[1]
    return start + left[1] + right[2] + right[3] + left[0] + state


def _vowels_before(word: str, i: int) -> int:
    """Groups of vowel letters to the left, at most 3."""
    return min(3, len(_VOWEL_GROUP.findall(word, 0, i)))


def spelled(word: str) -> str:
    """The phones of a word of the letters a to z."""
    table = _table()
    word = word[-LONGEST_WORD:]
    said, parts = NOTHING_SAID, []
    for i in range(len(word) - 1, -1, -1):
        key = context(word, i, said)
        while key not in table:
            key = key[:-1]
        parts.append(table[key])
        said = said.after(table[key])
    return _stressed("".join(reversed(parts)))


def _stressed(phones: str) -> str:
    """With a vowel, and one primary stress: of several the last is kept, and without one the first syllable has it."""
    first = next((i for i, phone in enumerate(phones) if phone in VOWELS), -1)
    if first < 0:
        return f"V1{phones}"
    if "1" not in phones:
        return f"{phones[: first + 1]}1{phones[first + 2 :]}"
    ahead, _, behind = phones.rpartition("1")
    return f"{ahead.replace('1', '2')}1{behind}"


@cache
def _table() -> dict[str, str]:
    """Context to phones; the longest context that is a key holds, and every letter is one."""
    fields = TABLE.read_text(encoding="ascii").removesuffix("\n").replace("\n", "\t").split("\t")
    return dict(zip(fields[::2], fields[1::2], strict=True))
