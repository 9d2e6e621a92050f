"""How well two line ends rhyme by their sounds, the strict measure that rewards and gates build on.

A full rhyme agrees from the last stressed vowel on. A promoted one lets a last unstressed syllable carry the beat
(`me` and `memory`), which Attridge (The Rhythms of English Poetry, 1982) describes as promotion; a mosaic one spreads
over two words (`poet` and `know it`). Nothing here is learned from poems.

All lines share the objects made here. The classes are not frozen only because that triples the time to make one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from bardsmith.verse.lineation import LONGEST_REMEMBERED, words
from bardsmith.verse.sound.dictionary import TABLE, VOWELS
from bardsmith.verse.sound.pronunciation import known, phones_of

FULL, PROMOTED = 1.0, 0.8
"""The strict strength of a full rhyme and of one that promotes a last syllable; a mosaic counts as full."""

_LEANING = (
    "at be by do down for from had has have he her him i in is it me no not of off on one out she so them then there "
    "they thee to too up us was we will with ye you"
)
LEANING = frozenset(_LEANING.split())
"""Monosyllables that lean on the word before them and so can end a mosaic rhyme; a closed class, by grammar."""

ENOUGH = 80
"""Three words found in so many last characters of a long line mean that the last two are whole."""

LONGEST_WORD = 40
"""The letters of the longest word that is looked at whole."""

MOST_LETTERS = 4
"""So many last letters are compared."""

WORDLESS = 3
"""The trust in a line without words: more than in any two words."""

_LIQUID_GLIDE = re.compile(r"([YW][12])R0")
_LAST_VOWEL_LETTER = re.compile(r"([aeiouy])[^aeiouy]*e?$")
_SYLLABIC_L = re.compile(r"[^aeiouy]les?$")
_RIME = re.compile(r"[aeiouy]+[^aeiouy]*e?$")
_BEFORE_R = {"I": "i", "U": "u"}
_FULL_VALUE = {"a": "a", "e": "E", "i": "I", "o": "A", "u": "V"}

_CLASSES = {**dict.fromkeys(VOWELS, "V"), **dict(zip("zdDvNmbgZJC", "stTfnnpkSSS", strict=True))}
"""What a last sound is without voice or place."""


Parts = frozenset[str]


@dataclass(slots=True, eq=False)
class Form:
    """One way to say the end of a line, as far as rhyme goes; one object for all endings that are said so."""

    full: str
    """From the last stressed vowel on, without stress marks and without distinctions that rhyme ignores."""
    promoted: str
    """The last syllable from its vowel on, with its full vowel, where a beat may fall on it unstressed; else empty."""
    nucleus: str
    """The last vowel."""
    coda: str
    """The consonants after it."""
    fall: int
    """How many syllables follow the last stressed one, at most 2."""
    mosaic: bool
    """Is it taken from two words?"""


@dataclass(slots=True, eq=False)
class Spelling:
    """How the end of a word is written; one object for all words that end so."""

    tails: Parts
    """The last letter, the last two and so on, without apostrophes and final mute e: as many as two words share, so
    many letters do they end in alike."""
    rime: str
    """From the last group of vowel letters on, a final mute e included."""
    cues: tuple[str, str]
    """The last letter and the rime, each with a mark."""


@dataclass(slots=True, eq=False)
class Ending:
    """The end of a line; one object for each pair of last words, so that identity stands for equality."""

    word: str
    """The last word in lower case, without apostrophes at its ends; empty where the line has no word."""
    before: str
    """The word before it, if the last one leans on that."""
    forms: tuple[Form, ...]
    """The ways to say it, likeliest first."""
    fulls: Parts
    """Their full parts."""
    promotions: Parts
    """Their promoted last syllables."""
    mosaics: Parts
    """The full parts that begin in the word before."""
    offers: Parts
    """All of these: endings that share nothing here do not rhyme by sound."""
    nuclei: Parts
    """The last vowels, mosaics aside."""
    finals: Parts
    """The last sounds."""
    cues: Parts
    """The last letter, the rime and the classes of the last sounds: endings that share none are far from a rhyme."""
    spelling: Spelling
    trust: int
    """1 for a word of the dictionary, 0 for another, WORDLESS for none."""


_NONE: Parts = frozenset()
NOTHING = Ending("", "", (), _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, Spelling(_NONE, "", ("", "")), WORDLESS)
"""The ending of a line without words."""


def ending(line: str) -> Ending:
    """The ending of a normalised line."""
    found = words(line if len(line) <= LONGEST_REMEMBERED else line[-ENOUGH:])
    if len(found) < 3 and len(line) > LONGEST_REMEMBERED:
        found = words(line)
    if not found:
        return NOTHING
    last = found[-1].strip("'")[-LONGEST_WORD:]
    return ending_of(last, found[-2][-LONGEST_WORD:] if last in LEANING and len(found) > 1 else "")


@lru_cache(maxsize=1 << 13)
def ending_of(word: str, before: str = "") -> Ending:
    """What a word, with the one before it if it leans on that, offers to rhyme with."""
    said = phones_of(word)
    spelling = _spelling(word)
    forms = [_form(phones, word, False) for phones in said if not phones.isalpha()]
    if before and said:
        weak = said[0].replace("1", "0").replace("2", "0")
        stressed = (phones for phones in phones_of(before) if "1" in phones or "2" in phones)
        forms += [_form(first + weak, word, True) for first in stressed]
    different = tuple(dict.fromkeys(forms)) if len(forms) > 1 else tuple(forms)
    parts = _parts(different)
    cues = frozenset([*spelling.cues, *[_CLASSES.get(sound, sound) for sound in parts[-1]]] if forms else [word])
    return Ending(word, before, different, *parts, cues, spelling, known(word) if word else WORDLESS)


@lru_cache(maxsize=1 << 13)
def _parts(forms: tuple[Form, ...]) -> tuple[Parts, Parts, Parts, Parts, Parts, Parts]:
    """The fulls, promotions, mosaics, offers, nuclei and finals of an ending that is said so."""
    whole = [form for form in forms if not form.mosaic]
    fulls = frozenset([form.full for form in whole])
    promoted = [form.promoted for form in forms if form.promoted]
    promotions = frozenset([*promoted, *map(_older, promoted)])
    mosaics = frozenset([form.full for form in forms if form.mosaic])
    nuclei = frozenset([form.nucleus for form in whole])
    finals = frozenset([(form.nucleus + form.coda)[-1] for form in forms])
    return fulls, promotions, mosaics, fulls | promotions | mosaics, nuclei, finals


def _form(phones: str, word: str, mosaic: bool) -> Form:
    part = _rhyming_part(phones)
    return _form_of(part, _promoted(part, word) if part.count("0", 2) > 1 else "", mosaic)


@lru_cache(maxsize=1 << 13)
def _form_of(part: str, promoted: str, mosaic: bool) -> Form:
    fall = min(2, part.count("0", 2))
    nucleus, coda = _last_syllable(part)
    return Form(_plain(part), promoted, nucleus, coda, fall, mosaic)


def _last_syllable(part: str) -> tuple[str, str]:
    """The last vowel and what follows it; if it is not the first, it is unstressed."""
    vowel = max(0, part.rfind("0") - 1)
    return part[vowel], part[vowel + 2 :]


def _spelling(word: str) -> Spelling:
    if "'" in word:
        word = word.replace("'d", "ed").replace("'", "")
    rime = _RIME.search(word)
    letters = word[:-1] if word.endswith("e") and len(word) > 2 else word
    return _spelling_of(letters[-MOST_LETTERS:], rime.group() if rime else word)


@lru_cache(maxsize=1 << 13)
def _spelling_of(last: str, rime: str) -> Spelling:
    tails = frozenset([last[start:] for start in range(len(last))])
    return Spelling(tails, rime, (f"={last[-1:]}", f"-{rime}"))


def _rhyming_part(phones: str) -> str:
    """From the last stressed vowel on, from the last one if none is stressed; `fire` has one syllable, `flower` too."""
    if "R0" in phones:
        phones = _LIQUID_GLIDE.sub(r"\1r", phones)
    stressed = max(phones.rfind("1"), phones.rfind("2"))
    return phones[(stressed if stressed > 0 else phones.rfind("0")) - 1 :]


def _plain(part: str) -> str:
    """A part without stress and without what rhyme ignores.

    Before r English keeps no contrast of tense and lax vowels (near, here; Wells, Accents of English, 1982); weak
    vowels after the stress merge (`poet`, `know it`); the vowels of cot and caught, which the dictionary does not keep
    apart consistently, count as one except before r.
    """
    vowel, rest = part[0], part[2:].replace("I0", "V").replace("0", "")
    if rest.startswith("r"):
        vowel = _BEFORE_R.get(vowel, vowel)
    elif vowel == "O":
        vowel = "A"
    return vowel + rest


def _promoted(part: str, word: str) -> str:
    """A last syllable under promotion, where a weak vowel takes the value of its letter (`innocent` as in `went`)."""
    nucleus, coda = _last_syllable(part)
    letter = _LAST_VOWEL_LETTER.search(word)
    if nucleus in "VI" and letter:
        nucleus = "E" if _SYLLABIC_L.search(word) else _FULL_VALUE.get(letter.group(1), nucleus)
        if nucleus == "a" and coda.startswith("l"):
            nucleus = "O"
    return _plain(nucleus + "0" + coda)


def _older(promoted: str) -> str:
    """A promoted -y or -ies with the older value that verse has kept (`silently` as in `sky`); another as it is."""
    return "Y" + promoted[1:] if promoted in ("i", "iz") else promoted


def same_words(a: Ending, b: Ending) -> bool:
    """Do two lines end in the same word, and not in different rhymes before it (`show it`, `know it`)?"""
    return a.word == b.word and (a.before == b.before or a.mosaics.isdisjoint(b.mosaics))


def strict_kind(a: Ending, b: Ending) -> str:
    """The kind of rhyme that the sounds alone make: perfect, mosaic, promoted, identity (the same word) or none."""
    if a.word == b.word:
        return "identity" if same_words(a, b) else "mosaic"
    if a.offers.isdisjoint(b.offers):
        return "none"
    if not (a.mosaics.isdisjoint(b.fulls) and a.fulls.isdisjoint(b.mosaics)):
        return "mosaic"
    if not a.fulls.isdisjoint(b.fulls):
        return "perfect"
    if not a.mosaics.isdisjoint(b.mosaics):
        return "mosaic"
    if not (a.promotions.isdisjoint(b.fulls) and a.fulls.isdisjoint(b.promotions)):
        return "promoted"
    return "none" if a.promotions.isdisjoint(b.promotions) else "promoted"


_STRENGTH = {"perfect": FULL, "mosaic": FULL, "promoted": PROMOTED}


def strict_strength(kind: str) -> float:
    """How well a kind rhymes by sound alone, 0 to 1: nothing for the same word, likeness to the eye or near rhyme."""
    return _STRENGTH.get(kind, 0.0)


def rhymes(word: str) -> list[str]:
    """The words of the dictionary that rhyme fully with a word, in order of the alphabet."""
    wanted = ending_of(word.strip("'").lower())
    found = {other for full in wanted.fulls for other in _by_rhyme().get(full, ())}
    return sorted(found - {wanted.word})


@cache
def _by_rhyme() -> dict[str, list[str]]:
    """The whole dictionary by full part: takes the better part of a second, once."""
    index: dict[str, list[str]] = {}
    for line in TABLE.read_text("ascii").splitlines():
        word, _, said = line.partition("\t")
        spoken = [phones for phones in said.split(" ") if not phones.isalpha()]
        for full in {_plain(_rhyming_part(phones)) for phones in spoken}:
            index.setdefault(full, []).append(word)
    return index
