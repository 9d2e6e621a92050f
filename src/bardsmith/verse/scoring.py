"""One number for how well a text is the verse that was asked for: what gates and rewards are made of.

A reward is gamed wherever it can be, so what counts here cannot be had for nothing. Rhyme is judged by sound alone,
each end word once; a line that stood there before counts for nothing; what stands round the poem is taken off and costs
something; the measure is read with every end word left open, so that a changed end word is judged as a rhyme and as
nothing else. So the score as any verse is never raised by repeating a line or an end word, and never lowered by mending
a broken rhyme; nor is the score of a poem in its own form. (Refrains count where a form asks for them and has all that
it asks for. Asked for another form than its own, a poem may gain by a word that is moved to where that form rhymes, and
blank and free verse are kept the better the less rhymes.)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from itertools import chain, pairwise
from typing import NamedTuple

from bardsmith.verse.forms.clauses import FormScore
from bardsmith.verse.forms.shape import UNRHYMED, Shape, shaped
from bardsmith.verse.forms.verdicts import forms
from bardsmith.verse.lineation import stanzas, words
from bardsmith.verse.page.layout import layout
from bardsmith.verse.page.wrapping import unwrapped
from bardsmith.verse.rhyming.endings import Ending, ending
from bardsmith.verse.rhythm.regularity import regularity
from bardsmith.verse.rhythm.scansion import open_ended
from bardsmith.verse.soundness.gibberish import clashing_pairs, noise
from bardsmith.verse.soundness.leaks import leak
from bardsmith.verse.soundness.loops import loop
from bardsmith.verse.soundness.wording import Wording
from bardsmith.verse.words import SMALL_WORDS

ANY = "any verse"

PLAIN = 0.5
"""What sound verse is worth that neither rhymes nor keeps a measure: by layout alone, chopped prose is verse, too."""
WRAPPED = 0.5
"""What a poem is worth that has something round it, at the most."""
REFRAINS = 0.25
"""Share of the lines that may be repeats at no cost; they earn nothing either."""
MEASURED = 0.5
"""What a steady measure is worth of what rhyme would be."""
FEWEST_REGULAR = 0.7
"""Share of the lines that must keep a measure before it counts: some lines keep one by chance."""
REFRAIN_FORMS = frozenset(
    {"villanelle", "triolet", "rondel", "ballade", "rondeau", "roundel", "pantoum", "sestina", "ghazal"}
)
"""Forms that ask for lines or end words again."""
SHORT = 3
"""A line of so few words is padding if they are all small; longer ones may be, as in `to be or not to be`."""
FILLERS = frozenset(["ah", "eh", "ha", "hey", "hm", "hmm", "la", "na", "oh", "ooh", "uh", "um", "yeah", "yes"])


@dataclass(frozen=True, slots=True)
class VerseScore:
    """How well a text is the verse that was asked for; everything is 0 to 1."""

    total: float
    """The product of the gates `verse`, `sound`, `bare` and `fresh` with what `craft` makes of it."""
    verse: float
    """1 if it stands on the page as verse, else 0."""
    sound: float
    """1 if it does not loop, is no gibberish and leaks no template, else 0."""
    bare: float
    """1 without a wrapper, else WRAPPED."""
    fresh: float
    """Falls with the share of lines that repeat an earlier one."""
    rhyme: float
    """Share of the lines whose end word rhymes, by sound, with another end word."""
    measure: float
    """Share of the lines that keep one measure."""
    craft: float
    """For a form, how much of it is kept; for any verse, rhyme, and for what does not rhyme half of the measure."""
    reasons: tuple[str, ...]
    """What lowers the score, in plain words."""

    def __float__(self) -> float:
        return self.total


def score(text: str, spec: str | None = ANY) -> VerseScore:
    """Scores a text as verse of the form that `spec` names, or as `any verse` (also None).

    Raises ValueError for a name that is no form. Any text is allowed; the time is linear in its length.
    """
    spec = (spec or ANY).lower()
    _must_be_known(spec)
    bare = unwrapped(text)
    poem = stanzas(bare.poem)
    core = _core(poem)
    page = layout(_text(core))
    fault = leak(text) or _loop(poem) or _noise(core)
    gates = Gates(float(page.is_verse), float(not fault), WRAPPED if bare.spans else 1.0, _fresh(poem, core))
    shape, regular = _open_shape(core)
    padding = sum(_is_padding(words(line)) for stanza in poem for line in stanza)
    rhyme = _rhymed(shape, len(shape) + padding)
    broken: tuple[str, ...] = ()
    if spec == ANY:
        craft = _plain_craft(rhyme, regular)
        worth = PLAIN + (1 - PLAIN) * craft
    else:
        verdicts = _verdicts(shape, spec)
        if spec in REFRAIN_FORMS and _holds(whole := _verdicts(_open_shape(poem)[0], spec)):
            verdicts, gates = whole, gates._replace(fresh=1.0)
        worth = craft = max(verdict.score for verdict in verdicts)
        broken = max(verdicts, key=lambda verdict: verdict.score).broken
    around = "something stands round the poem" if bare.spans else ""
    stale = "lines are repeated or say nothing" if gates.fresh < 1 else ""
    reasons = tuple(reason for reason in (page.reason, fault, around, stale, *broken) if reason)
    return VerseScore(worth * math.prod(gates), *gates, rhyme, regular, craft, reasons)


class Gates(NamedTuple):
    """What a text must pass whatever was asked for; see VerseScore."""

    verse: float
    sound: float
    bare: float
    fresh: float


@cache
def form_names() -> frozenset[str]:
    """The names of the forms that can be asked for, in lower case."""
    return frozenset(found.name.lower() for found in forms(_open_shape([["a line of verse"]])[0]))


def _must_be_known(spec: str) -> None:
    if spec != ANY and spec not in form_names():
        near = get_close_matches(spec, form_names(), 1)
        hint = f"did you mean '{near[0]}'?" if near else f"forms are: {', '.join(sorted(form_names()))}."
        raise ValueError(f"no form is called '{spec}'; {hint}")


def _core(poem: Sequence[Sequence[str]]) -> list[list[str]]:
    """A poem without padding and without the lines that say again what an earlier one said, the end word aside."""
    seen: set[tuple[str, ...]] = set()
    core = []
    for stanza in poem:
        kept = []
        for line in stanza:
            said = words(line)
            body = said[:-1] if len(said) > 2 else said
            if body not in seen and not _is_padding(said):
                seen.add(body)
                kept.append(line)
        if kept:
            core.append(kept)
    return core


def _is_padding(said: Sequence[str]) -> bool:
    """Small words and fillers alone, too few or in no order to say anything; or no word at all."""
    if not (SMALL_WORDS | FILLERS).issuperset(said):
        return False
    return len(said) <= SHORT or not FILLERS.isdisjoint(said) or not clashing_pairs().isdisjoint(pairwise(said))


def _fresh(poem: Sequence[Sequence[str]], core: Sequence[Sequence[str]]) -> float:
    different = sum(map(len, core)) / max(1, sum(map(len, poem)))
    return min(1.0, different / (1 - REFRAINS))


def _loop(poem: Sequence[Sequence[str]]) -> str:
    return loop(Wording(chain.from_iterable(poem)))


def _noise(core: Sequence[Sequence[str]]) -> str:
    return noise(_text(core), Wording(chain.from_iterable(core)))


def _text(poem: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(stanza) for stanza in poem)


def _open_shape(poem: Sequence[Sequence[str]]) -> tuple[Shape, float]:
    """A poem as rules for forms read it, rhymes by sound through the whole of it; and the share of regular lines."""
    meter = open_ended(poem)
    labels = _labels([ending(line) for stanza in poem for line in stanza])
    counts = [len(line.marks) for line in meter.lines]
    shape = shaped(poem, labels, counts, [line.beats for line in meter.lines], strict=True)
    return replace(shape, links=shape.labels), regularity(
        meter.foot, [line.marks for line in meter.lines], meter.expected
    )


def _labels(ends: Sequence[Ending]) -> list[str]:
    """One label for each line: end words that rhyme by sound share it, directly or through others.

    A word that ended an earlier line is no rhyme any more.
    """
    roots = list(range(len(ends)))

    def root(i: int) -> int:
        while roots[i] != i:
            roots[i] = roots[roots[i]]
            i = roots[i]
        return i

    first: dict[str, int] = {}
    for i, end in enumerate(ends):
        for part in (*end.fulls, *end.promotions, *end.mosaics):
            roots[root(i)] = root(first.setdefault(part, i))
    new = {end.word: i for i, end in reversed(list(enumerate(ends)))}
    found = [root(i) if new[end.word] == i else -1 for i, end in enumerate(ends)]
    sizes = Counter(found)
    return [str(label) if label >= 0 and sizes[label] > 1 else UNRHYMED for label in found]


def _rhymed(shape: Shape, lines: int) -> float:
    """Different end words that rhyme with another one, by so many lines."""
    spoken: dict[str, set[str]] = {}
    for i, label in enumerate(shape.labels):
        if label != UNRHYMED:
            spoken.setdefault(label, set()).add(shape.end(i))
    return sum(len(ends) for ends in spoken.values() if len(ends) > 1) / max(1, lines)


def _plain_craft(rhyme: float, regular: float) -> float:
    return rhyme + (1 - rhyme) * MEASURED * (regular if regular >= FEWEST_REGULAR else 0.0)


def _holds(verdicts: Sequence[FormScore]) -> bool:
    return any(verdict.holds for verdict in verdicts)


def _verdicts(shape: Shape, name: str) -> list[FormScore]:
    """The verdicts on one form: on each of its kinds, if it has kinds."""
    found = [verdict for verdict in forms(shape) if verdict.name.lower() == name]
    kinds = [verdict for verdict in found if verdict.kind]
    return kinds or found or [FormScore(name, "", 0.0, ("there is no line",), False)]
