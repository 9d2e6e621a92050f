"""The meter of a poem: the foot that fits its lines at the least cost, then each line read under it.

Meter is taken as Attridge takes it (The Rhythms of English Poetry, 1982): beats and the offbeats between them. A duple
line has one offbeat between two beats, a triple one two, and every departure has a cost. The name of a foot adds how
lines open and close: rising (iamb, anapest) or falling (trochee, dactyl). The cheapest reading of a line is found by
dynamic programming over its lattice of syllables: an automaton whose sets of states, with their relative costs, are
worked out as they turn up and kept (Mohri, Finite-State Transducers in Language and Speech Processing, 1997).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.memo import Memo
from bardsmith.verse.rhythm.regularity import FEET, departures, expected_beats, measure_name
from bardsmith.verse.rhythm.syllabification import CLASSES, Shape, WordRow, open_row, shapes, word_row

_IN_BEAT = dict(zip(CLASSES, (0, 1, 9, 2, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0), strict=True))
"""Cost of a syllable of each class in a beat."""

_OFF_BEAT = dict(zip(CLASSES, (10, 4, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4), strict=True))
"""Cost of a syllable of each class off the beat. Like all costs of this file by hand: tuning gained nothing."""

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


class Scansion(NamedTuple):
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
    return _scanned(stanzas(text), word_row)


def open_ended(poem: Sequence[Sequence[str]]) -> Scan:
    """The same of stanzas of normalised lines whatever words they end in: nothing of it depends on the last of each."""
    return _scanned(poem, open_row)


def _scanned(poem: Sequence[Sequence[str]], row_of: Callable[[str], WordRow]) -> Scan:
    every = [line for stanza in poem for line in stanza]
    rows = [row_of(line) for line in every[:MOST_LINES]]
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
    """The foot that fits the first lines best, and all lines read under it; feet that fall behind are not read on."""
    clear = _clearly_iambic([row.words for row in rows[:GLANCE]])
    costs = dict.fromkeys(("iambic",) if clear else FEET, 0.0)
    readings: dict[str, list[Scansion]] = {foot: [] for foot in FEET}
    for row in rows[:SAMPLE]:
        for foot in costs:
            line = reading(foot, row.words)
            readings[foot].append(line)
            costs[foot] += line.cost + _COSTS[foot].rarity
        behind = min(costs.values()) + BEHIND
        costs = {foot: cost for foot, cost in costs.items() if cost <= behind}
    best = min(costs, key=costs.__getitem__)
    if best == "iambic" and "trochaic" in costs and _falls(readings["trochaic"], costs["trochaic"] - costs["iambic"]):
        best = "trochaic"
    return best, readings[best] + [reading(best, row.words) for row in rows[SAMPLE:]]


def _falls(lines: Sequence[Scansion], dearer: float) -> bool:
    """Are lines that may be headless iambs trochees without a last offbeat? By convention they are if most of a poem's
    lines go so (`TYger TYger BURNing BRIGHT`); among lines that open off the beat they are not."""
    regular = sum(departures("trochaic", line.marks) == 0 for line in lines)
    return regular >= FALLING * len(lines) and dearer <= DEARER * len(lines)


def _clearly_iambic(lines: Sequence[list[str]]) -> bool:
    """Are iambs much cheaper than the other feet if each line keeps to one without departure?

    Every word has its first shape. Only what a beat on a syllable adds is counted, since no beats cost all feet alike.
    """
    iambic, others = 0, [0, 0, 0]
    for words in lines:
        gains = list(chain.from_iterable([_lattices[word].gains for word in words]))
        iambic += sum(gains[1::2])
        others[0] += sum(gains[::2])
        others[1] += min(sum(gains[2::3]), sum(gains[1::3]))
        others[2] += sum(gains[::3])
    return min(others) - iambic > CLEAR * len(lines)


@dataclass(eq=False, slots=True)
class Lattice:
    """What a word may be; words that may be the same share it."""

    shapes: tuple[Shape, ...]
    gains: list[int]
    """What a beat on each syllable of its first shape adds to its cost."""


@lru_cache(maxsize=1 << 12)
def _lattice(shapes: tuple[Shape, ...]) -> Lattice:
    return Lattice(shapes, [_IN_BEAT[each] - _OFF_BEAT[each] for each in shapes[0].classes])


_lattices: Memo[str, Lattice] = Memo(lambda word: _lattice(shapes(word)), 1 << 15)

Arc = tuple[str, str, int]
"""What a word is in a line: marks, classes, licence."""


@dataclass(eq=False, slots=True)
class Front:
    """The beginnings of a line that are worth following; lines share them."""

    foot: str
    counted: bool
    """Are beginnings apart that differ in their beats alone? Then their states have 32 times the beats added."""
    strict: bool
    states: tuple[int, ...]
    costs: tuple[int, ...]
    """Above that of the cheapest."""


class Step(NamedTuple):
    """From one front over a word to the next."""

    front: Front
    cost: int
    """Of the cheapest beginning, above that of the front before."""
    back: tuple[tuple[int, Arc], ...]
    """For each state its place in the front before, and what the word is."""


def reading(foot: str, words: Sequence[str], beats: int | None = None, strict: bool = False) -> Scansion:
    """The cheapest reading of a line; if a number of beats is expected, others cost more; strictly, licences do."""
    front = _fronts[foot, beats is not None, strict, (0,), (0,)]
    cost, backs = 0, []
    for word in words:
        front, more, back = _steps[front, _lattices[word]]
        cost += more
        backs.append(back)
    if not backs:
        return _UNREAD
    place, more = _end(front, beats)
    arcs = []
    for back in reversed(backs):
        place, arc = back[place]
        arcs.append(arc)
    parts, classes, licences = zip(*reversed(arcs), strict=True)
    marks = "".join(parts)
    sizes = tuple(map(len, classes))
    return Scansion(marks, "".join(classes), sizes, marks.count("+"), cost + more, sum(licences))


_fronts: Memo[tuple[str, bool, bool, tuple[int, ...], tuple[int, ...]], Front] = Memo(lambda key: Front(*key), 1 << 14)


def _step(front_and_word: tuple[Front, Lattice]) -> Step:
    """Whither a word leads, and what it is then, at the least cost."""
    front, word = front_and_word
    arcs, counted = _arcs(front.foot, word, front.strict), front.counted
    costs: dict[int, int] = {}
    back: dict[int, tuple[int, Arc]] = {}
    for place, (state, cost) in enumerate(zip(front.states, front.costs, strict=True)):
        before = state & ~31
        for goal, beats, price, arc in arcs[state & 31]:
            key = before + goal + beats if counted else goal
            total = cost + price
            if total < costs.get(key, _NEVER):
                costs[key] = total
                back[key] = (place, arc)
    lowest = min(costs.values())
    states = [state for state, cost in costs.items() if cost <= lowest + BEAM]
    above = tuple([costs[state] - lowest for state in states])
    following = _fronts[front.foot, counted, front.strict, tuple(states), above]
    return Step(following, lowest, tuple([back[state] for state in states]))


_steps: Memo[tuple[Front, Lattice], Step] = Memo(_step, 1 << 15)


@lru_cache(maxsize=1 << 14)
def _end(front: Front, beats: int | None) -> tuple[int, int]:
    """The place of the state that a line ends in at the least cost, and that cost."""
    foot = _COSTS[front.foot]
    costs = []
    for state, cost in zip(front.states, front.costs, strict=True):
        before, offbeats = divmod(state & 31, _WIDEST)
        cost += foot.closing[offbeats] if before else _NO_BEAT
        costs.append(cost + (0 if beats is None else UNEXPECTED * abs((state >> 5) - beats)))
    best = min(costs)
    return costs.index(best), best


@lru_cache(maxsize=1 << 12)
def _arcs(foot: str, word: Lattice, strict: bool) -> tuple[tuple[tuple[int, int, int, Arc], ...], ...]:
    """For each state, where a word can lead from it: goal, 32 times the beats, cost and what the word is then."""
    found = []
    for state in range(5 * _WIDEST):
        best: dict[int, tuple[int, int, int, Arc]] = {}
        for shape in word.shapes:
            for goal, price, marks in _ways(foot, shape.classes)[state]:
                cost = price + shape.cost * (STRICTLY if strict else 1)
                if goal not in best or cost < best[goal][2]:
                    best[goal] = (goal, 32 * marks.count("+"), cost, (marks, shape.classes, shape.cost))
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
