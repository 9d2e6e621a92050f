"""The cheapest reading of a line under a foot, by dynamic programming over its lattice of syllables.

It is an automaton whose sets of states, with their relative costs, are worked out as they turn up and kept (Mohri,
Finite-State Transducers in Language and Speech Processing, 1997).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bardsmith.verse.memo import Memo
from bardsmith.verse.rhythm.feet import IN_BEAT, OFF_BEAT, end_cost, rivals, ways
from bardsmith.verse.rhythm.syllabification import Shape, shapes

UNEXPECTED = 6
"""Cost of each beat more or less than expected."""

STRICTLY = 6
"""How many times the cost of an elision or expansion a strict reading puts on it."""

BEAM = 8
"""A beginning of a line that costs this much more than the best one is not followed; more gained nothing."""


class Scansion(NamedTuple):
    """A line under the meter of its poem."""

    marks: str
    """`+` for a syllable in a beat, `-` for one off the beat."""
    parts: tuple[str, ...]
    """The marks of each word."""
    classes: tuple[str, ...]
    """The classes of the syllables of each word, as syllabification has them."""
    words: tuple[int, ...]
    """Syllables of each word."""
    beats: int
    cost: int
    """Of the reading: 0 for a line that departs from its foot in nothing."""
    licence: int
    """Of it, the part that elisions and expansions cost."""


UNREAD = Scansion("", (), (), (), 0, 0, 0)
"""A line without words."""


@dataclass(eq=False, slots=True)
class Lattice:
    """What a word may be; words that may be the same share it."""

    shapes: tuple[Shape, ...]
    gains: list[int]
    """What a beat on each syllable of its first shape adds to its cost."""
    price: int
    """What the costs of its shapes are multiplied by."""

    def strict(self) -> Lattice:
        """The same for a strict reading."""
        return _lattice(self.shapes, STRICTLY) if any(cost for _, cost in self.shapes) else self


@lru_cache(maxsize=1 << 12)
def _lattice(shapes: tuple[Shape, ...], price: int = 1) -> Lattice:
    return Lattice(shapes, [IN_BEAT[each] - OFF_BEAT[each] for each in shapes[0].classes], price)


LATTICES: Memo[str, Lattice] = Memo(lambda word: _lattice(shapes(word)), 1 << 15)
"""What each word may be."""

Arc = tuple[str, str, int]
"""What a word is in a line: marks, classes, licence."""


class Front(dict[Lattice, "Step"]):
    """The beginnings of a line that are worth following, and whither each word leads from them, worked out when it is
    first asked for. Lines share it."""

    __slots__ = ("costs", "counted", "ends", "foot", "states")

    def __init__(self, foot: str, counted: bool, states: tuple[int, ...], costs: tuple[int, ...]) -> None:
        """Takes the states and the costs above that of the cheapest.

        If counted, beginnings are apart that differ in their beats alone: their states have 32 times the beats added
        that they have more than the one with the fewest.
        """
        super().__init__()
        self.foot, self.counted, self.states, self.costs = foot, counted, states, costs
        self.ends: dict[int | None, tuple[int, int]] = {}

    def __missing__(self, word: Lattice) -> Step:
        step = self[word] = _step(self, word)
        return step

    def end(self, beats: int | None) -> tuple[int, int]:
        """The place of the state that a line ends in at the least cost, and that cost."""
        found = self.ends.get(beats)
        if found is None:
            found = self.ends[beats] = _end(self, beats)
        return found


Step = tuple[Front, int, int, tuple[tuple[int, Arc], ...]]
"""From one front over a word to the next: that, the cost of its cheapest beginning above that of the front before, the
beats likewise, and for each state its place in the front before and what the word is. No named tuple, which takes
longer to take apart."""


class Path(NamedTuple):
    """The cheapest way through a line."""

    cost: int
    place: int
    """Of the state that it ends in, in the last front."""
    backs: list[tuple[tuple[int, Arc], ...]]
    """What led to each state of the front after each word."""

    def scansion(self) -> Scansion:
        """What the words are on this way."""
        if not self.backs:
            return UNREAD
        place, arcs = self.place, []
        for back in reversed(self.backs):
            place, arc = back[place]
            arcs.append(arc)
        parts, classes, licences = zip(*reversed(arcs), strict=True)
        marks = "".join(parts)
        return Scansion(marks, parts, classes, tuple(map(len, classes)), marks.count("+"), self.cost, sum(licences))


def path(foot: str, words: Iterable[Lattice], beats: int | None = None) -> Path:
    """The cheapest way through a line; if a number of beats is expected, others cost more."""
    front = _fronts[foot, beats is not None, (0,), (0,)]
    cost = counted = 0
    backs = []
    for word in words:
        front, more, further, back = front[word]
        cost += more
        counted += further
        backs.append(back)
    place, more = front.end(None if beats is None else beats - counted) if backs else (0, 0)
    return Path(cost + more, place, backs)


def reading(foot: str, words: Iterable[str], beats: int | None = None, strict: bool = False) -> Scansion:
    """The cheapest reading of the words of a row: what they are on the cheapest way; strictly, licences cost more."""
    lattices = map(LATTICES.__getitem__, words)
    return path(foot, map(Lattice.strict, lattices) if strict else lattices, beats).scansion()


_fronts: Memo[tuple[str, bool, tuple[int, ...], tuple[int, ...]], Front] = Memo(lambda key: Front(*key), 1 << 15)


def _step(front: Front, word: Lattice) -> Step:
    """Whither a word leads, and what it is then, at the least cost."""
    foot, counted = front.foot, front.counted
    costs: dict[int, int] = {}
    back: dict[int, tuple[int, Arc]] = {}
    for place, (state, cost) in enumerate(zip(front.states, front.costs, strict=True)):
        before = state & ~31
        for goal, beats, price, arc in _arcs(foot, word, state & 31):
            key = before + goal + beats if counted else goal
            total = cost + price
            if key not in costs or total < costs[key]:
                costs[key] = total
                back[key] = (place, arc)
    lowest = min(costs.values())
    states = _unbeaten(costs, lowest + BEAM, rivals(foot))
    fewest = min(states) & ~31
    above = tuple([costs[state] - lowest for state in states])
    following = _fronts[foot, counted, tuple([state - fewest for state in states]), above]
    return following, lowest, fewest >> 5, tuple([back[state] for state in states])


def _unbeaten(costs: dict[int, int], most: int, rivals: tuple[tuple[tuple[int, int], ...], ...]) -> tuple[int, ...]:
    """The states that cost no more than `most` and may still be part of the cheapest reading."""
    states = []
    for state, cost in costs.items():
        if cost > most:
            continue
        before = state & ~31
        for other, lead in rivals[state & 31]:
            if before + other in costs and costs[before + other] + lead < cost:
                break
        else:
            states.append(state)
    return tuple(states)


def _end(front: Front, beats: int | None) -> tuple[int, int]:
    costs = []
    for state, cost in zip(front.states, front.costs, strict=True):
        cost += end_cost(front.foot, state & 31)
        costs.append(cost + (0 if beats is None else UNEXPECTED * abs((state >> 5) - beats)))
    best = min(costs)
    return costs.index(best), best


@lru_cache(maxsize=1 << 15)
def _arcs(foot: str, word: Lattice, state: int) -> tuple[tuple[int, int, int, Arc], ...]:
    """Where a word can lead from a state: goal, 32 times the beats, cost and what the word is then."""
    best: dict[int, tuple[int, int, int, Arc]] = {}
    for classes, licence in word.shapes:
        for goal, price, marks in ways(foot, classes, state):
            cost = price + licence * word.price
            if goal not in best or cost < best[goal][2]:
                best[goal] = (goal, 32 * marks.count("+"), cost, (marks, classes, licence))
    limit = min([arc[2] for arc in best.values()]) + BEAM
    return tuple([arc for arc in best.values() if arc[2] <= limit])
