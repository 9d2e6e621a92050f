"""Does a poem keep to the form it was asked for? With every fault told by its line.

The verse room says what a person would call a poem, and forgives rhymes that are lost to the ear. Here a form was asked
for: its metre is judged by the verse room, and every line, rhyme, refrain and counted syllable must be there as well,
rhymes by sound alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from bardsmith.numerals import number_words, year_words
from bardsmith.records import Form
from bardsmith.verse.forms.fixed import SONNETS
from bardsmith.verse.forms.pattern import likeness, pattern
from bardsmith.verse.forms.shape import MOST_LINES, poem_lines
from bardsmith.verse.forms.stanzaic import BLANK_FIVES, BLANK_RHYMES
from bardsmith.verse.lineation import words
from bardsmith.verse.poem import Line, Poem, analyse
from bardsmith.verse.sound.pronunciation import known, variants

HAIKU = (5, 7, 5)
"""Syllables."""
SCHEMES: dict[Form, tuple[str, ...]] = {
    "couplet": ("aa",),
    "quatrain": ("abab", "xaxa", "abba", "aabb", "aaxa", "aaaa"),
    "ballad": ("xaxa",),
    "tercet": ("aba", "aaa", "aabccb"),
    "limerick": ("aabba",),
    "sonnet": tuple(scheme for kind in SONNETS.values() for scheme in kind if len(scheme) == 14),
    "triolet": ("ABaAabAB",),
    "villanelle": ("A1bA2 abA1 abA2 abA1 abA2 abA1A2",),
}
"""Rhymes and refrains as handbooks write them (forms/pattern.py); a poem keeps one of them, once or over and over."""
STANZAS: dict[Form, int] = {"quatrain": 4, "ballad": 4, "tercet": 3}
"""Lines of a stanza, or of an even part of a longer one, where stanzas make the form."""
LINES: dict[Form, str] = {
    "couplet": "an even number", "quatrain": "4, 8, 12 ...", "ballad": "4, 8, 12 ...", "tercet": "3, 6, 9 ...",
    "limerick": "5", "sonnet": "14", "triolet": "8", "villanelle": "19",
}  # fmt: skip
"""How many lines are wanted, in words."""
NAMES: dict[Form, tuple[str, ...]] = {"ballad": ("ballad", "common measure")}
"""What the verse room calls a form, where not by its name."""
BY_RHYMES_ALONE = frozenset(["quatrain", "tercet"])
"""Forms of any metre; the verse room calls some of them by another name: two couplets, or tail rhyme."""
MOST_PENTAMETERS = 0.75
"""Share of the lines of free verse that may scan as pentameters by chance."""
SENTENCE_ENDS = (".", ",", ";", ":")
"""Marks that no title ends with."""
MOST_TOLD = 8
"""Faults that a writer is told at once."""
_NUMBER = re.compile(r"\d{1,12}")


def breaks_form(form: Form | None, text: str, poem: Poem) -> Iterator[str]:
    """The faults of a poem in the form it claims; none where it claims none."""
    if form is None:
        return
    faults = _faults(form, poem)
    if faults and _NUMBER.search(text):
        said = [again for again in map(analyse, _said(text)) if len(again.lines) == len(poem.lines)]
        faults = min([faults, *(_faults(form, again) for again in said)], key=len)
    yield from faults[:MOST_TOLD]


def _said(text: str) -> Iterator[str]:
    """The text with its numbers in words, for digits are no words to the verse room: as years or numbers, and digit by
    digit.
    """
    yield _NUMBER.sub(lambda found: year_words(int(found[0])) or number_words(int(found[0])), text)
    yield _NUMBER.sub(lambda found: " ".join(number_words(int(digit)) for digit in found[0]), text)


def _faults(form: Form, poem: Poem) -> list[str]:
    if not poem.forms:
        return ["there is no line of verse"]
    if headings := list(_headings(poem)):
        return [f'"{heading}" is no line of the poem; give the poem alone' for heading in headings]
    if form == "haiku":
        return list(_of_haiku(poem.lines))
    if form == "free verse":
        return list(_of_free_verse(poem))
    rhymes = _of_scheme(form, poem.lines) if form in SCHEMES else []
    return rhymes or ([] if form in BY_RHYMES_ALONE else _of_verdict(form, poem))


def _headings(poem: Poem) -> Iterator[str]:
    """Titles and numerals, which the verse room does not count as lines of a poem either; a line that stands alone and
    ends as sentences do is no title."""
    stanzas = [[line.text for line in stanza] for _, stanza in groupby(poem.lines, key=attrgetter("stanza"))]
    kept = {number for stanza in poem_lines(stanzas) for number in stanza}
    left_out = (line.text for number, line in enumerate(poem.lines[:MOST_LINES]) if number not in kept)
    return (text for text in left_out if not text.endswith(SENTENCE_ENDS) or text[:-1].isnumeric())


def _of_scheme(form: Form, lines: Sequence[Line]) -> list[str]:
    """What the poem lacks of the scheme of its form that it is nearest to."""
    if form == "tercet" and len(lines) % 3 == 1 and [*_sizes(lines)][-1] == 1:
        return list(_missing_of_terza_rima(lines))
    fitting = [scheme for scheme in SCHEMES[form] if len(lines) % pattern(scheme).lines == 0]
    uneven = list(_uneven_stanzas(lines, STANZAS[form])) if form in STANZAS else []
    if uneven or not fitting:
        return uneven or [f"it has {len(lines)} lines, {LINES[form]} wanted"]
    return min((list(_missing(scheme, lines)) for scheme in fitting), key=len)


def _missing_of_terza_rima(lines: Sequence[Line]) -> Iterator[str]:
    """Rhymes that are not there of aba bcb cdc ... d: a line by itself takes up the last tercet's middle."""
    for first in range(len(lines) - 2):
        if first % 3 < 2 and not _rhyme(lines[first], lines[first + 2]):
            ends = f'"{lines[first].end_word}", "{lines[first + 2].end_word}"'
            yield f"lines {first + 1} and {first + 3} should rhyme: {ends}"


def _sizes(lines: Sequence[Line]) -> Iterator[int]:
    """How many lines each stanza has."""
    return (len(list(stanza)) for _, stanza in groupby(lines, key=attrgetter("stanza")))


def _uneven_stanzas(lines: Sequence[Line], wanted: int) -> Iterator[str]:
    for number, size in enumerate(_sizes(lines), start=1):
        if size % wanted:
            yield f"stanza {number} has {size} lines, {wanted} wanted in each"


def _missing(scheme: str, lines: Sequence[Line]) -> Iterator[str]:
    """The rhymes and refrains of a scheme, laid over the lines again and again, that are not there."""
    wanted = pattern(scheme)
    for start in range(0, len(lines), wanted.lines):
        for first, *others in wanted.groups:
            for other in others:
                one, two = lines[start + first], lines[start + other]
                if not _rhyme(one, two):
                    where = f"lines {start + first + 1} and {start + other + 1}"
                    yield f'{where} should rhyme: "{one.end_word}", "{two.end_word}"'
        for first, again in wanted.refrains:
            refrain = lines[start + first].text
            if likeness(frozenset(words(refrain)), frozenset(words(lines[start + again].text))) < 1:
                yield f'line {start + again + 1} should repeat line {start + first + 1}: "{refrain}"'


def _rhyme(one: Line, other: Line) -> bool:
    """By sound; of a word that no dictionary knows, the reading that finds the rhyme is the better guess."""
    if one.strict_rhyme == other.strict_rhyme != "-":
        return True
    return one.rhyme == other.rhyme != "-" and not (known(one.end_word) and known(other.end_word))


_METRE = (
    (re.compile("% of its lines rhyme$"), f", {BLANK_RHYMES:.0%} at most wanted"),
    (re.compile("% of its lines are pentameters$"), f", {BLANK_FIVES:.0%} at least wanted"),
)
"""What is wanted where the verse room only says what is."""


def _of_verdict(form: Form, poem: Poem) -> list[str]:
    """What the verse room finds broken in the kind of the form that the poem is nearest to, if it is in none."""
    verdicts = [verdict for verdict in poem.forms if verdict.name in NAMES.get(form, (form,))]
    nearest = max(verdicts, key=lambda verdict: (verdict.holds, verdict.score))
    if nearest.holds:
        return []
    return [
        fault + "".join(wanted for pattern, wanted in _METRE if pattern.search(fault)) for fault in nearest.broken
    ] or [f"it is no {form}"]


def _of_free_verse(poem: Poem) -> Iterator[str]:
    """No rhyme by sound, and no steady metre."""
    if poem.rhymed > BLANK_RHYMES:
        yield f"{poem.rhymed:.0%} of its lines rhyme, {BLANK_RHYMES:.0%} at most wanted in free verse"
    fives = sum(line.feet == 5 for line in poem.lines) / len(poem.lines)
    if fives > MOST_PENTAMETERS:
        yield f"{fives:.0%} of its lines are pentameters, {MOST_PENTAMETERS:.0%} at most wanted in free verse"


def _of_haiku(lines: Sequence[Line]) -> Iterator[str]:
    """Three lines of five, seven and five syllables, or several haiku; a word counts in every way it can be said."""
    if len(lines) % len(HAIKU):
        yield f"it has {len(lines)} lines, {len(HAIKU)} wanted"
        return
    for number, line in enumerate(lines, start=1):
        wanted = HAIKU[(number - 1) % len(HAIKU)]
        if wanted not in _syllable_counts(line):
            yield f"line {number} has {_plain_count(line)} syllables, {wanted} wanted"
    if len(lines) == len(HAIKU) and all(line.strict_rhyme != "-" for line in lines):
        yield "the lines of a haiku should not rhyme"


def _syllable_counts(line: Line) -> set[int]:
    """How many syllables a line may have; of a word that no dictionary knows, one more or less than its letters say."""
    counts = {0}
    for word, metrical in zip(words(line.text), line.syllables, strict=False):
        said = {metrical, *(len(variant.stress) for variant in variants(word))}
        if not known(word):
            said |= {metrical - 1, metrical + 1}
        counts = {before + count for before in counts for count in said}
    return counts


def _plain_count(line: Line) -> int:
    """As the words are said in prose."""
    return sum(len(found[0].stress) if (found := variants(word)) else 1 for word in words(line.text))
