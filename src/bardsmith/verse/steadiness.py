"""Do the lines keep a measure? By syllables, counted by spelling: right in 71 % of lines, within one in 97 %."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from statistics import median

from bardsmith.verse import thresholds as limit

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?<=[aeiouy])(?:[^aeiouy]{1,3}e|[^aeiouytd]+e[sd]|[sxz]?'s)$|(?<=[aeiouy])e$")


def syllables(line: str) -> int:
    """Syllables of a line by its vowel groups."""
    return sum(map(_of_word, _WORD.findall(line.lower().replace("\u2019", "'"))))


@lru_cache(maxsize=50_000)
def _of_word(word: str) -> int:
    groups = len(_VOWELS.findall(word))
    silent = _SILENT.search(word) and not word.endswith(
        ("le", "les", "ses", "ces", "ges", "zes", "ches", "shes", "xes")
    )
    return max(1, groups - bool(silent))


def steadiness(lines: Sequence[str]) -> float:
    """Share of the lines, 0 to 1, within one syllable of their measure; 0 for fewer than STEADY_LINES lines.

    The measure is one length for all lines, or one for odd and one for even lines (ballads), or 5-7-5 for three lines.
    """
    counts = [syllables(line) for line in lines]
    if len(counts) == 3:
        return sum(abs(count - wanted) <= 1 for count, wanted in zip(counts, (5, 7, 5), strict=True)) / 3
    if len(counts) < limit.STEADY_LINES:
        return 0.0
    alternating = (_near_median(counts[::2]) + _near_median(counts[1::2])) / len(counts)
    return max(_near_median(counts) / len(counts), alternating)


def _near_median(counts: Sequence[int]) -> int:
    middle = median(counts)
    return sum(abs(count - middle) <= 1 for count in counts)
