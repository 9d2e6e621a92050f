"""The feet: what beats and offbeats cost under each, and which states of a line can be given up.

Meter is taken as Attridge takes it (The Rhythms of English Poetry, 1982): beats and the offbeats between them. A duple
line has one offbeat between two beats, a triple one two, and every departure has a cost. The name of a foot adds how
lines open and close: rising (iamb, anapest) or falling (trochee, dactyl).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product

from bardsmith.verse.rhythm.syllabification import CLASSES

IN_BEAT = dict(zip(CLASSES, (0, 1, 9, 2, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0), strict=True))
"""Cost of a syllable of each class in a beat."""

OFF_BEAT = dict(zip(CLASSES, (10, 4, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4), strict=True))
"""Cost of a syllable of each class off the beat. Like all costs of this file by hand: tuning gained nothing."""

_NO_BEAT = 16
"""Cost of a line without a beat."""


_WIDEST = 4
"""One more offbeat than a line can have between two beats."""


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


FEET = {
    "iambic": Foot((9, 0, 4, 14), (5, 0, 4, 14), (0, 2, 8, 16), -2, 1, 6, 0.0),
    "trochaic": Foot((9, 0, 4, 14), (0, 4, 6, 16), (1, 0, 4, 16), 4, 4, 8, 0.6),
    "anapestic": Foot((9, 3, 0, 10), (6, 1, 0, 10), (0, 1, 6, 16), 0, 0, 9, 0.5),
    "dactylic": Foot((9, 3, 0, 10), (0, 4, 6, 16), (1, 1, 0, 12), 0, 0, 9, 1.0),
}

_OPEN, _BARE, _PLAIN, _CLASH, _DOUBLE = range(5)
"""What went before the offbeats at hand: nothing, a beat that opens the line, a beat, the second of two together, one
after two offbeats. A state of a line is this times _WIDEST plus the number of offbeats at hand, less than 32."""

STATES = 5 * _WIDEST
"""How many states there are."""

FAR = 99
"""More than any difference in cost between beginnings of a line that are both followed."""


def end_cost(foot: str, state: int) -> int:
    """What a line costs that ends in a state."""
    before, offbeats = divmod(state, _WIDEST)
    return FEET[foot].closing[offbeats] if before else _NO_BEAT


@lru_cache(maxsize=1 << 14)
def ways(foot: str, classes: str, start: int) -> tuple[tuple[int, int, str], ...]:
    """The readings of a run of syllables from a state: goal, cost and marks, the cheapest to each goal."""
    if not classes:
        return ((start, 0, ""),)
    found: dict[int, tuple[int, int, str]] = {}
    for state, cost, marks in ways(foot, classes[:-1], start):
        for goal, more, mark in _moves(foot, state, classes[-1]):
            if goal not in found or cost + more < found[goal][1]:
                found[goal] = (goal, cost + more, marks + mark)
    return tuple(found.values())


@lru_cache(maxsize=1 << 12)
def _moves(foot: str, state: int, each: str) -> tuple[tuple[int, int, str], ...]:
    """Where a syllable of a class leads from a state, in a beat and off it: goal, cost and mark."""
    before, offbeats = divmod(state, _WIDEST)
    beat = _beat(FEET[foot], before, offbeats, IN_BEAT[each])
    return (beat, (state + 1, OFF_BEAT[each], "-")) if offbeats < _WIDEST - 1 else (beat,)


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


@cache
def rivals(foot: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """For each state, those that beat it: another state, and how much cheaper than this one it must be for that.

    Whatever follows, a line that is in the other state can be read with the same beats, and what this one may save by
    then is at most the difference. So where it is cheaper by more, this one is no part of the cheapest reading.
    """
    ends = [end_cost(foot, state) for state in range(STATES)]
    beats = [_beat(FEET[foot], *divmod(state, _WIDEST), cost=0)[:2] for state in range(STATES)]
    pairs = [(one, other) for one, other in product(range(STATES), repeat=2) if one != other]
    leads = [[0] * STATES for _ in range(STATES)]
    for one, other in pairs:  # what the other state saves if the line ends
        leads[one][other] = FAR if one % _WIDEST > other % _WIDEST else max(0, ends[one] - ends[other])
    before = None
    while leads != before:
        before = list(map(list.copy, leads))
        for one, other in pairs:  # and if a beat comes, or an offbeat
            (goal, cost), (goal_of_other, cost_of_other) = beats[one], beats[other]
            most = max(leads[one][other], cost - cost_of_other + leads[goal][goal_of_other])
            if max(one % _WIDEST, other % _WIDEST) < _WIDEST - 1:
                most = max(most, leads[one + 1][other + 1])
            leads[one][other] = min(FAR, most)
    return tuple(
        tuple((one, leads[one][state]) for one in range(STATES) if one != state and leads[one][state] < FAR)
        for state in range(STATES)
    )
