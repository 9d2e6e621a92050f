"""The pattern of a poem's beats, the name of its measure, and how far its lines keep to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import eq

FEET = ("iambic", "trochaic", "anapestic", "dactylic")

LENGTHS = ("", "monometer", "dimeter", "trimeter", "tetrameter", "pentameter", "hexameter", "heptameter", "octameter")
"""Names by the number of feet."""

AGREED = 0.6
"""Share of the lines that must have the same number of beats before it is expected of the others."""

SURE = 0.8
"""Share of the lines that must keep a pattern before it is taken without a look at others."""

STANZAS = ((3, 3, 2, 2, 3), (3, 3, 4, 3), (4, 4, 3, 4, 4, 3), (4, 4, 4, 2, 4, 2))
"""Beats of stanzas that one of them is known by: limerick, short measure, romance six, Burns's."""

COMMON = 0.3
"""Share of the lines that must have a length before the measure is named by it; two may (`tetrameter/trimeter`)."""

KEPT = 0.5
"""Share of the lines that must keep the foot and one of those lengths before the poem has a measure: all labelled poems
and 97 % of sonnets do, hexameters with their spondees among them, 30 % of free verse and 10 % of chopped prose."""

TOLERATED = 1
"""Departures of a line that still keeps the measure."""


def expected_beats(sizes: Sequence[int], beats: Sequence[int]) -> list[int | None]:
    """Beats expected of each line, as most lines of its place in stanzas of its size have them, if there are three.

    Else those of the pattern of the poem. `sizes` are the lines of each stanza, `beats` those of each line read freely,
    of the first lines perhaps.
    """
    places = [(size, place) for size in sizes for place in range(size)][: len(beats)]
    there = _by_place(places, beats)
    rare = min(map(len, there.values()), default=3) < 3
    usual = _usual(places, beats, there) if rare else [None] * len(beats)
    agreed = {where: _agreed(counts) for where, counts in there.items() if len(counts) > 2}
    return [agreed.get(where, count) for where, count in zip(places, usual, strict=True)]


def _by_place(places: Sequence[tuple[int, int]], beats: Sequence[int]) -> dict[tuple[int, int], list[int]]:
    there: dict[tuple[int, int], list[int]] = {}
    for where, count in zip(places, beats, strict=True):
        there.setdefault(where, []).append(count)
    return there


def _usual(
    places: Sequence[tuple[int, int]], beats: Sequence[int], there: Mapping[tuple[int, int], list[int]]
) -> list[int | None]:
    """The first pattern that nearly all lines keep: one length, that of a stanza known to all, what two stanzas share.

    Else one length that most have, and else what most have of every other line (4-3-4-3).
    """
    same = [_agreed(beats)] * len(beats)
    known = ([pattern[at] if size == len(pattern) else None for size, at in places] for pattern in STANZAS)
    pair = (
        count if where[0] > 2 and there[where] == [count] * 2 else None
        for where, count in zip(places, beats, strict=True)
    )
    for guess in chain([same], known, map(list, [pair])):
        if sum(map(eq, guess, beats)) >= SURE * len(beats):
            return guess
    if same[:1] != [None]:
        return same
    every_other = [_agreed([n for (_, at), n in zip(places, beats, strict=True) if at % 2 == odd]) for odd in (0, 1)]
    return [every_other[at % 2] for _, at in places]


def _agreed(counts: Sequence[int]) -> int | None:
    if not counts:
        return None
    value = _commonest(counts, 1)[0]
    return value if counts.count(value) >= AGREED * len(counts) else None


def _commonest(counts: Sequence[int], number: int) -> list[int]:
    """The commonest numbers, so many at most, the first of equals; lines have few different numbers of beats."""
    return sorted(dict.fromkeys(counts), key=counts.count, reverse=True)[:number]


def measure_name(foot: str, lines: Sequence[str]) -> str:
    """The measure of lines given by their marks, such as `iambic pentameter`; empty if they keep none."""
    beats = [line.count("+") for line in lines]
    common = [
        count
        for count in _commonest(beats, 2)
        if 0 < count < len(LENGTHS) and beats.count(count) >= COMMON * len(lines)
    ]
    kept = sum(
        [count in common and departures(foot, line) <= TOLERATED for line, count in zip(lines, beats, strict=True)]
    )
    if not common or kept < KEPT * len(lines):
        return ""
    return f"{foot} {'/'.join(LENGTHS[count] for count in common)}"


def regularity(foot: str, lines: Sequence[str], expected: Sequence[int | None]) -> float:
    """Share of the lines within one departure of the pattern of their poem."""
    kept = sum(
        [
            beats is not None and departures(foot, line) + abs(line.count("+") - beats) <= TOLERATED
            for line, beats in zip(lines, expected, strict=True)
        ]
    )
    return kept / max(1, len(lines))


@lru_cache(maxsize=1 << 13)
def departures(foot: str, marks: str) -> int:
    """How often a line departs from its foot; an inversion at its opening counts once, a feminine ending not at all."""
    opening, *between, closing = map(len, marks.split("+")) if "+" in marks else (0, len(marks), 0)
    rising, triple = foot in ("iambic", "anapestic"), foot in ("anapestic", "dactylic")
    usual = 2 if triple else 1
    odd = sum(offbeats != usual for offbeats in between)
    odd += not (rising <= opening <= rising * usual)
    odd += closing > (2 if foot == "dactylic" else 1)
    inverted = foot == "iambic" and opening == 0 and between[:1] == [2]
    return odd - inverted
