"""Divides the lines of one stanza into groups that rhyme, given the evidence for each pair.

A stanza follows a scheme, now and then with an exception: so each scheme that stanzas of that length are known to have
is tried, lines that contradict it are set free, lines that rhyme beyond it are joined, and the best sum wins. A
contradiction costs more than any scheme is worth: a broken rhyme is never forgiven for the sake of its stanza.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from operator import itemgetter
from typing import NamedTuple

from bardsmith.verse.rhyming.evidence import NAT, TABLE, Likeness

Group = tuple[int, ...]
"""Lines that rhyme, in rising order."""

Ties = dict[Group, int]
"""The evidence for pairs of lines."""

Scheme = tuple[int, ...]
"""A number for each line, counted from 0 as they first occur; -1 for a line that rhymes with none."""

Votes = tuple[tuple[Scheme, int], ...]
"""What is added to schemes."""

WINDOW = 10
"""Lines further apart are not compared."""

NEAR = 6
"""The same in blocks longer than any stanza."""

SHORT = 8
"""Of shorter stanzas so many have the same evidence, three quarters of the quatrains, that it pays to remember them."""

LONGEST = 24
"""Stanzas up to this many lines are divided as a whole, longer blocks in pieces of so many."""

MARGIN = 4
"""The last lines of a piece may still find their rhymes after it."""

EXCEPTION = 40
"""What each line costs that leaves its scheme, in units of 1 / NAT as all that follow. Each was chosen on one half of
the poems and judged by the other, both ways; a quarter more or less changes little. The clearest contradiction (LEAST
of `evidence`) must outweigh it."""

LINK = 28
"""The least gain for which lines are joined beyond their scheme."""

FAR = 10
"""What such a link costs more for each line that its lines are further apart than in any quatrain."""

MERGER = 96
"""The same for two groups, which may well be two rhymes that happen to sound alike."""

RARE = -96
"""What it costs to be a run of one of the common stanzas."""

NONE = -112
"""What it costs to have no rhyme at all, or one that no scheme describes."""

TRIED = 4
"""So many of the most promising schemes are tried out in full, and that of no rhyme with what can be joined to it; more
change nothing."""

PRIOR = 0.7
"""How far the frequency of a scheme is believed: less than 1, as poets and corpora differ."""

UNITS = (
    "aa", "aaa", "-a", "abab", "aabb", "abba", "a--a", "aaba", "ababb", "abaab", "aabba", "ababcc", "aabccb", "abcabc",
    "ababbcc", "abababcc", "ababbcbc", "abbaabba", "ababcdcd", "ababbcbcc",
)  # fmt: skip
"""Stanzas that poems are built of, and so perhaps an unbroken block of lines."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scheme that a stanza may have."""

    scheme: Scheme
    cost: int
    """The logarithm of its frequency, in units of 1 / NAT."""
    groups: tuple[int, ...]
    """The numbers of its groups."""
    home: tuple[Group, ...]
    """The group of each line, of itself alone if it rhymes with none."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The schemes that stanzas of one length may have."""

    schemes: tuple[Candidate, ...]
    groups: tuple[Group, ...]
    """Each group of lines that rhyme in some scheme, once."""
    larger: tuple[tuple[Group, Callable[[Sequence[int]], Sequence[int]]], ...]
    """Those of more than two lines, and what takes the evidence for their pairs out of that of the stanza."""

    def worths(self, values: Sequence[int]) -> Iterator[tuple[Group, int]]:
        """What the larger groups are worth (see Worth) in a stanza with this evidence."""
        for group, pick in self.larger:
            found = pick(values)
            yield group, (len(group) - 1) * sum(found) // len(found)


class Evidence(NamedTuple):
    """The evidence for each pair of lines of a stanza that are compared, in order."""

    size: int
    """The lines of the stanza."""
    values: tuple[int, ...]

    def less(self, toll: int) -> Evidence:
        """The same where each pair has to bring so much besides."""
        return Evidence(self.size, tuple([value - toll for value in self.values]))


class Worth(dict[Group, int]):
    """What each group of lines in rising order is worth, reckoned when it is first asked for: the mean evidence of its
    pairs that were compared, for each line but the first."""

    __slots__ = ("ties",)

    def __init__(self, ties: Ties) -> None:
        super().__init__(ties)
        self.ties = ties

    def __missing__(self, group: Group) -> int:
        found = [tie for tie in map(self.ties.get, combinations(group, 2)) if tie is not None]
        self[group] = worth = (len(group) - 1) * sum(found) // len(found) if found else 0
        return worth


class Stanza:
    """The evidence of a stanza at hand for each pair and group of lines."""

    __slots__ = ("_kept", "most", "size", "ties", "worth")

    def __init__(self, size: int, ties: Ties) -> None:
        self.size, self.ties = size, ties
        self.most = max(0, max(ties.values(), default=0))
        self.worth = Worth(ties)
        self._kept: dict[Group, tuple[Group, int]] = {}

    def part(self, start: int, end: int) -> Stanza:
        """What concerns the lines from start to before end."""
        pairs = combinations(range(start, end), 2)
        ties: Ties = {(i - start, j - start): self.ties[i, j] for i, j in pairs if (i, j) in self.ties}
        return Stanza(end - start, ties)

    def kept(self, group: Group) -> tuple[Group, int]:
        """What remains of a group when the lines have left that cost it more than an exception does, and what that is
        worth, the exceptions paid."""
        found = self._kept.get(group)
        if found is None:
            found = self._kept[group] = self._without_misfits(group)
        return found

    def _without_misfits(self, group: Group) -> tuple[Group, int]:
        best, most, price = group, self.worth[group], 0
        while (len(group) - 2) * self.most - price - EXCEPTION > most:
            bonds = self._bonds(group)
            misfit = min(bonds, key=bonds.__getitem__)
            group = tuple([line for line in group if line != misfit])
            price += EXCEPTION
            if self.worth[group] - price > most:
                best, most = group, self.worth[group] - price
        return best, most

    def _bonds(self, group: Group) -> dict[int, int]:
        """The sum of the evidence that ties each line to the others of its group."""
        bonds = dict.fromkeys(group, 0)
        for pair in combinations(group, 2):
            tie = self.ties.get(pair, 0)
            for line in pair:
                bonds[line] += tie
        return bonds


def gathered(likenesses: Sequence[Sequence[Likeness]]) -> Evidence:
    """The evidence for the lines of a stanza, each compared with those that follow it in its window."""
    return Evidence(len(likenesses), tuple([value for row in likenesses for _, _, value in row]))


def _pairs(size: int) -> list[Group]:
    """The pairs of lines that are compared in a stanza of so many."""
    window = window_of(size)
    return [(i, j) for i in range(size) for j in range(i + 1, min(size, i + 1 + window))]


_pairs_again = lru_cache(maxsize=LONGEST)(_pairs)


def window_of(size: int) -> int:
    """How far apart the lines of a stanza of so many lines are compared."""
    return WINDOW if size <= LONGEST else NEAR


@cache
def _counted() -> dict[int, list[tuple[Scheme, int]]]:
    found: dict[int, list[tuple[Scheme, int]]] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("scheme "):
            _, letters, number = line.split(" ")
            found.setdefault(len(letters), []).append((_numbers(letters), int(number)))
    return found


def _numbers(letters: str) -> Scheme:
    names: dict[str, int] = {}
    return tuple(-1 if letter == "-" else names.setdefault(letter, len(names)) for letter in letters)


@cache
def candidates(size: int) -> Candidates:
    """The schemes that a stanza of so many lines, at most LONGEST, may have."""
    costs = {(-1,) * size: NONE, (0,) * size: RARE}
    for unit in map(_numbers, UNITS):
        whole, rest = divmod(size, len(unit))
        if not rest:
            step = max(unit) + 1
            costs[tuple(x if x < 0 else x + step * turn for turn in range(whole) for x in unit)] = RARE
    counted = _counted().get(size, ())
    everything = sum(number for _, number in counted) + 20
    for scheme, number in counted:
        costs[scheme] = max(round(NAT * math.log(number / everything)), costs.get(scheme, NONE))
    groups = dict.fromkeys(group for scheme in costs for group in _groups(scheme))
    places = {group: place for place, group in enumerate(groups)}
    schemes = []
    for scheme, cost in costs.items():
        found = tuple(_groups(scheme))
        home = {i: group for group in found for i in group}
        homes = tuple(home.get(i, (i,)) for i in range(size))
        schemes.append(Candidate(scheme, round(PRIOR * cost), tuple(places[group] for group in found), homes))
    place_of = {pair: place for place, pair in enumerate(_pairs(size))}
    compared = {group: [place_of[pair] for pair in combinations(group, 2) if pair in place_of] for group in groups}
    larger = tuple((group, itemgetter(*found)) for group, found in compared.items() if len(found) > 1)
    return Candidates(tuple(schemes), tuple(groups), larger)


def _groups(scheme: Scheme) -> Iterable[Group]:
    members: dict[int, list[int]] = {}
    for line, label in enumerate(scheme):
        if label >= 0:
            members.setdefault(label, []).append(line)
    return (tuple(lines) for lines in members.values() if len(lines) > 1)


def divide(evidence: Evidence, votes: Votes) -> Scheme:
    """The scheme of a stanza; votes are what the other stanzas of the poem add to a scheme."""
    return _divided_again(evidence, votes) if evidence.size <= SHORT else _divided(evidence, votes)


def _divided(evidence: Evidence, votes: Votes) -> Scheme:
    size = evidence.size
    pairs = _pairs_again(size) if size <= LONGEST else _pairs(size)
    stanza = Stanza(size, dict(zip(pairs, evidence.values, strict=True)))
    if size > LONGEST:
        return _piecewise(stanza)
    stanza.worth.update(candidates(size).worths(evidence.values))
    return _best(stanza, dict(votes))


_divided_again = lru_cache(maxsize=1 << 12)(_divided)


def _piecewise(stanza: Stanza) -> Scheme:
    """The scheme of a long block, piece by piece; a piece ends where no rhyme crosses, short of what was looked at."""
    found: list[int] = []
    start, used = 0, 0
    while start < stanza.size:
        end = min(start + LONGEST, stanza.size)
        scheme = _best(stanza.part(start, end), {})
        if end < stanza.size:
            scheme = scheme[: _seam(scheme)]
        found += [label if label < 0 else label + used for label in scheme]
        start, used = start + len(scheme), used + max(scheme, default=-1) + 1
    return tuple(found)


def _seam(scheme: Scheme) -> int:
    """Where to part a scheme that goes on: as late as may be, but not in its last lines and not across a rhyme."""
    for cut in range(len(scheme) - MARGIN, MARGIN, -1):
        if set(scheme[:cut]).isdisjoint(label for label in scheme[cut:] if label >= 0):
            return cut
    return len(scheme) - MARGIN


def _best(stanza: Stanza, votes: Mapping[Scheme, int]) -> Scheme:
    """The best sum over the schemes that a stanza may have."""
    known = candidates(stanza.size)
    worth = stanza.worth
    worths = [worth[group] for group in known.groups]
    hoped = [value if value > -EXCEPTION else -EXCEPTION for value in worths].__getitem__
    starts = [each.cost for each in known.schemes]
    if votes:
        starts = [start + votes.get(each.scheme, 0) for start, each in zip(starts, known.schemes, strict=True)]
    lacks = [-start - sum(map(hoped, each.groups)) for start, each in zip(starts, known.schemes, strict=True)]
    links = _links(stanza)
    best: tuple[int, Scheme] | None = None
    for place in [*sorted(range(len(lacks)), key=lacks.__getitem__)[:TRIED], 0]:
        candidate = known.schemes[place]
        score, found = _repaired(stanza, candidate.home, starts[place], links)
        if best is None or score > best[0]:
            best = score, found
        if found == candidate.scheme:
            break
    return best[1] if best else ()


def _links(stanza: Stanza) -> list[tuple[int, int]]:
    """The pairs that speak for a rhyme, strongest and nearest first."""
    found = sorted([(-value, j - i, i) for (i, j), value in stanza.ties.items() if value > 0])
    return [(i, i + distance) for _, distance, i in found]


def _repaired(stanza: Stanza, homes: tuple[Group, ...], score: int, links: list[tuple[int, int]]) -> tuple[int, Scheme]:
    """A scheme, as the group of each line, without the lines that contradict it and with those joined that rhyme beyond
    it; and its score."""
    worth = stanza.worth
    home = list(homes)
    for group in dict.fromkeys(homes):
        if len(group) > 1:
            kept, gain = stanza.kept(group)
            score += gain
            if kept is not group:
                for i in group:
                    home[i] = kept if i in kept else (i,)
    for i, j in links:
        one, other = home[i], home[j]
        if one is not other:
            joined = tuple(sorted(one + other))
            gain = worth[joined] - worth[one] - worth[other]
            if gain > LINK and gain > (price := MERGER if _apart(one, other) else LINK + FAR * max(0, j - i - 3)):
                score += gain - price
                for line in joined:
                    home[line] = joined
    names: dict[Group, int] = {}
    return score, tuple([-1 if len(group) == 1 else names.setdefault(group, len(names)) for group in home])


def _apart(one: Group, other: Group) -> bool:
    """Does one of two groups end before the other begins?"""
    return len(one) > 1 and len(other) > 1 and (one[-1] < other[0] or other[-1] < one[0])
