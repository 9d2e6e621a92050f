"""How a word may shrink or grow in verse: elisions and expansions of its ordinary pronunciations, each with a cost.

The kinds are those of the handbooks of prosody: syncope (`murm'ring`, `heav'n`), synaeresis (`glo-ryus`, `pow'r`),
their reverse, diaeresis (`fi-er`, `na-ti-on`), and the sounded ending of `wish-ed`. The costs follow how often the
lines of the scanned development poems, where nothing else was open, had the one or the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

EVEN, FREE, USUAL, MARKED, RARE = 0, 1, 2, 4, 6
"""What a variant costs: as common as the full form; about half as common; one in five; a licence; an archaism."""

MOST_VARIANTS = 8
"""No word offers more variants than this; the cheapest are kept."""

_V = "[AaVOWYERIieoQUu]"
_CONSONANTS = "bCdDfghJklmnNprsStTvwyzZ"
_C = f"[{_CONSONANTS}]"

Change = tuple[re.Pattern[str], str, int]

_CHANGES = (
    ("R0", rf"(?<={_C})(R0)(?={_V}[02])", "r", FREE),  # ev'ry, wond'ring
    ("[VI]0[rl]", rf"(?<=\d)(?<!r){_C}+([VI]0)(?=[rl]{_V}0)", "", FREE),  # trav'ller, perilous
    ("[VI]0n", rf"(?<=\d){_C}*[^nmlrwy\d]([VI]0)(?=n{_V}0)", "", USUAL),  # list'ning, pass'nate
    ("[Ii]0[VoR]", rf"(?<={_C})([Ii]0)(?=[VoR]0)", "y", EVEN),  # glorious, Assyrian
    ("[uU]0", rf"(?<={_C})([uU]0)(?={_V}0)", "w", EVEN),  # virtuous
    ("R0", r"(?<=[WY][12])(R0)", "r", FREE),  # pow'r, flow'ry, high'r
    ("[VI]0[Nlnst]", r"(?<=[WYio][12])([VI]0)(?=[Nlnst])", "", MARKED),  # qui't, be'ng
    ("[VI]0[lnst]", r"(?<=u[12])([VI]0)(?=[lnst])", "", USUAL),  # cru'l, ru'n
    ("[VI]0[nl]", r"(?<=[EiI]1v)([VI]0)(?=[nl]z?$)", "", USUAL),  # heav'n, ev'l
    ("[VI]0n", r"(?<=\d)[lDdtksz]([VI]0)(?=nz?$)", "", RARE),  # fall'n, tak'n
    ("[VI]0t", r"(?<=spI1r)([VI]0)(?=t)", "", USUAL),  # sprite
    ("[VI]0s", r"(?<=\d)\D+([VI]0)(?=st$)", "", RARE),  # lov'st, sweet'st
    ("V0[ns]", r"(?<=[SCJ])()(?=V0nz?$|V0s$)", "i0", RARE),  # na-ti-on, gra-ci-ous
    ("fli0", r"(?<=f)()(?=li0$)", "V0", FREE),  # beau-ti-ful-ly
    ("[WY][12]r", r"(?<=[WY][12])(r)(?=$|[zd]$|[dl])", "R0", FREE),  # fi-er
)
"""Where to look, pattern over phones with stress digits, what its group becomes, cost."""

_PLACES = re.compile(rf"(?=([VI]0[Nlnrst]|[Ii]0[VoR]|[uU]0(?={_V})|R0|[WY][12]r|fli0))")
"""Wherever one of the changes may be; most words have no such place, so that no pattern need be tried on them."""

_SYLLABIC = re.compile(rf"(?<=\d{_C})([VI]0)(?=\D+$)|R0(?=r?{_V})")


def elisions(word: str, phones: str) -> Iterator[tuple[str, int]]:
    """The other shapes of one pronunciation with their costs, one change at a time."""
    for pattern, spoken, cost in _changes_at(tuple(_PLACES.findall(phones))):
        for found in pattern.finditer(phones):
            start, end = found.span(1)
            yield phones[:start] + spoken + phones[end:], cost
    if word.endswith("ed") and len(word) > 4 and phones[-1:] in ("d", "t") and phones[-2:-1] in _CONSONANTS:
        yield f"{phones[:-1]}I0d", MARKED


@lru_cache(maxsize=1 << 12)
def _changes_at(places: tuple[str, ...]) -> tuple[Change, ...]:
    """The changes that may be made in such places."""
    return tuple(change for place, change in _changes() if any(map(place.match, places)))


@cache
def _changes() -> tuple[tuple[re.Pattern[str], Change], ...]:
    return tuple((re.compile(place), (re.compile(pattern), spoken, cost)) for place, pattern, spoken, cost in _CHANGES)


def shortened(phones: str) -> str:
    """A pronunciation with a syllable less: by the commonest elision, else without its last unstressed vowel."""
    digits = sum(map(str.isdigit, phones))
    shorter = [(cost, shape) for shape, cost in elisions("", phones) if sum(map(str.isdigit, shape)) < digits]
    if shorter:
        return min(shorter)[1]
    return _SYLLABIC.sub("", phones)
