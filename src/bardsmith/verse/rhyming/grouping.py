"""Divides the lines of one stanza into groups that rhyme, given the evidence for each pair.

A stanza follows a scheme, now and then with an exception: so each scheme that stanzas of that length are known to have
is tried, lines that contradict it are set free, lines that rhyme beyond it are joined, and the best sum wins. A
contradiction costs more than any scheme is worth: a broken rhyme is never forgiven for the sake of its stanza.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bardsmith.verse.rhyming.evidence import NAT, TABLE, Likeness

Scheme = tuple[int, ...]
"""A number for each line, counted from 0 as they first occur; -1 for a line that rhymes with none."""

WINDOW = 10
"""Lines further apart are not compared."""

NEAR = 6
"""The same in blocks longer than any stanza."""

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


@dataclass(frozen=True, slots=True)
class Candidates:
    """The schemes that stanzas of one length may have."""

    schemes: tuple[Candidate, ...]
    pairs: tuple[tuple[int, int], ...]
    """Each two lines at most NEAR apart that rhyme alone in some scheme: the first, and how far it is to the other."""
    groups: tuple[tuple[int, ...], ...]
    """Each group of lines that rhyme in some scheme, once; these pairs first."""


class Evidence:
    """The evidence for each pair of lines of a stanza that are at most `window` apart."""

    __slots__ = ("_worth", "band", "most", "size", "window")

    def __init__(self, window: int, band: list[list[int]]) -> None:
        """Takes the evidence for lines i and i + d + 1 as band[i][d]."""
        self.size, self.window, self.band = len(band), window, band
        self.most = max([0, *(max(row) for row in band if row)])
        self._worth: dict[tuple[int, ...], int] = {}

    def less(self, toll: int) -> Evidence:
        """The same where each pair has to bring so much besides."""
        return Evidence(self.window, [[value - toll for value in row] for row in self.band])

    def part(self, start: int, end: int) -> Evidence:
        """What concerns the lines from start to before end."""
        return Evidence(self.window, [self.band[i][: end - i - 1] for i in range(start, end)])

    def worth(self, group: tuple[int, ...]) -> int:
        """What a group in rising order is worth: the mean evidence of its pairs, for each line but the first."""
        found = self._worth.get(group)
        if found is None:
            found = self._worth[group] = self._mean(group)
        return found

    def bond(self, line: int, group: tuple[int, ...]) -> int:
        """The sum of the evidence that ties a line to the others of its group."""
        near = [(min(line, other), abs(line - other)) for other in group if 0 < abs(line - other) <= self.window]
        return sum([self.band[first][distance - 1] for first, distance in near])

    def _mean(self, group: tuple[int, ...]) -> int:
        if len(group) == 2:
            i, j = group
            return self.band[i][j - i - 1] if j - i <= self.window else 0
        total = count = 0
        gapless = group[-1] - group[0] < len(group)
        for place, i in enumerate(group, 1):
            row = self.band[i]
            if gapless:
                row = row[: group[-1] - i]
                total += sum(row)
                count += len(row)
                continue
            for j in group[place:]:
                if j - i > self.window:
                    break
                total += row[j - i - 1]
                count += 1
        return (len(group) - 1) * total // count if count else 0


def gathered(likenesses: Sequence[Sequence[Likeness]]) -> Evidence:
    """The evidence for the lines of a stanza, each compared with those that follow it in its window."""
    return Evidence(window_of(len(likenesses)), [[value for _, _, value in row] for row in likenesses])


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
    groups = sorted(
        {group for scheme in costs for group in _groups(scheme)}, key=lambda group: (not _near(group), group)
    )
    places = {group: place for place, group in enumerate(groups)}
    schemes = tuple(
        Candidate(scheme, round(PRIOR * cost), tuple(places[group] for group in _groups(scheme)))
        for scheme, cost in costs.items()
    )
    return Candidates(schemes, tuple((i, j - i) for i, j in filter(_near, groups)), tuple(groups))


def _near(group: tuple[int, ...]) -> bool:
    """Is it a pair of lines that are always compared?"""
    return len(group) == 2 and group[1] - group[0] <= NEAR


def _groups(scheme: Scheme) -> Iterable[tuple[int, ...]]:
    members: dict[int, list[int]] = {}
    for line, label in enumerate(scheme):
        if label >= 0:
            members.setdefault(label, []).append(line)
    return (tuple(lines) for lines in members.values() if len(lines) > 1)


def divide(evidence: Evidence, votes: Mapping[Scheme, int]) -> Scheme:
    """The scheme of a stanza; votes are what the other stanzas of the poem add to a scheme."""
    return _best(evidence, votes) if evidence.size <= LONGEST else _piecewise(evidence)


def _piecewise(evidence: Evidence) -> Scheme:
    """The scheme of a long block, piece by piece; a piece ends where no rhyme crosses, short of what was looked at."""
    found: list[int] = []
    start, used = 0, 0
    while start < evidence.size:
        end = min(start + LONGEST, evidence.size)
        scheme = _best(evidence.part(start, end), {})
        if end < evidence.size:
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


def _best(evidence: Evidence, votes: Mapping[Scheme, int]) -> Scheme:
    """The best sum over the schemes that a stanza may have."""
    known = candidates(evidence.size)
    band = evidence.band
    worths = [band[i][distance - 1] for i, distance in known.pairs]
    worths += map(evidence.worth, known.groups[len(worths) :])
    hoped = [worth if worth > -EXCEPTION else -EXCEPTION for worth in worths].__getitem__
    ranked = []
    for place, candidate in enumerate(known.schemes):
        start = candidate.cost + votes.get(candidate.scheme, 0) if votes else candidate.cost
        ranked.append((-start - sum(map(hoped, candidate.groups)), place, start))
    links = _links(evidence)
    best: tuple[int, Scheme] | None = None
    for _, place, start in [*sorted(ranked)[:TRIED], ranked[0]]:
        candidate = known.schemes[place]
        score, found = _repaired(evidence, [known.groups[group] for group in candidate.groups], start, links)
        if best is None or score > best[0]:
            best = score, found
        if found == candidate.scheme:
            break
    return best[1] if best else ()


def _links(evidence: Evidence) -> list[tuple[int, int]]:
    """The pairs that speak for a rhyme, strongest and nearest first."""
    found = [
        (-value, distance, i)
        for i, row in enumerate(evidence.band)
        for distance, value in enumerate(row, 1)
        if value > 0
    ]
    return [(i, i + distance) for value, distance, i in sorted(found)]


def _repaired(
    evidence: Evidence, groups: list[tuple[int, ...]], score: int, links: list[tuple[int, int]]
) -> tuple[int, Scheme]:
    """A scheme without the lines that contradict it and with those joined that rhyme beyond it, and its score."""
    worth = evidence.worth
    home: list[tuple[int, ...]] = [(i,) for i in range(evidence.size)]
    for group in groups:
        kept = _without_misfits(evidence, group)
        score += worth(kept) - EXCEPTION * (len(group) - len(kept))
        for i in kept:
            home[i] = kept
    for i, j in links:
        one, other = home[i], home[j]
        if one is not other and len(one) + len(other) <= LONGEST:
            joined = (i, j) if len(one) == len(other) == 1 else tuple(sorted(one + other))
            gain = worth(joined) - worth(one) - worth(other)
            price = MERGER if _apart(one, other) else LINK + FAR * max(0, j - i - 3)
            if gain > price:
                score += gain - price
                for line in joined:
                    home[line] = joined
    names: dict[tuple[int, ...], int] = {}
    return score, tuple(-1 if len(group) == 1 else names.setdefault(group, len(names)) for group in home)


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Does one of two groups end before the other begins?"""
    return len(one) > 1 and len(other) > 1 and (one[-1] < other[0] or other[-1] < one[0])


def _without_misfits(evidence: Evidence, group: tuple[int, ...]) -> tuple[int, ...]:
    """What remains of a group when the lines have left that cost it more than an exception does."""
    best, most, price = group, evidence.worth(group), 0
    while (len(group) - 2) * evidence.most - price - EXCEPTION > most:
        misfit = min(group, key=lambda line: evidence.bond(line, group))
        group = tuple([line for line in group if line != misfit])
        price += EXCEPTION
        if evidence.worth(group) - price > most:
            best, most = group, evidence.worth(group) - price
    return best
