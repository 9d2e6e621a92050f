"""A line as a lattice of syllables: the shapes that verse may give each of its words.

A syllable's class is one character. In a word of several syllables `P` has the primary stress, `S` a secondary one,
`w` is unstressed beside the primary stress, and `m` is unstressed farther off, where a beat may fall (the last of
`memory`). A word of one syllable has a digit, the tenths of its occurrences that take a beat in regular verse: 1 for
`the`, 8 for `heart`, as Tarlinskaja counts the stressing of monosyllables (English Verse, 1976).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from bardsmith.verse.lineation import WORD
from bardsmith.verse.memo import Memo
from bardsmith.verse.sound.pronunciation import VOWELS, phones_of, variants

TABLE = Path(__file__).parents[1] / "tables" / "beats.txt"
"""Word, tab, tenths of its occurrences under a beat; made by scripts/learn_beats.py."""

CLASSES = "PSwm0123456789"
"""Every class of syllable."""

UNSEEN = "6"
"""Class of a monosyllable that the table lacks: mostly rare nouns, verbs and adjectives."""

MOST_WORDS = 40
"""Words of a line that are looked at; no line of verse has more."""

SPACE, STOP, HYPHEN = "012"
"""What follows a word: nothing but space, punctuation, a hyphen."""

_STOPPED = "<"
"""Stands for punctuation that opens what stands between two spaces, and so follows the word before."""

ELIDABLE = "+"
"""Stands at the end of a word whose vowel the next word's may swallow: `th'eclipsing`, `t'have`."""

_ELIDED = frozenset(["the", "to"])
"""Words that may lose their vowel before another's."""

ELISION = 5
"""Cost of swallowing it, in the unit of `pronunciation.Variant.cost`."""

OPEN = "*"
"""Stands for a word that may be any; no word is written so."""

_PARTED = re.compile(f"({WORD.pattern})")
_BEFORE_STOP = re.compile(f".{_STOPPED}+")
_STOP = re.compile(r"[.,;:!?()\u2013\u2014\"]|--")


class Shape(NamedTuple):
    """One way to say a word in verse."""

    classes: str
    """A class for each syllable."""
    cost: int
    """0 for the ordinary way, more the less usual it is."""


_OPEN_SHAPES = tuple(
    Shape(classes, cost) for classes, cost in (("9", 0), ("Pw", 1), ("wP", 1), ("Pwm", 3), ("wPw", 3), ("mwP", 3))
)
"""A word of one to three syllables, stressed on any of them, the longer the dearer, or a foot could hang on it."""


class WordRow(NamedTuple):
    """The words of a line."""

    words: list[str]
    """In lower case; those that may lose their vowel end in ELIDABLE."""
    gaps: str
    """What follows each word, a character each."""


def word_row(line: str) -> WordRow:
    """The words of a normalised line, the first MOST_WORDS of them."""
    words: list[str] = []
    gaps = ""
    for found, following in map(_runs.__getitem__, line.lower().split(" ")):
        words += found
        gaps += following
    if _STOPPED in gaps:
        gaps = _BEFORE_STOP.sub(STOP, gaps.lstrip(_STOPPED))
    if len(words) > MOST_WORDS:
        words, gaps = words[:MOST_WORDS], gaps[:MOST_WORDS]
    for i, word in enumerate(words[:-1]):
        if word in _ELIDED and gaps[i] == SPACE and _opens_with_vowel(words[i + 1]):
            words[i] += ELIDABLE
    return WordRow(words, gaps)


def open_row(line: str) -> WordRow:
    """The same with OPEN for the last of them."""
    row = word_row(line)
    kept = [*row.words[:-2], *[word.removesuffix(ELIDABLE) for word in row.words[-2:-1]]]
    return WordRow([*kept, OPEN], row.gaps) if row.words else row


def shapes(word: str) -> tuple[Shape, ...]:
    """The shapes of a word of a row, the cheapest first; never none."""
    if word == OPEN:
        return _OPEN_SHAPES
    plain = word.removesuffix(ELIDABLE)
    costs: dict[str, int] = {}
    for variant in variants(plain):
        found = _classes(variant.stress, plain)
        costs[found] = min(variant.cost, costs.get(found, variant.cost))
    if plain != word:
        costs[""] = ELISION
    return tuple(Shape(each, costs[each]) for each in sorted(costs, key=costs.__getitem__)) or (Shape("", 0),)


def _classes(stress: str, word: str) -> str:
    if len(stress) < 2:
        return _beats().get(word.strip("'"), UNSEEN) * len(stress)
    primary = max(0, stress.find("1" if "1" in stress else "2"))
    return "".join(
        "P" if i == primary or digit == "1" else "S" if digit == "2" else "w" if abs(i - primary) == 1 else "m"
        for i, digit in enumerate(stress)
    )


Run = tuple[tuple[str, ...], str]
"""What stands between two spaces: words, and what follows each of them; _STOPPED before that if a stop opens it."""


def _run(text: str) -> Run:
    if text.isalpha():
        return (text,), SPACE
    before, *parts = _PARTED.split(text, MOST_WORDS)
    between = [HYPHEN if gap == "-" else _gap(gap) for gap in parts[1:-1:2]]
    return tuple(parts[::2]), "".join([_STOPPED * (_gap(before) == STOP), *between, *map(_gap, parts[-1:])])


_runs: Memo[str, Run] = Memo(_run, 1 << 15)


def _gap(text: str) -> str:
    return STOP if _STOP.search(text) else SPACE


@lru_cache(maxsize=1 << 15)
def _opens_with_vowel(word: str) -> bool:
    found = phones_of(word)
    return bool(found) and found[0][0] in VOWELS


@cache
def _beats() -> dict[str, str]:
    return dict(line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines())
