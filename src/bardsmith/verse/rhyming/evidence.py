"""How strongly two line ends speak for a rhyme, learned from poems whose rhymes are marked.

The strict measure of `rhyming` knows full rhymes only. Poets also rhyme `love` with `prove`, `wind` with `mind` and
`gone` with `alone`, by the eye, by an older sound or by licence. Each pair of endings is described by what it shares
and where it differs; a logistic model weighs the description (the idea that schemes and sounds inform one another is
Reddy and Knight's, Unsupervised Discovery of Rhyme Schemes, 2011; that rhyme is graded evidence is Sonderegger's,
Applications of Graph Theory to an English Rhyming Corpus, 2011).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from pathlib import Path

from bardsmith.verse.rhyming.endings import Ending, Form, ending_of, same_words, strict_kind, strict_strength
from bardsmith.verse.sound.pronunciation import VOWELS, known

TABLE = Path(__file__).parents[1] / "tables" / "rhymes.txt"

NAT = 16
"""Evidence counts in sixteenths of a natural logarithm of odds, as integers, so that sums never depend on order."""

CONTRADICTION, DOUBT = -96, 8
"""Known words whose last sounds differ do not rhyme for the sake of a scheme: evidence below the second number counts
as the first, in units of 1 / NAT."""

LEAST, MOST = -56, 76
"""The bounds of evidence, in units of 1 / NAT as all below: a clear contradiction and a clear rhyme. Chosen, like BIAS,
on one half of the poems after learning from the other."""

BIAS = -5
"""Added to the evidence of each pair; below 0 asks for more."""

NEVER = -192
"""The evidence for a line without words."""

NOTHING, VOWEL, LAST_SOUND, OPEN, VOWEL_AND_LAST, CONSONANTS, LAST_SYLLABLE, PROMOTED, MOSAIC, FULL = range(10)
"""How closely two endings agree: in the full part, the same over two words, in a promoted last syllable, in the last
syllable, its consonants, its vowel and last sound, in having no consonant there, in the last sound, the vowel, not."""

_RIME = re.compile(r"[aeiouy]+[^aeiouy]*e?$")
_ALIKE = {**dict.fromkeys(VOWELS, "V"), **dict(zip("zdDvNmbgZJC", "stTfnnpkSSS", strict=True))}
"""The last sound without voice or place: two endings that differ even here have nothing in common."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the spelling of an ending adds, and whether its sounds can be trusted."""

    letters: str
    """The word without apostrophes and final mute e."""
    rime: str
    """From the last group of vowel letters on, a final mute e included."""
    known: bool
    """Is the word in the dictionary?"""
    final: frozenset[str]
    """The last sound, over all pronunciations."""
    last: frozenset[str]
    """Its classes."""


@lru_cache(maxsize=1 << 13)
def _look(ending: Ending) -> Look:
    word = ending.word.replace("'d", "ed").replace("'", "")
    rime = _RIME.search(word)
    final = frozenset((form.nucleus + form.coda)[-1] for form in ending.forms)
    return Look(
        word[:-1] if word.endswith("e") and len(word) > 2 else word,
        rime.group() if rime else word,
        known(ending.word),
        final,
        frozenset(_ALIKE.get(sound, sound) for sound in final),
    )


@lru_cache(maxsize=1 << 16)
def evidence(a: Ending, b: Ending) -> int:
    """How strongly two line ends speak for a rhyme, from LEAST to MOST: no pair decides over a stanza alone."""
    return max(LEAST, min(MOST, _odds(a, b))) if a.word and b.word else NEVER


def _odds(a: Ending, b: Ending) -> int:
    """Logarithm of the odds that two line ends rhyme, in units of 1 / NAT, before the scheme has its say."""
    weigh = _weights().get
    total = BIAS + sum([weigh(trait, 0) for trait in traits(a, b)])
    return min(total, CONTRADICTION) if total < DOUBT and _contradict(a, b) else total


@lru_cache(maxsize=1 << 13)
def likeness(a: Ending, b: Ending) -> tuple[str, float, float]:
    """The kind of rhyme of two line ends, its strength as poets go, and its strength by sound alone."""
    return kind_of(a, b), _strength(a, b), strict_strength(a, b)


def pair(a: str, b: str) -> float:
    """How well two words rhyme, 0 to 1, by the practice of poets from the 16th to the 20th century."""
    return _strength(ending_of(a.strip("'").lower()), ending_of(b.strip("'").lower()))


def _strength(a: Ending, b: Ending) -> float:
    if not a.word or not b.word:
        return 0.0
    return round(1 / (1 + math.exp(-_odds(a, b) / NAT)), 3)


def kind_of(a: Ending, b: Ending) -> str:
    """The kind of rhyme: perfect, mosaic, promoted or identity by sound; else eye or slant where poets take it for a
    rhyme; else consonance, assonance or none."""
    strict = strict_kind(a, b)
    if strict != "none" or not a.forms or not b.forms:
        return strict if a.word else "none"
    if _odds(a, b) > 0:
        return "eye" if _look(a).rime == _look(b).rime else "slant"
    found = max(_kind(x, y) for x in a.forms for y in b.forms)
    return (
        "consonance"
        if found in (CONSONANTS, LAST_SYLLABLE)
        else "assonance"
        if found in (VOWEL, VOWEL_AND_LAST)
        else "none"
    )


def _contradict(a: Ending, b: Ending) -> bool:
    """Do two words of the dictionary end in different sounds however they are said?"""
    here, there = _look(a), _look(b)
    return here.known and there.known and here.final.isdisjoint(there.final)


@cache
def _weights() -> dict[str, int]:
    rows = (line.rpartition(" ") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("scheme "))
    return {trait: int(weight) for trait, _, weight in rows}


def traits(a: Ending, b: Ending) -> list[str]:
    """What two endings share and where they differ, in words that the learned table weighs."""
    if same_words(a, b):
        return ["identity"]
    if b.word < a.word:
        a, b = b, a
    here, there = _look(a), _look(b)
    trust = here.known + there.known
    unlike = here.letters[-1:] != there.letters[-1:] and here.rime != there.rime and here.last.isdisjoint(there.last)
    if unlike or not a.forms or not b.forms:
        return [f"apart {trust}"]
    kind, x, y = max([(_kind(x, y), x, y) for x in a.forms for y in b.forms], key=itemgetter(0))
    shared = _shared_letters(here.letters, there.letters)
    falls = f"{min(x.fall, y.fall)}{max(x.fall, y.fall)}"
    same = "=" if here.rime == there.rime else ""
    found = [f"kind {kind} {falls}", f"letters {shared}{same} {int(kind >= MOSAIC)}", f"trust {trust} {kind}"]
    if kind >= MOSAIC:
        return [*found, f"part {x.full}"]
    return [*found, *_differences(kind, x, y), _two("rimes", here.rime, there.rime)]


def _differences(kind: int, x: Form, y: Form) -> list[str]:
    """Where two forms that do not rhyme fully differ."""
    found = [
        _two("nuclei", f"{x.nucleus}{x.fall}", f"{y.nucleus}{y.fall}"),
        _two("tails", f"{x.nucleus}{x.coda}{x.fall}", f"{y.nucleus}{y.coda}{y.fall}"),
    ]
    if x.coda != y.coda:
        found.append(_two("codas", x.coda, y.coda))
    if x.fall == y.fall > 0:
        after = f"after {kind} {int(x.full[1:] == y.full[1:])} {int(x.full[0] == y.full[0])}"
        found += [_two("stressed", x.full[0], y.full[0]), after]
    return found


def _two(name: str, one: str, other: str) -> str:
    return f"{name} {one},{other}" if one <= other else f"{name} {other},{one}"


def _kind(x: Form, y: Form) -> int:
    """How closely two forms agree."""
    if x.full == y.full:
        return MOSAIC if x.mosaic or y.mosaic else FULL
    if x.mosaic or y.mosaic:
        return NOTHING
    if (x.promoted and x.promoted in (y.full, y.promoted)) or (y.promoted and y.promoted == x.full):
        return PROMOTED
    if x.coda == y.coda:
        return LAST_SYLLABLE if x.nucleus == y.nucleus else CONSONANTS if x.coda else OPEN
    if x.coda and y.coda and x.coda[-1] == y.coda[-1]:
        return VOWEL_AND_LAST if x.nucleus == y.nucleus else LAST_SOUND
    return VOWEL if x.nucleus == y.nucleus else NOTHING


def _shared_letters(one: str, other: str) -> int:
    """How many letters two words share at their ends, at most 4."""
    for size in range(min(4, len(one), len(other)), 0, -1):
        if one.endswith(other[-size:]):
            return size
    return 0
