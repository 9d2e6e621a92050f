"""Is a line at a poem's edge talk: of an assistant to its asker, or of anyone about the poem?

Clues add up: what the line says, how it stands beside the lines of the poem, and how much more its words and pairs of
words are those of an assistant's prose than of verse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from bardsmith.verse.lineation import words

TABLE = Path(__file__).parents[1] / "tables" / "diction.txt"

# Points are tenths of a nat: they add up to the log-odds that a line is talk. Fitted by logistic regression on the
# outermost lines of 6,900 poems, and on 120 invented wrappers and 1,100 sentences of prose set beside such poems, with
# the diction learned from other poems and other prose; then rounded, with the base lowered for fewer false alarms.
BASE = -52
ALONE = 40
"""The line is a block of its own."""
DICTION = 3
"""For each tenth of a nat by which its words and pairs of words are likelier in prose than in verse, on average."""
POETICS = 22
"""For each of up to two words about verse (poem, stanza, rhyme ...)."""
SERVICE = 6
"""For each of up to two words of talk with an asker (hope, question ...)."""
OPENER = 16
"""It begins as talk does: `Sure`, `Here is`, `I hope`, `Note`."""
INTERJECTION = 75
"""It is nothing but such a beginning, or a label: `Of course!`, `Your poem:`."""
LABEL = 50
"""It begins with a label: `Note:`, `Explanation:`, `Source:`."""
LONGER = 14
"""For each of LONGER_BY, factors of the length of the poem's lines, that it exceeds."""
LONGER_BY = (1.2, 1.5, 2)
COLON = 24
"""It stands in front and ends in a colon."""
DEDICATION = -17
"""It begins as titles, dedications and notes of editors do: `To`, `On`, `Written`."""
HEADLINE = -26
"""Half of its words are capitalised, or it is in brackets or quotes: a title, a name, an epigraph."""
DATED = -20
"""It has a figure in it: a date, a footnote."""
RHYME = -12
"""It ends in the same letters as one of the nearest lines of the poem."""

MOST_DICTION = 17
"""Tenths of a nat; more says no more, and most lines need not be looked up at all."""
SHRINKAGE = 3
"""Words added to those of a line before its diction is averaged, so that two words prove little."""
CAPITALISED = 0.5
"""Share of the words of a headline that must be."""
LONGEST_PHRASE = 4
"""Words of an opener, and of a line that may be nothing but one."""
LONGEST_READ = 400
"""Characters of a line that are read."""
CLOSING = "*_)\"' "
"""What may stand after the last stop of a line."""
DIGITS = frozenset("0123456789")
VERSE_ENDS = frozenset({",", ";", "-", "\u2014", ""})

_POETRY = """
acrostic ballad couplet couplets creative haiku haikus iambic imagery limerick limericks lines lyrics metaphor
metaphors meter ode piece poem poems poetic poetry quatrain quatrains rhyme rhymed rhymes rhyming sonnet sonnets
stanza stanzas style syllable syllables theme themes title titled tone verse verses version
"""
_ASKED = """
above absolutely ai answer answers asked assistant below certainly chatgpt delighted enjoy explain explains
explanation feel following free glad happy help helps here's hope know like please prompt question questions request
requested sure thank thanks topic want write written wrote
"""
_OPENERS = """
a brief poem, a haiku, a limerick, a poem, a short poem, a short verse, a sonnet, a verse, absolutely, additionally,
all in all, all right, alright, as a bard, as a language, as a large, as a result, as always, as an ai, as you can
see, below, certainly, did you enjoy, did you like, disclaimer, do you want, each stanza, enjoy, feel free, for best,
for more, gladly, good luck, good question, got it, great, happy to, have a, hello, here are, here goes, here is, here
it is, here you, here's, hi there, hope, hopefully, however, i can, i have, i hope, i trust, i will, i would be
delighted, i would be glad, i would be happy, i wrote, i'd be delighted, i'd be glad, i'd be happy, i'll, i'm here,
i've, if you, in conclusion, in other words, in response, in short, in summary, in this haiku, in this poem, in this
verse, inspired by, is there any, it is important, it's important, let me, let's, my pleasure, no problem, note, of
course, ok, okay, overall, p s, please, remember, shall i, should i, sure, tell me if, thank you for, thanks, that
concludes, the above, the answer, the following, the poem, therefore, these lines, this haiku, this is a, this
limerick, this piece, this poem, this sonnet, this verse, to answer, to conclude, to sum, ultimately, understood, want
another, want me, with pleasure, would you, you're welcome
"""
_INTERJECTIONS = """
absolutely, all right, alright, certainly, enjoy, glad to help, gladly, good luck, got it, happy to help, here goes,
here it is, here you go, hope it helps, hope that helps, hope this helps, my pleasure, no problem, of course, ok,
okay, sure, sure thing, thanks, thanks for reading, understood, with pleasure, you're welcome
"""
_LABELS = """
a, analysis, answer, author, by, disclaimer, explanation, final answer, form, haiku, instruction, limerick, meaning,
note, ode, output, p s, poem, poet, prompt, q, question, reply, response, result, rhyme scheme, sonnet, source, style,
summary, theme, translation, verse, word count, written by
"""
_DEDICATIONS = """
a fragment, a paraphrase, a picture, a portrait, addressed, after, an imitation, by, dedicated, died, for, from, in
allusion, in answer, in imitation, in memory, in returning, inscribed, occasioned, on, reply, spoken, to, upon, with,
written
"""


def _phrases(text: str) -> list[str]:
    """Phrases parted by commas, each with a space behind, so that it ends where a word ends."""
    return [f"{phrase.strip()} " for phrase in " ".join(text.split()).split(",")]


POETRY = frozenset(_POETRY.split())
"""Words about verse, and about texts."""
ASKED = frozenset(_ASKED.split())
"""Words of talk with an asker."""
OPENERS = tuple(_phrases(_OPENERS))
INTERJECTIONS = frozenset(_phrases(_INTERJECTIONS))
LABELS = frozenset(_phrases(_LABELS))
DEDICATIONS = tuple(_phrases(_DEDICATIONS))


class Place(NamedTuple):
    """Where a line stands that may be talk."""

    front: bool
    """Before the poem; otherwise after it."""
    alone: bool
    """It is a block of its own, or all that is left of one."""
    length: int
    """Upper quartile of the lengths of all lines."""
    near: Sequence[str]
    """The nearest lines of the rest."""


def is_talk(line: str, place: Place) -> bool:
    """Is the first or last line of a text talk? No sentence ends in a comma, a semicolon or a dash, as verses do."""
    line = line[:LONGEST_READ]
    end = line.rstrip(CLOSING)[-1:]
    if end in VERSE_ENDS:
        return False
    found = words(line)
    total = BASE + ALONE * place.alone + COLON * (place.front and end == ":") + _wording(line, found)
    total += LONGER * sum([len(line) > factor * place.length for factor in LONGER_BY])
    if total + DICTION * MOST_DICTION <= 0:
        return False
    total += DICTION * min(MOST_DICTION, _diction(found))
    return total > 0 and total + _bookishness(line, found, place) > 0


def _wording(line: str, found: Sequence[str]) -> int:
    """Points for words and turns of phrase of talk."""
    total = POETICS * min(2, len(POETRY.intersection(found))) + SERVICE * min(2, len(ASKED.intersection(found)))
    said = " ".join([*found[:LONGEST_PHRASE], ""])
    total += OPENER * said.startswith(OPENERS)
    if len(found) <= LONGEST_PHRASE:
        total += INTERJECTION * (said in INTERJECTIONS or (line.endswith(":") and _names_answer(found)))
    if ":" in line:
        total += LABEL * (" ".join([*words(line.partition(":")[0]), ""]) in LABELS)
    return total


def _names_answer(found: Sequence[str]) -> bool:
    return bool(found) and (found[-1] in POETRY or found[-1] in ASKED)


def _bookishness(line: str, found: Sequence[str], place: Place) -> int:
    """Points against, for what stands at the edges of printed poems."""
    total = HEADLINE * (line[0] in "([\"'" or is_capitalised(line)) + DATED * (not DIGITS.isdisjoint(line))
    total += DEDICATION * " ".join([*found[:LONGEST_PHRASE], ""]).startswith(DEDICATIONS)
    return total + RHYME * _rhymes(line, place.near)


def _rhymes(line: str, near: Sequence[str]) -> bool:
    end = _last_letters(line)
    return any(end == _last_letters(other) for other in near)


def _last_letters(line: str) -> str:
    return "".join(filter(str.isalpha, line[-8:].lower()))[-2:]


def is_capitalised(line: str) -> bool:
    """Half of the words or more begin with a capital, as in titles and names."""
    initials = [token[0] for token in line.strip(CLOSING).split()]
    return sum(map(str.isupper, initials)) >= CAPITALISED * len(initials)


def _diction(found: Sequence[str]) -> int:
    """How much likelier the words and pairs of words are in prose than in verse: tenths of a nat, on average."""
    table = _table()
    return sum([table.get(gram, 0) for gram in _grams(found)]) // (len(found) + SHRINKAGE)


def diction(lines: Iterable[str]) -> float:
    """The same for whole texts, in full: the mean over all words of the lines; 0 if there are none."""
    said = list(filter(None, map(words, lines)))
    total = sum(_table().get(gram, 0) for found in said for gram in _grams(found))
    return total / max(1, sum(map(len, said)))


def grams(line: str) -> list[str]:
    """The words of a line and its pairs of neighbours; the first word also pairs with `^`, the line's beginning."""
    return _grams(words(line))


def _grams(found: Sequence[str]) -> list[str]:
    return [*found, *map(" ".join, pairwise(["^", *found]))]


@cache
def _table() -> dict[str, int]:
    fields = TABLE.read_text(encoding="utf-8").removesuffix("\n").replace("\n", "\t").split("\t")
    return dict(zip(fields[::2], map(int, fields[1::2]), strict=True))
