"""Where on the page each syllable of a line stands, so that stress can be shown over or in the text itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from bardsmith.verse.lineation import WORD

_VOWELS = re.compile(r"(?:(?<!q)u|[aeioy\u00e0-\u00ff])(?:[aeiouy\u00e0-\u00ff])*", re.IGNORECASE)
_SILENT = re.compile(r"(?<=[^\Waeiou])e(?:'?s|'?d)?'?$|(?<=[aeiou])e$", re.IGNORECASE)


class Syllable(NamedTuple):
    start: int
    """Its first character in the line."""
    stop: int
    """The character after its last."""
    nucleus: int
    """Its vowel, above which a mark stands."""
    strong: bool


def laid_out(line: str, marks: str, syllables: Sequence[int]) -> list[Syllable]:
    """Lays the marks of a line (`+` strong, `-` weak, one a syllable) over its letters.

    `syllables` says how many each word has. Spelling tells only roughly where syllables part, so the bounds are for
    the eye. Words beyond those counted get none.
    """
    found: list[Syllable] = []
    for word, number in zip(WORD.finditer(line), syllables, strict=False):
        for first, last, nucleus in _split(word.group(), number):
            strong = marks[len(found)] == "+"
            found.append(Syllable(word.start() + first, word.start() + last, word.start() + nucleus, strong))
    return found


def _split(word: str, number: int) -> list[tuple[int, int, int]]:
    """Start, stop and nucleus of each syllable of a word: a bound stands before the last consonant between vowels."""
    if number < 1:
        return []
    nuclei = _nuclei(_SILENT.sub("", word), number)
    if len(nuclei) != number:
        nuclei = [len(word) * (2 * i + 1) // (2 * number) for i in range(number)]
    bounds = [0]
    for before, after in pairwise(nuclei):
        bounds.append(after - 1 if after - before > 1 else after)
    bounds.append(len(word))
    return [(bounds[i], bounds[i + 1], nuclei[i]) for i in range(number)]


def _nuclei(word: str, number: int) -> list[int]:
    """The first vowel of each group of vowels, and as many of the others as it takes (`qui-et`, `be-ing`)."""
    groups = [found.span() for found in _VOWELS.finditer(word)]
    others = [at for start, stop in groups for at in range(start + 1, stop)]
    return sorted([start for start, _ in groups] + others[: max(0, number - len(groups))])
