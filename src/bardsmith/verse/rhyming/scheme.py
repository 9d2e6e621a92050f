"""Which lines of a poem rhyme: its scheme as a reader would describe it, and by the strict measure alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.rhyming.endings import Ending, ending, strict_kind, strict_strength
from bardsmith.verse.rhyming.evidence import Likeness, likenesses, strength
from bardsmith.verse.rhyming.grouping import Evidence, Scheme, Votes, divide, gathered, window_of

REACH = 4
"""By the strict measure, and from stanza to stanza, lines at most so far apart rhyme: further off, and in any larger
window, sounds return by chance."""

RHYMED = 0.33
"""A poem in which a smaller share of lines rhymes is taken for unrhymed: no rhymed form has fewer than a third."""

TOLL = 48
"""What each rhyme of such a poem must bring besides, in units of 1 / NAT: chance brings some into any hundred lines."""

VOTE, LOUDEST = 28, 3.0
"""What a scheme gains by each e-fold of other stanzas that have it, in units of 1 / NAT, and the most that count."""

CHAINED = 0.5
"""Stanzas share rhymes by design where so large a share of them takes one up from the stanza before."""

DOUBLE_SPACED = 0.8
"""Where so large a share of the stanzas are single lines, blank lines part lines and not stanzas."""

LONGEST_POEM = 20_000
"""Lines. What is longer than the Aeneid is read by the strict measure, which is faster."""

_LETTERS = "abcdefghijklmnopqrstuvwyz"


class Pair(NamedTuple):
    """Two line ends that sound or look alike."""

    first: int
    second: int
    """The lines, counted from 0 through the text without blank ones."""
    kind: str
    """perfect, mosaic, promoted, identity, eye, slant, consonance or assonance."""
    strength: float
    """How well they rhyme as poets go, 0 to 1; half or more is a rhyme."""
    strict: float
    """How well by sound alone, 0 to 1; 0 for the same word."""


def rhyme(text: str) -> list[str]:
    """One label for each non-blank line, `-` for one that rhymes with none; a repeated word counts as a rhyme.

    Stanzas share labels where they are chained, as in terza rima or by a refrain.
    """
    poem = _poem(text)
    if sum(map(len, poem)) > LONGEST_POEM:
        return rhyme_strict(text)
    schemes, toll = _schemes([gathered(stanza) for stanza in _compared(text)])
    labels = _numbered(schemes)
    return _letters(labels if toll else _chained(poem, labels))


def line_ends(text: str) -> list[Ending]:
    """The ending of each non-blank line."""
    return [end for stanza in _poem(text) for end in stanza]


@lru_cache(maxsize=2)
def _poem(text: str) -> list[list[Ending]]:
    """The endings of each stanza; of all lines together where the text is double-spaced."""
    poem = [[ending(line) for line in stanza] for stanza in stanzas(text)]
    single = sum(len(stanza) == 1 for stanza in poem)
    if len(poem) > 1 and single >= DOUBLE_SPACED * len(poem):
        return [[end for stanza in poem for end in stanza]]
    return poem


@lru_cache(maxsize=2)
def _compared(text: str) -> list[list[list[Likeness]]]:
    """How each line of each stanza rhymes with those after it, through the first LONGEST_POEM lines."""
    found = []
    left = LONGEST_POEM
    for stanza in _poem(text):
        found.append(likenesses(stanza[:left], window_of(len(stanza))))
        left -= len(found[-1])
    return found


def rhyme_strict(text: str) -> list[str]:
    """The same by sound alone: no eye rhyme, no near rhyme, no rhyme of a word with itself, no known scheme.

    Each line joins the nearest earlier one that it rhymes with, across stanzas, too.
    """
    ends = line_ends(text)
    labels: list[int] = []
    for i, end in enumerate(ends):
        labels.append(i)
        for j in range(i - 1, max(-1, i - REACH - 1), -1):
            if not end.offers.isdisjoint(ends[j].offers) and _strictly(end, ends[j]):
                labels[i] = labels[j]
                break
    return _letters(labels)


def pairs(text: str) -> tuple[Pair, ...]:
    """The pairs of lines of a stanza, as far as they are compared, that rhyme in any way; of a text of more than
    LONGEST_POEM lines, in so many first lines."""
    found: list[Pair] = []
    i = 0
    for stanza in _compared(text):
        for row in stanza:
            found += [
                Pair(i, j, kind, strength(odds), strict_strength(kind))
                for j, (kind, odds, _) in enumerate(row, i + 1)
                if kind != "none"
            ]
            i += 1
    return tuple(found)


def _strictly(a: Ending, b: Ending) -> bool:
    return strict_kind(a, b) not in ("none", "identity")


def _schemes(poem: list[Evidence]) -> tuple[list[Scheme], int]:
    """The scheme of each stanza, at first for itself, then in the light of the others; and the toll."""
    found = [divide(stanza, ()) for stanza in poem]
    lines = sum(map(len, found))
    toll = TOLL if sum(label >= 0 for scheme in found for label in scheme) < RHYMED * lines else 0
    peers: dict[int, Counter[Scheme]] = {}
    for scheme in found:
        peers.setdefault(len(scheme), Counter())[scheme] += 1
    settled = []
    for stanza, own in zip(poem, found, strict=True):
        votes = _votes(peers[len(own)], own)
        settled.append(divide(stanza.less(toll) if toll else stanza, votes) if votes or toll else own)
    return settled, toll


def _votes(peers: Counter[Scheme], own: Scheme) -> Votes:
    """What the other stanzas of the same length say, where they do not all say the same."""
    everyone = sum(peers.values())
    if everyone < 3 or peers[own] == everyone:
        return ()
    others = [(scheme, number - (scheme == own)) for scheme, number in peers.items()]
    return tuple([(scheme, round(VOTE * min(LOUDEST, math.log(1 + number)))) for scheme, number in others])


def _numbered(schemes: list[Scheme]) -> list[int]:
    """A number for each line of a poem, the same for lines that rhyme."""
    found: list[int] = []
    for scheme in schemes:
        first: dict[int, int] = {}
        start = len(found)
        found += [start + (i if label < 0 else first.setdefault(label, i)) for i, label in enumerate(scheme)]
    return found


def _chained(poem: list[list[Ending]], labels: list[int]) -> list[int]:
    """The labels with those of neighbouring stanzas made one where they rhyme, if the poem does so by design."""
    ends = [end for stanza in poem for end in stanza]
    links: dict[int, int] = {}
    start = chained = 0
    for before, after in pairwise(poem):
        start += len(before)
        found = _links(ends, labels, range(start - min(REACH, len(before)), start), start + min(REACH, len(after)))
        chained += bool(found)
        links |= found
    if not links or chained < CHAINED * (len(poem) - 1):
        return labels
    for i, label in enumerate(labels):
        taken = links.get(label, label)
        labels[i] = links[label] = links.get(taken, taken)
    return labels


def _links(ends: Sequence[Ending], labels: list[int], before: range, stop: int) -> dict[int, int]:
    """Which label of one stanza's first lines takes up which of the last lines before it, each at most once."""
    found: dict[int, int] = {}
    for j in range(before.stop, stop):
        for i in reversed(before):
            fresh = labels[j] not in found and labels[i] not in found.values()
            if fresh and ends[j].word and j - i <= REACH and strict_kind(ends[i], ends[j]) != "none":
                found[labels[j]] = labels[i]
    return found


def _letters(labels: list[int]) -> list[str]:
    """Letters in the order of the poem, `-` for a label that only one line has."""
    shared = [label for label, number in Counter(labels).items() if number > 1]
    names = {label: _name(number) for number, label in enumerate(shared)}
    return [names.get(label, "-") for label in labels]


@lru_cache(maxsize=1 << 10)
def _name(number: int) -> str:
    """a, b, ... z, aa, ab, ... without x, which metrists keep for lines that do not rhyme."""
    name = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, len(_LETTERS))
        name = _LETTERS[digit] + name
    return name
