"""Words that the table lacks, read by way of those it has: inflections, derivatives, prefixes and compounds.

The sounds of the endings are those of the grammars (Quirk et al., A Comprehensive Grammar, 1985); like the native
prefixes they leave the stress of the stem alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from bardsmith.verse.sound.dictionary import VOWELS

COMPOUNDS = Path(__file__).parents[1] / "tables" / "compounds.txt"

Reader = Callable[[str], tuple[str, ...]]
"""Gives the phones of each pronunciation of a word that is known, none for another."""

SHORTEST_STEM = 2
"""The letters that a stem has at least."""
SHORTEST_PART = 3
"""The letters that either part of a compound has at least: shorter table words are mostly names and abbreviations."""
SHORTEST_BASE = 3
"""The letters that follow a prefix at least, and one more after `a-`."""
PLAIN_PART = 5
"""The letters that a part of a compound has at least that is not known to form compounds; of the words of the table
that fit with such a part, 88 % sound like a compound, with two of the known parts 97 %."""

_PLURAL = ("s", "'s", "es", "s'")
_PAST = ("ed", "'d", "'t", "t")
_REGULAR = {
    "eth": "I0T", "'th": "T", "est": "I0st", "'st": "st", "st": "st", "ing": "I0N", "in'": "I0n", "ings": "I0Nz",
    "er": "R0", "ers": "R0z", "ly": "li0", "less": "lI0s", "ness": "nI0s", "ful": "fV0l", "full": "fV0l",
    "nesse": "nI0s", "lesse": "lI0s", "'ll": "V0l", "'ve": "V0v", "'re": "R0",
}  # fmt: skip
"""Endings of inflection and their like; they sound alike after every stem."""
_DERIVED = {
    "y": "i0", "ish": "I0S", "like": "lY2k", "some": "sV0m", "ward": "wR0d", "wards": "wR0dz", "hood": "hU2d",
    "ship": "SI2p", "dom": "dV0m", "fold": "fo2ld", "ment": "mI0nt", "able": "V0bV0l", "ably": "V0bli0", "en": "V0n",
    "ism": "I2zV0m", "ist": "I0st", "let": "lI0t", "ling": "lI0N", "man": "mV0n", "men": "mI0n", "most": "mo2st",
    "wise": "wY2z", "person": "pR2sV0n", "'n": "V0n", "eous": "V0s", "d": "d",
}  # fmt: skip
"""Endings that make new words."""
_ENDINGS = _REGULAR | _DERIVED
_SHORTEST_BEFORE = {
    **dict.fromkeys(_DERIVED, SHORTEST_PART),
    **dict.fromkeys((*_PLURAL, *_PAST, *_REGULAR), SHORTEST_STEM),
}
"""The letters that stand before an ending at least."""
LONGEST_ENDING = max(map(len, _ENDINGS))

_PREFIXES = {
    "un": "V0n", "re": "ri0", "over": "o2vR0", "o'er": "O2r", "out": "W2t", "be": "bI0", "a": "V0", "fore": "fO2r",
    "under": "V2ndR0", "mis": "mI0s", "up": "V2p", "in": "I0n", "en": "I0n", "em": "I0m", "dis": "dI0s", "im": "I0m",
    "non": "nA2n", "inter": "I2ntR0", "with": "wI0D", "down": "dW2n", "mid": "mI2d", "sub": "sV0b", "pre": "pri0",
    "super": "su2pR0", "through": "Tru2", "after": "a2ftR0", "counter": "kW2ntR0", "there": "DE2r", "where": "wE2r",
    "here": "hI2r", "for": "fO0r",
}  # fmt: skip
"""Prefixes that may stand before any word."""
LONGEST_PREFIX = max(map(len, _PREFIXES))

_ONLY_AFTER = {
    "t": re.compile(r"^[^']+(?:s|x|p|k|sh|ch)$"),
    "d": re.compile(r"...[aeiouy]?[lmnrvyz](?<!wn)$"),
    "st": re.compile(r"[dtlny]$"),
    "ling": re.compile(r"...[bdfgkmnprst]$"),
}
"""Endings that would be found too often, and what stands before them: `exprest`, `seemd`, `mightst`, `birdling`."""
_VOWEL_LETTER = re.compile("[aeiouy]")
_VOICELESS = "CfkpsStT"
_SIBILANT = "CJsSzZ"


def inflected(word: str, read: Reader) -> tuple[str, ...]:
    """The sounds of a known stem with an ending, the longest ending first."""
    for size in range(min(LONGEST_ENDING, len(word) - SHORTEST_STEM), 0, -1):
        ending = word[-size:]
        if len(word) - size >= _SHORTEST_BEFORE.get(ending, len(word)):
            rest = word[:-size]
            for stem in _stems(rest, ending) if _VOWEL_LETTER.search(rest) else ():
                if phones := read(stem):
                    return tuple(dict.fromkeys(_joined(each, ending, stem) for each in phones))
    return ()


def _stems(rest: str, ending: str) -> Iterator[str]:
    """The spellings that a stem may have had before an ending, likeliest first: `hop` of `hoping` was hope."""
    if ending in _ONLY_AFTER:
        if _ONLY_AFTER[ending].search(rest):
            yield rest + "s" if ending == "t" and rest.endswith("s") else rest
            if ending == "d":
                yield rest + "e"
    elif ending == "es":
        if rest.endswith(("i", "o", "s", "x", "z", "h")):
            yield from (rest[:-1] + "y",) if rest.endswith("i") else (rest + "e", rest)
    elif ending == "eous":
        yield rest + "y"
    elif ending in _PLURAL or ending.strip("'")[0] not in "aeioudty":
        yield from _stems_before_consonant(rest, ending)
    else:
        yield from _stems_before_vowel(rest) if ending != "y" or rest[-1] not in "aeo" else ()


def _stems_before_consonant(rest: str, ending: str) -> Iterator[str]:
    """`heart-less`, `happi-ly`, `fulness`, `feare-full`."""
    if ending == "s" and rest[-1] in "sxz":
        return
    yield rest
    if rest[-1] == "i":
        yield rest[:-1] + "y"
    elif rest[-1] == "e" and rest[-2] != "e":
        yield rest[:-1]
    elif rest[-1] == "l":
        yield rest + "l"
    if ending == "ly":
        yield rest + "le"


def _stems_before_vowel(rest: str) -> Iterator[str]:
    """`hop-ing` of hope, `running` of run, `falling` of fall, `happi-er`, `fre-er`."""
    ahead, last = rest[-2], rest[-1]
    if last == "e":
        yield rest + "e"
    elif ahead == last and last not in "aiou":
        yield from (rest, rest[:-1])
    elif last in "aio":
        yield from (rest, rest[:-1] + "y")
    else:
        yield from (rest + "e", rest) if _wants_e(ahead, last, rest) else (rest, rest + "e")


def _wants_e(ahead: str, last: str, rest: str) -> bool:
    """Is a stem likelier with an e after these letters than without: `lov`, `chang`, `trembl`, not `wing` or `curl`?"""
    if last in "cgsvzu":
        return not rest.endswith(("ing", "ong"))
    return ahead in "aeiouy" or rest.endswith("th") or (last == "l" and ahead not in "rw")


def _joined(phones: str, ending: str, stem: str) -> str:
    """A stem's phones and its ending's."""
    last = phones[-1]
    if ending in _PLURAL:
        return phones + ("I0z" if last in _SIBILANT else "s" if last in _VOICELESS else "z")
    if ending in _PAST:
        return phones + ("I0d" if last in "td" else "t" if last in _VOICELESS else "d")
    said = _ENDINGS[ending]
    if stem.endswith("le") and said[0] in f"l{VOWELS}":
        return phones.removesuffix("V0l").removesuffix("l") + "l" + said.removeprefix("l")
    return phones + (said.removeprefix("l") if last == "l" else said)


def prefixed(word: str, read: Reader) -> tuple[str, ...]:
    """The sounds of a prefix and a known rest: `un-blest`, `o'er-grown`, `be-dewed`."""
    for size in range(min(LONGEST_PREFIX, len(word) - SHORTEST_BASE), 0, -1):
        start = _PREFIXES.get(word[:size])
        if start and len(word) >= size + SHORTEST_BASE + (size == 1):
            found = [phones for phones in read(word[size:]) if phones.count("1") == 1]
            if found:
                return tuple(start + phones for phones in found)
    return ()


def compound(word: str, read: Reader) -> tuple[str, ...]:
    """The sounds of two known words written as one, the stress of the second made secondary: `moonrise`."""
    firsts, seconds = _compound_parts()
    for cut in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        first, second = word[:cut], word[cut:]
        likely = first in firsts or len(first) >= PLAIN_PART, second in seconds or len(second) >= PLAIN_PART
        if all(likely) and (first in firsts or second in seconds):
            ahead, behind = read(first), read(second)
            if ahead and behind:
                return tuple(ahead[0] + phones.replace("1", "2") for phones in behind)
    return ()


@cache
def _compound_parts() -> tuple[frozenset[str], frozenset[str]]:
    """The words that many compounds of the table begin and end with."""
    firsts, seconds = COMPOUNDS.read_text(encoding="ascii").splitlines()
    return frozenset(firsts.split()), frozenset(seconds.split())
