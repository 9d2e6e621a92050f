"""Everything that is measured of a text, in one frozen record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple

from bardsmith.verse.forms.clauses import FormScore
from bardsmith.verse.forms.shape import shaped
from bardsmith.verse.forms.verdicts import forms
from bardsmith.verse.lineation import stanzas
from bardsmith.verse.page.layout import Layout, LineBreaks, layout, line_breaks
from bardsmith.verse.page.wrapping import Span, unwrapped
from bardsmith.verse.rhyming.scheme import Pair, line_ends, pairs, rhyme, rhyme_strict
from bardsmith.verse.rhythm.performance import voiced
from bardsmith.verse.rhythm.regularity import measure_name, regularity
from bardsmith.verse.rhythm.scansion import scan
from bardsmith.verse.soundness.completeness import Ending, ending
from bardsmith.verse.soundness.gibberish import Gibberish, gibberish
from bardsmith.verse.soundness.repetition import Repetition, repetition
from bardsmith.verse.soundness.variety import Variety, variety_of
from bardsmith.verse.soundness.verdict import first_fault


class Line(NamedTuple):
    """A line that is not blank."""

    text: str
    stanza: int
    """Which stanza it stands in, from 0."""
    end_word: str
    rhyme: str
    """Its letter in the scheme as a reader would describe it; `-` if it rhymes with nothing."""
    strict_rhyme: str
    """The same by sound alone, without eye rhymes, near rhymes and repeated words."""
    stress: str
    """As it is performed: `+` a stressed syllable, `-` an unstressed one."""
    meter: str
    """As the meter of the poem has it: `+` a beat, `-` none."""
    syllables: tuple[int, ...]
    """Of each word, as the meter counts them."""
    feet: int
    """Beats."""


@dataclass(frozen=True, slots=True)
class Poem:
    """A text as verse. Shares are 0 to 1; lines are counted from 0, blank ones left out."""

    is_verse: bool
    """By its layout, and no junk."""
    reasons: tuple[str, ...]
    """What is wrong: no verse, something round the poem, junk. Empty for a sound poem and nothing else."""
    wrapper: tuple[Span, ...]
    """What stands round the poem, by lines of the text; the rest is about the poem without it."""
    lines: tuple[Line, ...]
    scheme: str
    """The letters of the lines, with a space between stanzas."""
    pairs: tuple[Pair, ...]
    """Line ends of a stanza that sound or look alike."""
    rhymed: float
    """Share of the lines that rhyme by sound alone."""
    measure: str
    """Such as `iambic pentameter`; empty if the lines keep none."""
    regularity: float
    """Share of the lines that keep the pattern of the poem, within one departure."""
    forms: tuple[FormScore, ...]
    """Every form: first those that the poem is in, the narrowest first; then the others by score."""
    layout: Layout
    line_breaks: LineBreaks
    repetition: Repetition
    variety: Variety
    gibberish: Gibberish
    ending: Ending

    @property
    def form(self) -> str:
        """The narrowest form that it is in, or ''."""
        return self.forms[0].name if self.forms and self.forms[0].holds else ""

    def as_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers, ready for JSON."""
        found: dict[str, Any] = _plain(self)
        return found


def _plain(value: Any) -> Any:
    """Shapes as dicts, tuples as lists."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return {name: _plain(each) for name, each in value._asdict().items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def analyse(text: str) -> Poem:
    """Measures a text as verse; any string is allowed, the time is linear in its length."""
    page = layout(text)
    bare = unwrapped(text)
    again, sense = repetition(text), gibberish(text)
    fault = first_fault(text, lambda: again.circle, lambda: sense.reason or "")
    poem = bare.poem
    meter = scan(poem)
    marks = [line.marks for line in meter.lines]
    labels, strict = rhyme(poem), rhyme_strict(poem)
    shape = shaped(stanzas(poem), labels, list(map(len, marks)), [line.beats for line in meter.lines], strict=False)
    around = "something stands round the poem" if bare.spans else None
    reasons = (page.reason, around, fault or None)
    return Poem(
        is_verse=page.is_verse and not fault,
        reasons=tuple(reason for reason in reasons if reason),
        wrapper=bare.spans,
        lines=tuple(_lines(poem, labels, strict)),
        scheme=_scheme(poem, labels),
        pairs=pairs(poem),
        rhymed=sum(label != "-" for label in strict) / max(1, len(strict)),
        measure=measure_name(meter.foot, marks),
        regularity=regularity(meter.foot, marks, meter.expected),
        forms=forms(shape),
        layout=page,
        line_breaks=line_breaks(page.lines),
        repetition=again,
        variety=variety_of(text),
        gibberish=sense,
        ending=ending(text),
    )


def _lines(poem: str, labels: list[str], strict: list[str]) -> Iterator[Line]:
    meter = scan(poem)
    numbered = [(number, line) for number, stanza in enumerate(stanzas(poem)) for line in stanza]
    measured = zip(numbered, line_ends(poem), labels, strict, voiced(meter), meter.lines, strict=True)
    for (stanza, line), end, label, strictly, (stress, beats), scansion in measured:
        yield Line(line, stanza, end.word, label, strictly, stress, beats, scansion.words, scansion.beats)


def _scheme(poem: str, labels: list[str]) -> str:
    """Letters run together where each is one character, stanza by stanza."""
    parts = []
    start = 0
    join = "" if all(len(label) == 1 for label in labels) else ","
    for stanza in stanzas(poem):
        parts.append(join.join(labels[start : start + len(stanza)]))
        start += len(stanza)
    return " ".join(parts)
