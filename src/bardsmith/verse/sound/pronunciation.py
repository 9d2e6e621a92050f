"""How English words sound: the CMU Pronouncing Dictionary, and rules for the words that it lacks.

A word that is not in the table is read, in this order, as a short form of verse (`heav'n`), an inflection of a known
word (`lov'd`), an old spelling (`haue`), a prefix and a known word (`unblest`), a compound (`moonrise`), and last by
its letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from bardsmith.verse.sound.archaic import modern_letters, respellings, without_idle_e
from bardsmith.verse.sound.contraction import ALSO, FORMS, contracted
from bardsmith.verse.sound.derivation import compound, inflected, prefixed
from bardsmith.verse.sound.dictionary import TABLE as TABLE
from bardsmith.verse.sound.dictionary import VOWELS as VOWELS
from bardsmith.verse.sound.dictionary import entry
from bardsmith.verse.sound.elision import MOST_VARIANTS, elisions
from bardsmith.verse.sound.spelling import LONGEST_WORD, spelled

SHORTEST_OLD = 4
"""Letters of the shortest word that counts as known by its u and v, as `haue`, and less than those of one that does by
its old spelling or its parts: shorter made-up words are too near a word by chance."""
LONG_WORD = 7
"""Letters of the longest word that is not elided twice."""
LONGEST_ABBREVIATION = 3
"""Letters of the longest word that loses its pronunciations as an abbreviation, letter by letter: `us`, `am`, `it`."""

_ONE_SYLLABLE = re.compile(r"(?:[iy]re?|our)(?:s|d|'d)?$")
"""Ends of words that verse gives one syllable unless it has to (`fire`, `hour`), and the table mostly two."""
_ENGLISH_ACCENTS = re.compile("(?=...)[a-z'\u00e6\u0153\u00e7\u00e8-\u00eb\u00ef\u00f4\u00f6]*")
"""Words with the accents that English print uses, such as `bless\u00e8d`; others betray garbled text."""
_LIGATURES = str.maketrans({"\u00e6": "e", "\u0153": "e", "\u017f": "s", "\u00df": "ss", "\u00f8": "o"})
_STRESSED_TAIL = re.compile(rf"[{VOWELS}][12][^12]*$")
_LAST_TAIL = re.compile(rf"[{VOWELS}]\d\D*$")
_NO_STRESS = str.maketrans("", "", "012")
_SAME_IN_RHYME = (
    (re.compile(r"i(?=\dr)"), "I"),
    (re.compile(r"u(?=\dr)"), "U"),
    (re.compile(r"(?<=[YW]\d)R0"), "r"),
    (re.compile(rf"(?<=[^{VOWELS}\d])[VI]0(?=[nl])"), ""),
    (re.compile(r"V(?=0.)"), "I"),
)
"""Differences that the table makes without rule and that no rhymer hears: `hear` and `here`, `poor` and `sure`, `hour`
and `power`, a syllabic n or l with or without a weak vowel, and the two weak vowels of `roses` and `palace`."""


class Sound(NamedTuple):
    """One pronunciation of a word."""

    phones: str
    """As the table writes it, stress digits and all."""
    stress: str
    """A digit for each syllable: 1 primary, 2 secondary, 0 none."""
    rhyme: str
    """From the last stressed vowel to the end, without digits; two words rhyme perfectly if these are equal and what
    stands before them is not. From the last vowel if none is stressed."""
    tail: str
    """From the last vowel to the end, without digits: the rhyme if the last syllable is promoted."""


class Variant(NamedTuple):
    """A shape that verse may give a word."""

    phones: str
    stress: str
    cost: int
    """0 for an ordinary pronunciation, more for an elision or expansion the less usual it is."""


@lru_cache(maxsize=1 << 16)
def sounds(word: str) -> tuple[Sound, ...]:
    """Every pronunciation of a word in lower case, likeliest first; empty only for what has no letters."""
    return tuple([sound_of(phones) for phones in phones_of(word)])


@lru_cache(maxsize=1 << 15)
def known(word: str) -> bool:
    """Is it a word: in the table, a short form of verse, or by rule an inflection, derivative, compound or old spelling
    of one that is? Made-up words are not, but for one in a hundred: those that happen to stand in the table apart."""
    if len(word) > LONGEST_WORD:
        return False
    if not word.isascii():
        if not _ENGLISH_ACCENTS.fullmatch(word):
            return False
        word = _plain(word)
    if len(word) < SHORTEST_OLD or _derived(word):
        return bool(_derived(word))
    modern = modern_letters(word)
    return bool(_derived(modern) or (len(word) > SHORTEST_OLD and _rebuilt(modern)))


def syllables(word: str) -> int:
    """The number of syllables of a word in its likeliest pronunciation; 0 for what has no letters."""
    found = sounds(word.lower())
    return len(found[0].stress) if found else 0


@lru_cache(maxsize=1 << 12)
def variants(word: str) -> tuple[Variant, ...]:
    """The sounds of a word in lower case and the elisions and expansions that verse makes of them, cheapest first."""
    found = dict.fromkeys(phones_of(word), 0)
    for first in tuple(found):
        for phones, cost in elisions(word, first):
            found[phones] = min(cost, found.get(phones, cost))
            for again, more in elisions(word, phones) if len(word) > LONG_WORD else ():
                found[again] = min(cost + more, found.get(again, cost + more))
    cheapest = sorted(found, key=found.__getitem__)[:MOST_VARIANTS]
    return tuple([Variant(phones, _stress(phones), found[phones]) for phones in cheapest])


@lru_cache(maxsize=1 << 15)
def phones_of(word: str) -> tuple[str, ...]:
    """The phones of each pronunciation, from the first source that has any."""
    if not word.isascii():
        return _accented(word)
    modern = modern_letters(word[-LONGEST_WORD:])
    if found := _listed(word):
        return found if modern == word else tuple(dict.fromkeys((*found, *_listed(modern))))
    word = modern
    if found := _derived(word) or _rebuilt(word):
        return found
    letters = "".join(letter for letter in without_idle_e(word) if "a" <= letter <= "z")
    return (spelled(letters),) if letters else ()


@lru_cache(maxsize=1 << 15)
def _listed(word: str) -> tuple[str, ...]:
    """From the table or the list of short forms."""
    bare = word.strip("'")
    listed = (FORMS[word],) if word in FORMS else entry(word) or (entry(bare) if bare != word else ())
    if _ONE_SYLLABLE.search(word):
        listed = tuple(dict.fromkeys(re.sub(r"(?<=[WY][12])R0", "r", phones) for phones in listed))
    if len(listed) > 1 and len(word) <= LONGEST_ABBREVIATION:
        listed = tuple(phones for phones in listed if phones.count("1") + phones.count("2") < 2) or listed
    return (*listed, ALSO[word]) if word in ALSO else listed


@lru_cache(maxsize=1 << 15)
def _derived(word: str) -> tuple[str, ...]:
    """Listed, or a short form or inflection of what is, with or without quotes round it."""
    found = _listed(word) or contracted(word, _derived) or inflected(word, _derived)
    bare = word.strip("'")
    return found if found or bare == word else _derived(bare)


@lru_cache(maxsize=1 << 14)
def _rebuilt(word: str) -> tuple[str, ...]:
    """In the modern spelling of an old one, or with a prefix, or as a compound."""
    if "'" in word:
        return prefixed(word, _derived)
    spellings = tuple(respellings(word))
    return (
        next(filter(None, map(_derived, spellings)), ())
        or prefixed(word, _derived)
        or compound(word, _derived)
        or next(filter(None, (prefixed(spelling, _derived) for spelling in spellings)), ())
    )


def _accented(word: str) -> tuple[str, ...]:
    """A word with accents or letters of other scripts; an accent on the last e has it said, as in `blessèd`. Letters of
    other scripts stand for themselves after one vowel, so that different words do not rhyme."""
    plain = _plain(word)
    if not plain.strip("'"):
        return (f"V1{word}",)
    if plain.endswith("ed") and word[-2:] != "ed" and (stem := _derived(plain)):
        return tuple(phones if phones.endswith("0d") else f"{phones[:-1]}I0d" for phones in stem)
    return phones_of(plain)


def _plain(word: str) -> str:
    """The letters a to z of a word, and its apostrophes, without accents."""
    letters = unicodedata.normalize("NFKD", word[-LONGEST_WORD:].translate(_LIGATURES))
    return "".join(letter for letter in letters if letter == "'" or "a" <= letter <= "z")


def sound_of(phones: str) -> Sound:
    """Takes the phones of a word apart."""
    last = _LAST_TAIL.search(phones)
    stressed = _STRESSED_TAIL.search(phones)
    tail = last.group() if last else phones
    return Sound(phones, _stress(phones), _rhyming(stressed.group() if stressed else tail), _rhyming(tail))


def _stress(phones: str) -> str:
    return "".join(filter(str.isdigit, phones))


@lru_cache(maxsize=1 << 15)
def _rhyming(part: str) -> str:
    """A part of a word as rhyme hears it."""
    for pattern, same in _SAME_IN_RHYME:
        part = pattern.sub(same, part)
    return part.translate(_NO_STRESS)
