"""Everything that is measured of a text, in one frozen record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bardsmith.verse.completeness import Ending, ending
from bardsmith.verse.clauses import FormScore
from bardsmith.verse.forms import forms
from bardsmith.verse.gibberish import Gibberish, gibberish
from bardsmith.verse.layout import Layout, layout
from bardsmith.verse.lineation import stanzas, words
from bardsmith.verse.performance import performed
from bardsmith.verse.repetition import Repetition, repetition
from bardsmith.verse.scansion import scan
from bardsmith.verse.scheme import Pair, pairs, rhyme, rhyme_strict
from bardsmith.verse.shape import shaped
from bardsmith.verse.soundness import junk
from bardsmith.verse.wrapping import Span, unwrapped


@dataclass(frozen=True, slots=True)
class Line:
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
    """A text as verse. All shares are 0 to 1; lines are counted from 0, blank ones left out."""

    is_verse: bool
    reasons: tuple[str, ...]
    """What speaks against it: no verse, something round the poem, junk. Empty for a sound poem and nothing else."""
    wrapper: tuple[Span, ...]
    lines: tuple[Line, ...]
    scheme: str
    """The letters of the lines with a space between stanzas."""
    pairs: tuple[Pair, ...]
    """Line ends that sound or look alike."""
    measure: str
    """Such as `iambic pentameter`; empty if it keeps none."""
    regularity: float
    """Share of the lines that keep the measure."""
    forms: tuple[FormScore, ...]
    """Every form, first those that the poem is in, the narrowest first; then the others by score."""
    layout: Layout
    repetition: Repetition
    gibberish: Gibberish
    ending: Ending

    @property
    def form(self) -> str:
        """The narrowest form that it is in, or ''."""
        return next((found.name for found in self.forms if found.holds), "")

    @property
    def strictly_rhymed(self) -> float:
        """Share of the lines that rhyme by sound alone."""
        return sum(line.strict_rhyme != "-" for line in self.lines) / max(1, len(self.lines))

    def as_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers, ready for JSON."""
        return asdict(self)
