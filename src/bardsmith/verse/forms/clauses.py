"""A form of verse as the clauses that it asks for, and how well a poem keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

HOLDS = 0.75
"""A poem is in a form if it keeps this share of its clauses, by weight, and every essential one. Poets take liberties:
about one rhyme in ten of the old sonnets is lost to the ear of today, and many vary a refrain."""
WITHOUT_ESSENCE = 0.5
"""What the score is multiplied by if an essential clause is broken."""
FAR = 3
"""A text that has so many lines too few or too many is compared with a form no further."""
MOST_FAULTS = 12
"""Broken clauses that are told of a form that a poem is near to; a reader mends no more at once."""
FEW_FAULTS = 3
"""Broken clauses that are told of other forms."""
NEAR = 0.6
"""Score from which a poem is near to a form."""
LINES = "{} lines instead of {}"


class Clause(NamedTuple):
    """Something that a form asks for."""

    weight: float
    held: float
    """How far the poem does it, 0 to 1."""
    faults: Iterable[str] = ()
    """What is broken, in plain words; only worked out if it is told."""
    essential: bool = False
    """Does the poem fail the form if this is broken, whatever else it keeps?"""


@lru_cache(maxsize=1 << 12)
def told(fault: str, *values: object) -> tuple[str]:
    """A fault in words, with these values in its braces; the same few are told of every poem."""
    return (fault.format(*values),)


def clause(weight: float, held: float, fault: str, *values: object, decides: bool = False) -> Clause:
    """A clause with one way to break it, told with these values."""
    return Clause(weight, held, () if held >= 1 else told(fault, *values), decides)


@lru_cache(maxsize=1 << 8)
def essential(held: bool, *faults: str) -> Clause:
    """A clause that decides and adds nothing to the score."""
    return Clause(0, held, () if held else faults, True)


class FormScore(NamedTuple):
    """How well a poem keeps to a form."""

    name: str
    """The form, such as `sonnet`."""
    kind: str
    """Which of its kinds, such as `Shakespearean`; empty if it has but one."""
    score: float
    """Share of the form's clauses that the poem keeps, by weight, 0 to 1; half of it if an essential one is broken."""
    broken: tuple[str, ...]
    """The clauses it breaks, in plain words, as many as are worth telling."""
    holds: bool
    """Is the poem in this form?"""


def judged(name: str, clauses: Iterable[Clause], kind: str = "") -> FormScore:
    """Weighs the clauses of a form."""
    total = kept = 0.0
    whole = True
    broken: list[Iterable[str]] = []
    for weight, held, faults, decides in clauses:
        total += weight
        kept += weight * held
        if held < 1:
            whole = whole and not decides
            broken.append(faults)
    score = (kept / total if total else 0.0) * (1 if whole else WITHOUT_ESSENCE)
    telling = tuple(islice(chain.from_iterable(broken), MOST_FAULTS if score >= NEAR else FEW_FAULTS)) if broken else ()
    return FormScore(name, kind, score, telling, whole and score >= HOLDS)


@lru_cache(maxsize=1 << 12)
def has_lines(number: int, wanted: int, decides: bool = True) -> Clause:
    """The number of lines: what defines a form before all else, unless its refrains do."""
    return clause(wanted / 3, _closeness(number, wanted), LINES, number, wanted, decides=decides)


def _closeness(number: int, wanted: int) -> float:
    return max(0.0, 1 - abs(number - wanted) / wanted)


def is_far(number: int, wanted: int) -> bool:
    return abs(number - wanted) >= FAR


@lru_cache(maxsize=1 << 12)
def far(name: str, number: int, wanted: int, kind: str = "") -> FormScore:
    """The verdict on a text that has far too few or too many lines for a form: only their number counts."""
    score = WITHOUT_ESSENCE * _closeness(number, wanted) / 4
    return FormScore(name, kind, score, told(LINES, number, wanted), False)


@lru_cache(maxsize=1 << 12)
def unlike(name: str, fault: str, *values: object) -> FormScore:
    """The verdict on a text that lacks what a form begins with: nothing else of it counts."""
    return FormScore(name, "", 0.0, told(fault, *values), False)
