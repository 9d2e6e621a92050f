"""The meter of a poem: the foot that fits its lines at the least cost, then each line read under it.

What the feet are and cost stands in feet.py, how a line is read under one in reading.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.rhythm import feet
from bardsmith.verse.rhythm.reading import LATTICES, UNREAD, Lattice, Path, Scansion, path
from bardsmith.verse.rhythm.regularity import FEET, departures, expected_beats, measure_name
from bardsmith.verse.rhythm.syllabification import WordRow, open_row, word_row

SAMPLE = 16
"""Lines of a poem that its foot is chosen on."""

GLANCE = 8
"""Lines that are looked at first, to see whether their foot is plain."""

CLEAR = 0.5
"""How much cheaper a line than in any other foot plain iambs must be to be taken at a glance, without comparing
readings: two poems of three are, of 540 one wrongly."""

BEHIND = 16
"""Cost above that of the best foot so far from which a foot is given up."""

FALLING = 0.6
"""Share of the lines that must be regular trochees for a poem to be trochaic that would be as well iambic."""

DEARER = 1.0
"""How much dearer a line the trochees may be then."""

MOST_LINES = 4096
"""Lines that are read; those after them stay without marks. No poem is so long, and a text may be."""

_NO_ROW = WordRow([], "")


@dataclass(frozen=True, eq=False, slots=True)
class Scan:
    """The meter of a poem."""

    foot: str
    """Of FEET; the best of them, however bad."""
    rows: tuple[WordRow, ...]
    """The words of its lines."""
    lines: tuple[Scansion, ...]
    """Its lines that are not blank."""
    expected: tuple[int | None, ...]
    """Beats that the pattern of the poem wants of each line, if it has one."""


@lru_cache(maxsize=4)
def scan(text: str) -> Scan:
    """Chooses the foot and the pattern of beats of a poem and reads its lines under them."""
    return _scanned(stanzas(text), word_row)


def open_ended(poem: Sequence[Sequence[str]]) -> Scan:
    """The same of stanzas of normalised lines whatever words they end in: nothing of it depends on the last of each."""
    return _scanned(poem, open_row)


def _scanned(poem: Sequence[Sequence[str]], row_of: Callable[[str], WordRow]) -> Scan:
    every = [line for stanza in poem for line in stanza]
    rows = [row_of(line) for line in every[:MOST_LINES]]
    lattices = [[LATTICES[word] for word in row.words] for row in rows]
    foot, lines = _fitted(lattices)
    expected = expected_beats([len(stanza) for stanza in poem], [line.beats for line in lines])
    for i, (line, beats) in enumerate(zip(lines, expected, strict=True)):
        if beats is not None and beats != line.beats:
            lines[i] = path(foot, lattices[i], beats).scansion()
    rest = len(every) - len(lines)
    return Scan(foot, (*rows, *[_NO_ROW] * rest), (*lines, *[UNREAD] * rest), (*expected, *[None] * rest))


def measure(text: str) -> str:
    """The measure of the whole text, such as `iambic pentameter`; empty if it has none."""
    poem = scan(text)
    return measure_name(poem.foot, [line.marks for line in poem.lines])


def _fitted(lines: Sequence[Sequence[Lattice]]) -> tuple[str, list[Scansion]]:
    """The foot that fits the first lines best, and all lines read under it; feet that fall behind are not read on."""
    costs = dict.fromkeys(("iambic",) if _clearly_iambic(lines[:GLANCE]) else FEET, 0.0)
    paths: dict[str, list[Path]] = {foot: [] for foot in FEET}
    for line in lines[:SAMPLE]:
        for foot in costs:
            found = path(foot, line)
            paths[foot].append(found)
            costs[foot] += found.cost + feet.FEET[foot].rarity
        behind = min(costs.values()) + BEHIND
        costs = {foot: cost for foot, cost in costs.items() if cost <= behind}
    best = min(costs, key=costs.__getitem__)
    if best == "iambic" and "trochaic" in costs and _falls(paths["trochaic"], costs["trochaic"] - costs["iambic"]):
        best = "trochaic"
    return best, [found.scansion() for found in chain(paths[best], (path(best, line) for line in lines[SAMPLE:]))]


def _falls(lines: Sequence[Path], dearer: float) -> bool:
    """Are lines that may be headless iambs trochees without a last offbeat? By convention they are if most of a poem's
    lines go so (`TYger TYger BURNing BRIGHT`); among lines that open off the beat they are not."""
    regular = sum(departures("trochaic", line.scansion().marks) == 0 for line in lines)
    return regular >= FALLING * len(lines) and dearer <= DEARER * len(lines)


def _clearly_iambic(lines: Sequence[Sequence[Lattice]]) -> bool:
    """Are iambs much cheaper than the other feet if each line keeps to one without departure?

    Every word has its first shape. Only what a beat on a syllable adds is counted, since no beats cost all feet alike.
    """
    iambic, others = 0, [0, 0, 0]
    for words in lines:
        gains = list(chain.from_iterable([word.gains for word in words]))
        total, trochaic, dactylic, amphibrachic = sum(gains), sum(gains[::2]), sum(gains[::3]), sum(gains[1::3])
        iambic += total - trochaic
        others[0] += trochaic
        others[1] += min(total - dactylic - amphibrachic, amphibrachic)
        others[2] += dactylic
    return min(others) - iambic > CLEAR * len(lines)
