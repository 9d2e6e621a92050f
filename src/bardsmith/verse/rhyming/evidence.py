"""How strongly two line ends speak for a rhyme, learned from poems whose rhymes are marked.

The strict measure of `rhyming` knows full rhymes only. Poets also rhyme `love` with `prove`, `wind` with `mind` and
`gone` with `alone`, by the eye, by an older sound or by licence. Each pair of endings is described by what it shares
and where it differs; a logistic model weighs the description (the idea that schemes and sounds inform one another is
Reddy and Knight's, Unsupervised Discovery of Rhyme Schemes, 2011; that rhyme is graded evidence is Sonderegger's,
Applications of Graph Theory to an English Rhyming Corpus, 2011).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from pathlib import Path

from bardsmith.verse.rhyming.endings import Ending, Form, Spelling, ending_of, same_words, strict_kind

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

NEVER = -4096
"""The odds and the evidence for a line without words, as no other can be."""

NOTHING, VOWEL, LAST_SOUND, OPEN, VOWEL_AND_LAST, CONSONANTS, LAST_SYLLABLE, PROMOTED, MOSAIC, FULL = range(10)
"""How closely two endings agree: in the full part, the same over two words, in a promoted last syllable, in the last
syllable, its consonants, its vowel and last sound, in having no consonant there, in the last sound, the vowel, not."""

Forms = tuple[Form, ...]
"""The ways to say an ending."""

Likeness = tuple[str, int, int]
"""The kind of rhyme of two line ends: perfect, mosaic, promoted or identity by sound; else eye or slant where poets
take it for a rhyme; else consonance, assonance or none. Then the logarithm of the odds that they do, in units of
1 / NAT, before the scheme has its say; and the same as evidence, from LEAST to MOST: no pair decides alone."""

NO_WORD: Likeness = ("none", NEVER, NEVER)
_NAMES = {
    LAST_SYLLABLE: "consonance", CONSONANTS: "consonance", VOWEL: "assonance", VOWEL_AND_LAST: "assonance"
}  # fmt: skip


def likeness(a: Ending, b: Ending) -> Likeness:
    """How two line ends rhyme."""
    return likenesses((a, b), 1)[0][0]


def likenesses(ends: Sequence[Ending], window: int) -> list[list[Likeness]]:
    """How each line of a stanza rhymes with those that follow it, so many at most."""
    apart = _apart()
    return [
        [
            apart[end.trust + other.trust][end.nuclei.isdisjoint(other.nuclei)]
            if end.cues.isdisjoint(other.cues)
            else _close(end, other)
            for other in ends[i : i + window]
        ]
        for i, end in enumerate(ends, 1)
    ]


@cache
def _apart() -> tuple[tuple[Likeness, Likeness], ...]:
    """How endings rhyme that share no cue, by the sum of their trust and whether their vowels differ, too."""
    weights = [_weight([f"apart {trust}"]) for trust in range(3)]
    # Known words that are apart end in different sounds.
    odds = [BIAS + weights[0], BIAS + weights[1], min(BIAS + weights[2], CONTRADICTION)]
    return *[(_likeness("assonance", each), _likeness("none", each)) for each in odds], *[(NO_WORD, NO_WORD)] * 4


@lru_cache(maxsize=1 << 14)
def _close(a: Ending, b: Ending) -> Likeness:
    """How endings rhyme that share a cue."""
    if a.word == b.word and same_words(a, b):
        return _identity()
    if b.word < a.word:
        a, b = b, a
    trust = a.trust + b.trust
    kind, sound = _sound(a.forms, b.forms, trust)
    odds = sound + _spelling(a.spelling, b.spelling, kind >= MOSAIC)
    if odds < DOUBT and trust == 2 and a.finals.isdisjoint(b.finals):
        odds = min(odds, CONTRADICTION)
    strict = "none" if a.offers.isdisjoint(b.offers) else strict_kind(a, b)
    if strict != "none":
        return _likeness(strict, odds)
    if odds > 0:
        return _likeness("eye" if a.spelling.rime == b.spelling.rime else "slant", odds)
    return _likeness(_NAMES.get(kind, "none"), odds)


@lru_cache(maxsize=1 << 12)
def _likeness(kind: str, odds: int) -> Likeness:
    return kind, odds, LEAST if odds < LEAST else MOST if odds > MOST else odds


@lru_cache(maxsize=1 << 10)
def strength(odds: int) -> float:
    """How well two line ends rhyme as poets go, 0 to 1."""
    return round(1 / (1 + math.exp(-odds / NAT)), 3)


def pair(a: str, b: str) -> float:
    """How well two words rhyme, 0 to 1, by the practice of poets from the 16th to the 20th century."""
    return strength(likeness(ending_of(a.strip("'").lower()), ending_of(b.strip("'").lower()))[1])


def traits(a: Ending, b: Ending) -> list[str]:
    """What two endings share and where they differ, in words that the learned table weighs; `likeness` adds up the
    same weights, a group of traits at a time."""
    if same_words(a, b):
        return ["identity"]
    trust = a.trust + b.trust
    if a.cues.isdisjoint(b.cues):
        return [f"apart {trust}"]
    kind, x, y = _nearest(*((b.forms, a.forms) if b.word < a.word else (a.forms, b.forms)))
    spelling = _spelling_traits(a.spelling, b.spelling, kind >= MOSAIC)
    return [*_sound_traits(kind, x, y), *spelling, f"trust {trust} {kind}"]


@cache
def _identity() -> Likeness:
    return _likeness("identity", BIAS + _weight(["identity"]))


def _nearest(here: Forms, there: Forms) -> tuple[int, Form, Form]:
    """The ways to say two endings that agree most closely, and how closely that is."""
    return max([(_kind(x, y), x, y) for x in here for y in there], key=itemgetter(0))


@lru_cache(maxsize=1 << 15)
def _sound(here: Forms, there: Forms, trust: int) -> tuple[int, int]:
    """How closely two endings agree where they agree most, and what that weighs in words of such trust."""
    kind, x, y = _nearest(here, there)
    return kind, BIAS + _weight([*_sound_traits(kind, x, y), f"trust {trust} {kind}"])


def _spelling(here: Spelling, there: Spelling, rhyme: bool) -> int:
    return _weight(_spelling_traits(here, there, rhyme))


def _weight(traits: Iterable[str]) -> int:
    weights = _weights()
    return sum([weights.get(trait, 0) for trait in traits])


@cache
def _weights() -> dict[str, int]:
    rows = (line.rpartition(" ") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("scheme "))
    return {trait: int(weight) for trait, _, weight in rows}


def _sound_traits(kind: int, x: Form, y: Form) -> list[str]:
    """How closely two forms agree, and where those differ that do not rhyme fully."""
    agreement = f"kind {kind} {min(x.fall, y.fall)}{max(x.fall, y.fall)}"
    if kind >= MOSAIC:
        return [agreement, f"part {x.full}"]
    found = [
        agreement,
        _two("nuclei", f"{x.nucleus}{x.fall}", f"{y.nucleus}{y.fall}"),
        _two("tails", f"{x.nucleus}{x.coda}{x.fall}", f"{y.nucleus}{y.coda}{y.fall}"),
    ]
    if x.coda != y.coda:
        found.append(_two("codas", x.coda, y.coda))
    if x.fall == y.fall > 0:
        after = f"after {kind} {int(x.full[1:] == y.full[1:])} {int(x.full[0] == y.full[0])}"
        found += [_two("stressed", x.full[0], y.full[0]), after]
    return found


def _spelling_traits(here: Spelling, there: Spelling, rhyme: bool) -> list[str]:
    """What two words share to the eye, and how they are written where they do not rhyme fully."""
    same = "=" if here.rime == there.rime else ""
    letters = f"letters {len(here.tails & there.tails)}{same} {int(rhyme)}"
    return [letters] if rhyme else [letters, _two("rimes", here.rime, there.rime)]


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
