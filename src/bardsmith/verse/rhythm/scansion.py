"""The meter of a poem: the foot that fits its lines at the least cost, then each line read under it.

Meter is taken as Attridge takes it (The Rhythms of English Poetry, 1982): beats and the offbeats between them. A duple
line has one offbeat between two beats, a triple one two, and every departure has a cost. The name of a foot adds how
lines open and close: rising (iamb, anapest) or falling (trochee, dactyl). The cheapest reading of a line is found by
dynamic programming over its lattice of syllables; what a word can do is worked out once for each word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.rhythm.regularity import FEET, expected_beats, measure_name
from bardsmith.verse.rhythm.syllabification import CLASSES, WordRow, shapes, word_row

_IN_BEAT = dict(zip(CLASSES, (0, 1, 9, 2, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0), strict=True))
"""Cost of a syllable of each class in a beat."""

_OFF_BEAT = dict(zip(CLASSES, (10, 4, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4), strict=True))
"""Cost of a syllable of each class off the beat. Like all costs of this file by hand: tuning gained nothing."""

SAMPLE = 16
"""Lines of a poem that its foot is chosen on."""

CLEAR = 1.0
"""How much cheaper a line than in any other foot plain iambs must be to be taken at a glance, without comparing
readings: two poems of three are, of 450 none wrongly."""

UNEXPECTED = 6
"""Cost of each beat more or less than expected."""

MOST_LINES = 4096
"""Lines that are read; those after them stay without marks. No poem is so long, and a text may be."""

STRICTLY = 6
"""How many times the cost of an elision or expansion a strict reading puts on it."""

_WIDEST = 4
"""One more offbeat than a line can have between two beats."""

BEAM = 8
"""A beginning of a line that costs this much more than the best one is not followed; more gained nothing."""

_NEVER = 1 << 30
"""More than any line costs."""

_NO_BEAT = 16
"""Cost of a line without a beat."""


@dataclass(frozen=True, slots=True)
class Foot:
    """What departures from a foot cost."""

    between: tuple[int, int, int, int]
    """No, one, two, three offbeats between two beats."""
    opening: tuple[int, int, int, int]
    """As many before the first beat."""
    closing: tuple[int, int, int, int]
    """As many after the last."""
    inversion: int
    """Two offbeats after a beat that opens the line (`HAPpy the MAN`); less than 0 to mend the headless opening."""
    shifted: int
    """Two offbeats after two beats together (`the WORLD'S SLOW to the POINT`)."""
    ionic: int
    """Two beats together after two offbeats (`to a GREEN THOUGHT`)."""
    rarity: float
    """Cost of the foot a line: a rarer foot must earn it."""


_COSTS = {
    "iambic": Foot((9, 0, 4, 14), (5, 0, 4, 14), (0, 2, 8, 16), -2, 1, 6, 0.0),
    "trochaic": Foot((9, 0, 4, 14), (0, 4, 6, 16), (1, 0, 4, 16), 4, 4, 8, 0.6),
    "anapestic": Foot((9, 3, 0, 10), (6, 1, 0, 10), (0, 1, 6, 16), 0, 0, 9, 0.5),
    "dactylic": Foot((9, 3, 0, 10), (0, 4, 6, 16), (1, 1, 0, 12), 0, 0, 9, 1.0),
}

_OPEN, _BARE, _PLAIN, _CLASH, _DOUBLE = range(5)
"""What went before the offbeats at hand: nothing, a beat that opens the line, a beat, the second of two together, one
after two offbeats. A state of a line is this times _WIDEST plus the number of offbeats at hand, less than 32."""


@dataclass(frozen=True, slots=True)
class Scansion:
    """A line under the meter of its poem."""

    marks: str
    """`+` for a syllable in a beat, `-` for one off the beat."""
    classes: str
    """The classes of the syllables, as syllabification has them."""
    words: tuple[int, ...]
    """Syllables of each word."""
    beats: int
    cost: int
    """Of the reading: 0 for a line that departs from its foot in nothing."""
    licence: int
    """Of it, the part that elisions and expansions cost."""


_NO_ROW = WordRow([], [])
_UNREAD = Scansion("", "", (), 0, 0, 0)


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
    poem = stanzas(text)
    every = [line for stanza in poem for line in stanza]
    rows = [word_row(line) for line in every[:MOST_LINES]]
    foot, lines = _fitted(rows)
    expected = expected_beats([len(stanza) for stanza in poem], [line.beats for line in lines])
    for i, (line, beats) in enumerate(zip(lines, expected, strict=True)):
        if beats is not None and beats != line.beats:
            lines[i] = reading(foot, rows[i].words, beats)
    rest = len(every) - len(lines)
    return Scan(foot, (*rows, *[_NO_ROW] * rest), (*lines, *[_UNREAD] * rest), (*expected, *[None] * rest))


def measure(text: str) -> str:
    """The measure of the whole text, such as `iambic pentameter`; empty if it has none."""
    poem = scan(text)
    return measure_name(poem.foot, [line.marks for line in poem.lines])


def _fitted(rows: Sequence[WordRow]) -> tuple[str, list[Scansion]]:
    """The foot that fits the first lines best, iambs at a glance if they do clearly, and all lines read under it."""
    sample = [row.words for row in rows[:SAMPLE]]
    glance = _at_a_glance(sample)
    iambic = glance.pop("iambic")
    clear = min(glance.values()) - iambic > CLEAR * len(sample)
    readings = {foot: [reading(foot, words) for words in sample] for foot in (("iambic",) if clear else FEET)}

    def cost(foot: str) -> float:
        return sum(line.cost for line in readings[foot]) + _COSTS[foot].rarity * len(sample)

    best = min(readings, key=cost)
    return best, readings[best] + [reading(best, row.words) for row in rows[SAMPLE:]]


def _at_a_glance(lines: Sequence[list[str]]) -> dict[str, float]:
    """What the feet cost if each line keeps to one without departure, every word in its first shape."""
    totals = {foot: _COSTS[foot].rarity * len(lines) for foot in FEET}
    for words in lines:
        everything = 0
        gains: list[int] = []
        for word in words:
            base, more = _gains(word)
            everything += base
            gains += more
        totals["iambic"] += everything + sum(gains[1::2])
        totals["trochaic"] += everything + sum(gains[::2])
        totals["anapestic"] += everything + min(sum(gains[2::3]), sum(gains[1::3]))
        totals["dactylic"] += everything + sum(gains[::3])
    return totals


@lru_cache(maxsize=1 << 15)
def _gains(word: str) -> tuple[int, list[int]]:
    """What a word in its first shape costs wholly off the beat, and what a beat on each syllable adds."""
    classes = shapes(word)[0].classes
    return sum(_OFF_BEAT[each] for each in classes), [_IN_BEAT[each] - _OFF_BEAT[each] for each in classes]


Arc = tuple[int, int, int, str, str, int]
"""Goal, goal and 32 times the beats, cost, marks, classes, licence."""
Path = tuple[int, Arc, "Path | None"]
"""Cost so far, the last arc and the path before it."""

_START: Path = (0, (0, 0, 0, "", "", 0), None)


def reading(foot: str, words: Sequence[str], beats: int | None = None, strict: bool = False) -> Scansion:
    """The cheapest reading of a line; if a number of beats is expected, others cost more; strictly, licences do."""
    paths = {0: _START}
    counted = beats is not None
    limit = 0
    for word in words:
        arcs = _arcs(foot, word, strict)
        following: dict[int, Path] = {}
        lowest = _NEVER
        for state, path in paths.items():
            cost = path[0]
            if cost > limit:
                continue
            before = state & ~31
            for arc in arcs[state & 31]:
                key = before + (arc[1] if counted else arc[0])
                total = cost + arc[2]
                if key not in following or total < following[key][0]:
                    following[key] = (total, arc, path)
                    if total < lowest:
                        lowest = total
        paths = following
        limit = lowest + BEAM
    return _cheapest(_COSTS[foot], paths, beats)


def _cheapest(foot: Foot, paths: dict[int, Path], beats: int | None) -> Scansion:
    best, path = _NEVER, None
    for state, found in paths.items():
        before, offbeats = divmod(state & 31, _WIDEST)
        cost = found[0] + (foot.closing[offbeats] if before else _NO_BEAT)
        if beats is not None:
            cost += UNEXPECTED * abs((state >> 5) - beats)
        if cost < best:
            best, path = cost, found
    arcs: list[Arc] = []
    while path and path[2]:
        arcs.append(path[1])
        path = path[2]
    if not arcs:
        return _UNREAD
    _, _, _, marks, classes, licences = zip(*reversed(arcs), strict=True)
    line = "".join(marks)
    return Scansion(line, "".join(classes), tuple(map(len, classes)), line.count("+"), best, sum(licences))


@lru_cache(maxsize=1 << 16)
def _arcs(foot: str, word: str, strict: bool) -> tuple[tuple[Arc, ...], ...]:
    """For each state, where the word can lead from it."""
    found = []
    for state in range(5 * _WIDEST):
        best: dict[int, Arc] = {}
        for shape in shapes(word):
            for goal, price, marks in _ways(foot, shape.classes)[state]:
                cost = price + shape.cost * (STRICTLY if strict else 1)
                if goal not in best or cost < best[goal][2]:
                    best[goal] = (goal, goal + 32 * marks.count("+"), cost, marks, shape.classes, shape.cost)
        limit = min(arc[2] for arc in best.values()) + BEAM
        found.append(tuple([arc for arc in best.values() if arc[2] <= limit]))
    return tuple(found)


@lru_cache(maxsize=1 << 12)
def _ways(foot: str, classes: str) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """For each state, the readings of a run of syllables from it, the cheapest to each goal."""
    return tuple(_ways_from(_COSTS[foot], classes, state) for state in range(5 * _WIDEST))


def _ways_from(foot: Foot, classes: str, start: int) -> tuple[tuple[int, int, str], ...]:
    ways = {start: (0, "")}
    for each in classes:
        following: dict[int, tuple[int, str]] = {}
        for state, (cost, marks) in ways.items():
            before, offbeats = divmod(state, _WIDEST)
            steps = [_beat(foot, before, offbeats, _IN_BEAT[each])]
            if offbeats < _WIDEST - 1:
                steps.append((state + 1, _OFF_BEAT[each], "-"))
            for goal, more, mark in steps:
                if goal not in following or cost + more < following[goal][0]:
                    following[goal] = (cost + more, marks + mark)
        ways = following
    return tuple((goal, cost, marks) for goal, (cost, marks) in ways.items())


def _beat(foot: Foot, before: int, offbeats: int, cost: int) -> tuple[int, int, str]:
    """The state after a beat, what it costs and its mark."""
    if before == _OPEN:
        return (_PLAIN if offbeats else _BARE) * _WIDEST, cost + foot.opening[offbeats], "+"
    more, after = foot.between[offbeats], (_CLASH, _PLAIN, _DOUBLE, _PLAIN)[offbeats]
    if offbeats == 2 and before == _BARE:
        more = foot.inversion
    elif offbeats == 2 and before == _CLASH:
        more = foot.shifted
    elif offbeats == 0 and before == _DOUBLE:
        more, after = foot.ionic, _PLAIN
    return after * _WIDEST, cost + more, "+"
