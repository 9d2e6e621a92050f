"""Rhyme schemes as handbooks write them, laid over a poem.

Lines with the same letter rhyme, `x` need not rhyme, a capital is a refrain (`A1` and `A2` are two refrains on one
rhyme), a space is a stanza break (Turco, The Book of Forms).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from bardsmith.verse.forms.clauses import Clause, clause, essential, has_lines, told
from bardsmith.verse.forms.shape import UNRHYMED, Rhymes, Shape, lettered

REFRAIN_LIKENESS = 0.6
"""A line is another one's refrain if they share this share of their words. Refrains vary at the beginning (`And`,
`But`) or in a word or two."""
REFRAIN_WEIGHT = 1.5
"""Of a refrain that returns; a rhyme weighs 1."""

_SLOT = re.compile(r"([a-zA-Z])(\d?)")


class Pattern(NamedTuple):
    """A scheme taken apart; lines are numbered from 0."""

    scheme: str
    lines: int
    stanzas: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]
    """Lines that rhyme, in the order of their first; a refrain stands only where it comes first."""
    picks: tuple[Callable[[str], Sequence[str]], ...]
    """What takes the letters of each of these groups out of those of all lines."""
    refrains: tuple[tuple[int, int], ...]
    """Each return of a refrain: where it came first, and where it comes again."""
    rhymes: int
    """What there is to keep: each line that rhymes with one before, each new rhyme that is new."""


@lru_cache(maxsize=256)
def pattern(scheme: str) -> Pattern:
    """Takes a scheme apart."""
    groups: dict[str, list[int]] = {}
    first: dict[str, int] = {}
    refrains = []
    slots = _SLOT.findall(scheme)
    for line, (letter, digit) in enumerate(slots):
        name = letter + digit
        if letter.isupper() and first.setdefault(name, line) != line:
            refrains.append((first[name], line))
        elif letter != "x":
            groups.setdefault(letter.lower(), []).append(line)
    found = tuple(map(tuple, groups.values()))
    stanzas = tuple(len(_SLOT.findall(stanza)) for stanza in scheme.split())
    picks = tuple(itemgetter(*group) for group in found)
    return Pattern(scheme, len(slots), stanzas, found, picks, tuple(refrains), sum(map(len, found)) - 1)


def patterns(*schemes: str) -> tuple[Pattern, ...]:
    """Several schemes taken apart."""
    return tuple(map(pattern, schemes))


def nearest(rhymes: Rhymes, patterns: Sequence[Pattern], starts: Sequence[int] = (0,)) -> Pattern:
    """The pattern of several of one length that a poem keeps best where they are laid, the first of equals."""
    if len(patterns) == 1:
        return patterns[0]
    laid = [_letters(rhymes, start, patterns[0].lines) for start in starts]
    return max(patterns, key=lambda each: sum([_held(letters, each.scheme) for letters in laid]) / each.rhymes)


def keeps_pattern(shape: Shape, wanted: Pattern) -> Iterator[Clause]:
    """The clauses of a whole poem in a scheme: its lines, its rhymes, its refrains, its stanzas."""
    if wanted.refrains:
        yield has_lines(len(shape), wanted.lines, decides=False)
        yield goes_on(shape, wanted.lines - len(wanted.refrains))
        clauses = [returns(shape, line, again) for line, again in wanted.refrains]
        yield from clauses
        yield essential(most_return(clauses))
    else:
        yield has_lines(shape.different, wanted.lines)
    yield whole_rhymes(shape.rhymes, wanted.scheme)
    if len(shape.stanzas) > 1 and len(wanted.stanzas) > 1:
        yield _keeps_stanzas(shape.stanzas, wanted.stanzas)


@lru_cache(maxsize=1 << 10)
def _keeps_stanzas(stanzas: tuple[int, ...], wanted: tuple[int, ...]) -> Clause:
    there, asked = ("-".join(map(str, sizes)) for sizes in (stanzas, wanted))
    return clause(1, stanzas == wanted, "its stanzas have {} lines instead of {}", there, asked)


@lru_cache(maxsize=1 << 14)
def whole_rhymes(rhymes: Rhymes, *schemes: str) -> Clause:
    """The rhymes of a whole poem in the nearest of some schemes; most poems of a form rhyme in one of a few ways."""
    return keeps_rhymes(rhymes, nearest(rhymes, patterns(*schemes)))


def keeps_rhymes(rhymes: Rhymes, wanted: Pattern, start: int = 0) -> Clause:
    """The rhymes of a scheme that is laid over the lines from `start` on."""
    letters = _letters(rhymes, start, wanted.lines)
    held = _held(letters, wanted.scheme)
    faults: Iterable[str] = Missing(letters, wanted.scheme, start, len(rhymes.links)) if held < wanted.rhymes else ()
    if rhymes.ends and (repeats := _repeats(rhymes, letters, wanted, start)):
        held = max(0, held - len(repeats))
        faults = [*faults, *(f"line {line + 1} repeats an end word" for line in repeats)]
    return Clause(wanted.rhymes, held / wanted.rhymes, faults)


def _letters(rhymes: Rhymes, start: int, lines: int) -> str:
    """The scheme of some lines as they rhyme: a letter each, from `a` on, `-` for no rhyme or no line."""
    letters = rhymes.links[start : start + lines]
    return (_relettered(letters) if start else letters).ljust(lines, UNRHYMED)


_relettered = lru_cache(maxsize=1 << 12)(lettered)


@lru_cache(maxsize=1 << 14)
def _held(letters: str, scheme: str) -> int:
    """How many of a scheme's rhymes are there, and new where they should be new."""
    held = 0
    taken: set[str] = set()
    for number, pick in enumerate(pattern(scheme).picks):
        mine = pick(letters)
        letter, agreeing = _shared(mine)
        held += agreeing
        if number and letter not in taken and (agreeing or len(mine) == 1):
            held += 1
        if letter != UNRHYMED:
            taken.add(letter)
    return held


@lru_cache(maxsize=1 << 12)
def _shared(mine: Sequence[str]) -> tuple[str, int]:
    """The rhyme that most lines of a group share, `-` if no two do, and how many follow the first that has it."""
    if len(mine) == 1:
        return mine[0], 0
    count, letter = max((mine.count(each) if each != UNRHYMED else 0, each) for each in mine)
    return (letter, count - 1) if count > 1 else (UNRHYMED, 0)


@dataclass(slots=True)
class Missing:
    """Every rhyme of a scheme that is not there, in plain words, worked out when it is told.

    Lines that are missing are told elsewhere.
    """

    letters: str
    scheme: str
    start: int
    number: int
    """Lines of the poem."""

    def __iter__(self) -> Iterator[str]:
        return iter(_missing(self.letters, self.scheme, self.start, self.number))


@lru_cache(maxsize=1 << 12)
def _missing(letters: str, scheme: str, start: int, number: int) -> list[str]:
    wanted = pattern(scheme)
    found: list[str] = []
    taken: dict[str, int] = {}
    for group, pick in zip(wanted.groups, wanted.picks, strict=True):
        letter, agreeing = _shared(pick(letters))
        leader = group[0]
        if agreeing and letters[leader] != letter:
            leader = next(line for line in group if letters[line] == letter)
        if agreeing < len(group) - 1:
            for line in group:
                if line != leader and start + line < number and (not agreeing or letters[line] != letter):
                    found += told("line {} should rhyme with line {}", start + line + 1, start + leader + 1)
        if letter in taken:
            found += told("line {} should not rhyme with line {}", start + leader + 1, start + taken[letter] + 1)
        elif letter != UNRHYMED:
            taken[letter] = leader
    return found


def _repeats(rhymes: Rhymes, letters: str, wanted: Pattern, start: int) -> list[int]:
    """Lines of a rhyme that end in a word which ended another line of it."""
    found = []
    for group, pick in zip(wanted.groups, wanted.picks, strict=True):
        letter, agreeing = _shared(pick(letters))
        mine = [start + line for line in group if letters[line] == letter] if agreeing else []
        ends = [rhymes.ends[line] for line in mine]
        found += [line for i, line in enumerate(mine) if ends[i] in ends[:i]]
    return found


def returns(shape: Shape, line: int, again: int) -> Clause:
    """A line comes again, much as it was."""
    if again >= len(shape.lines):
        return Clause(REFRAIN_WEIGHT, 0)
    one, other = shape.vocabulary[line], shape.vocabulary[again]
    return _returned(line, again, len(one & other), len(one) + len(other))


@lru_cache(maxsize=1 << 12)
def _returned(line: int, again: int, shared: int, words: int) -> Clause:
    held = _dice(shared, words)
    return clause(REFRAIN_WEIGHT, held, "line {} should repeat line {}", again + 1, line + 1)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """How much the words of two lines are the same refrain: Dice's coefficient, and 1 from REFRAIN_LIKENESS on."""
    return _dice(len(one & other), len(one) + len(other))


def _dice(shared: int, words: int) -> float:
    dice = 2 * shared / max(1, words)
    return 1 if dice >= REFRAIN_LIKENESS else dice


def goes_on(shape: Shape, different: int) -> Clause:
    """Are there half as many different lines as there should be? One line over and over keeps every refrain."""
    return essential(2 * shape.fresh >= different, "its lines are the same over and over")


def most_return(clauses: Sequence[Clause]) -> bool:
    """Do more than half of the refrains come again?"""
    return 2 * sum([each.held >= 1 for each in clauses]) > len(clauses)
