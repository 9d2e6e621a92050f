"""Which form a poem is in: every form's verdict, the narrowest that holds first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter

from bardsmith.verse.forms import fixed, stanzaic
from bardsmith.verse.forms.clauses import WITHOUT_ESSENCE, FormScore
from bardsmith.verse.forms.shape import Rhymes, Shape, shaped
from bardsmith.verse.lineation import stanzas
from bardsmith.verse.rhyming.scheme import rhyme, rhyme_strict
from bardsmith.verse.rhythm.scansion import scan


def by_rhymes(rule: Callable[[Rhymes], list[FormScore]]) -> Callable[[Shape], list[FormScore]]:
    """A rule that looks at rhymes alone, and judges them once for the poems that rhyme alike."""
    known = lru_cache(maxsize=1 << 11)(rule)
    return lambda shape: known(shape.rhymes)


RULES: tuple[Callable[[Shape], list[FormScore]], ...] = (
    stanzaic.prose_poem,
    fixed.sestina,
    fixed.refrain_forms,
    fixed.pantoum,
    fixed.rondeaux,
    fixed.ghazal,
    fixed.limerick,
    by_rhymes(stanzaic.long_stanzas),
    fixed.sonnets,
    fixed.counted,
    fixed.clerihew,
    by_rhymes(stanzaic.terza_rima),
    stanzaic.ballads,
    by_rhymes(stanzaic.couplets),
    by_rhymes(stanzaic.short_stanzas),
    stanzaic.unrhymed_forms,
    fixed.acrostic,
)
"""Narrow forms before wide ones: a sonnet in couplets is a sonnet."""


def forms(shape: Shape) -> tuple[FormScore, ...]:
    """Every form's verdict: first those that hold, the narrowest first, then the others by score; none on no line."""
    if not len(shape):
        return ()
    scores = [score for rule in RULES for score in rule(shape)]
    return tuple(
        [score for score in scores if score.holds]
        + sorted([score for score in scores if not score.holds], key=attrgetter("score"), reverse=True)
    )


COMPANIONS = {"common measure": ("ballad",), "sonnet": ("couplet", "blank verse")}
"""Forms that are named beside a narrower one if they hold too: the kind it is of, and the verse it is in."""
STANZALESS = ("couplet", "blank verse", "free verse")
"""What a text is nearest to that keeps to no form: they need no stanza and no number of lines."""


def shape_of(text: str, strict: bool = False) -> Shape:
    """The shape of a text; strictly, rhymes are judged by sound alone and a repeated word is none."""
    labels = rhyme_strict(text) if strict else rhyme(text)
    lines = scan(text).lines
    return shaped(stanzas(text), labels, [len(line.marks) for line in lines], [line.beats for line in lines], strict)


def form(text: str) -> list[str]:
    """What a person would call the poem: the narrowest form that holds, else the nearest; empty without a line."""
    return names(forms(shape_of(text)))


def names(found: Sequence[FormScore]) -> list[str]:
    """The name of the first of the verdicts, and of its companions that hold.

    A text that lacks what is essential to every form goes by the nearest of those without a stanza.
    """
    if not found:
        return []
    first = found[0]
    if first.score <= WITHOUT_ESSENCE:
        first = next(score for score in found if score.name in STANZALESS)
    also = COMPANIONS.get(first.name, ())
    return [first.name, *dict.fromkeys(score.name for score in found[1:] if score.holds and score.name in also)]
