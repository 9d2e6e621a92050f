"""The deterministic judge: what code alone can say of an answer. The levels stand in rubrics/deterministic.txt.

Against two language-model readings (no people's ratings; quadratic kappa with each other 0.98) of 325 long answers,
most cut off, with "does it end properly" in place of the missing finish flag: quality 0.92 (quadratic kappa), verse
0.99, complete 0.98, relevant 0.56, failure 0.58. Those readers did not count a cut-off text as a failure; this project
does. Without that clause failure agrees at 0.85. These are development figures: the rows were in sight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bardsmith.evaluation.facts import holds_any
from bardsmith.evaluation.relevance import Relevance, content_stems, relevance
from bardsmith.records import Completion, Prompt, Score
from bardsmith.verse import Poem, analyse

RHYMED = 0.5
"""Share of rhyming lines of level 4. Of the starter corpus, all rhymed poems reach it and 1 % of the unrhymed."""
WELL_RHYMED = 0.75
STEADY = 0.8
"""Share of lines in measure of level 4: 88 % of the starter corpus's blank verse reaches it, 22 % of its free verse."""
STEADY_LINES = 4
"""Lines from which a measure can be spoken of: three lines agree by chance."""
VERSE_ALONE = 0.8
"""Share of the characters in verse lines below which there is prose around the verse."""
MONOTONOUS = 0.3
"""Share of the lines that may hold one and the same content word: nine human poems in ten stay below."""
MONOTONOUS_TIMES = 4
RICH = 0.8
"""Share of the content words that are different ones: median of poems that expert readings put above 3."""
LONG_ENOUGH = 6
"""Verse lines of level 5."""


def judge(prompt: Prompt, completion: Completion) -> Score:
    """Scores one answer. The same answer always gets the same score; any text is allowed."""
    reading = read(prompt, completion)
    quality, reason = _quality(reading)
    return Score(
        contestant=completion.contestant,
        prompt=prompt.id,
        item=prompt.item,
        kind=prompt.kind,
        decoding=completion.decoding,
        sample=completion.sample,
        quality=quality,
        verse=reading.verse,
        complete=reading.complete,
        looping=reading.poem.repetition.looping,
        gibberish=reading.poem.gibberish.gibberish,
        relevant=reading.relevant,
        failure=reading.failure,
        hard_failure=reading.failure,
        fact_kept=reading.fact_kept,
        rhyme=reading.poem.rhymed if reading.verse else None,
        lines=len(reading.poem.layout.verse_lines) if reading.verse else 0,
        notes=(reason, *_notes(reading)),
    )


@dataclass(frozen=True)
class Reading:
    """All that is measured of an answer."""

    poem: Poem
    relevance: Relevance
    fact_kept: bool | None
    stopped: bool
    """The model ended by itself."""

    @property
    def steadiness(self) -> float:
        """Share of the lines that keep a measure; 0 for a few lines."""
        return self.poem.regularity if len(self.poem.lines) >= STEADY_LINES else 0.0

    @property
    def worthless(self) -> bool:
        return not self.poem.layout.lines or self.poem.gibberish.gibberish or self.poem.repetition.degenerate

    @property
    def verse(self) -> bool:
        return self.poem.layout.is_verse and not self.worthless

    @property
    def complete(self) -> bool:
        return self.stopped and self.poem.ending.finished and not self.poem.repetition.looping and not self.worthless

    @property
    def relevant(self) -> bool:
        """A wanted fact answers the question in other words; without it, leniency towards short questions ends."""
        if self.poem.gibberish.gibberish or self.fact_kept is None:
            return self.relevance.relevant and not self.poem.gibberish.gibberish
        return self.fact_kept or (self.relevance.relevant and bool(self.relevance.shared))

    @property
    def failure(self) -> bool:
        return self.worthless or self.poem.repetition.looping or not (self.stopped or self.poem.ending.finished)


def read(prompt: Prompt, completion: Completion) -> Reading:
    text = completion.text
    return Reading(
        poem=analyse(text),
        relevance=relevance(prompt.question, text),
        fact_kept=holds_any(text, prompt.reference) if prompt.reference else None,
        stopped=completion.finish == "stop",
    )


def _quality(reading: Reading) -> tuple[float, str]:
    """The level, and the sentence that gives its reason."""
    poem = reading.poem
    if not poem.layout.lines:
        return 0, "0: there is no text"
    if poem.gibberish.gibberish:
        return 0, f"0: gibberish, {poem.gibberish.reason}"
    if poem.repetition.degenerate:
        return 0, f"0: degenerate, {poem.repetition.reasons[0]}"
    if not reading.verse:
        return 1, f"1: prose, {poem.layout.reason}"
    if poem.repetition.looping:
        return 2, f"2: verse that loops, {poem.repetition.reasons[0]}"
    if not reading.complete:
        return 2, f"2: verse that is cut off, {poem.ending.reason or 'the length limit was reached'}"
    if not reading.relevant:
        return 2, f"2: verse off the question, {reading.relevance.reason}"
    if fault := _why_plain(reading):
        return 3, f"3: plain complete verse, {fault}"
    if fault := _why_not_the_best(reading):
        return 4, f"4: rhymed or steady verse, {fault}"
    return 5, "5: rhymed and steady verse, rich in words"


def _why_plain(reading: Reading) -> str | None:
    poem = reading.poem
    if poem.layout.verse_share < VERSE_ALONE:
        return f"prose around it ({poem.layout.verse_share:.0%} of the text is verse)"
    if word := _monotonous_word(poem.layout.verse_lines):
        return f"'{word}' again and again"
    if poem.rhymed < RHYMED and reading.steadiness < STEADY:
        return f"neither rhymed ({poem.rhymed:.0%} of the lines) nor steady ({reading.steadiness:.0%})"
    return None


def _why_not_the_best(reading: Reading) -> str | None:
    poem = reading.poem
    if reading.fact_kept is False:
        return "without the wanted fact"
    if len(poem.layout.verse_lines) < LONG_ENOUGH:
        return "short"
    if poem.rhymed < WELL_RHYMED or reading.steadiness < STEADY:
        return f"{poem.rhymed:.0%} of the lines rhymed, {reading.steadiness:.0%} in measure"
    weights = _weights(poem.layout.verse_lines)
    if len(weights) < RICH * weights.total():
        return "in a vocabulary that repeats itself"
    return None


def _weights(lines: Sequence[str]) -> Counter[str]:
    """In how many lines each content word stands."""
    return Counter(stem for line in lines for stem in content_stems(line))


def _monotonous_word(lines: Sequence[str]) -> str | None:
    [(word, times)] = _weights(lines).most_common(1) or [("", 0)]
    return word if times >= MONOTONOUS_TIMES and times > MONOTONOUS * len(lines) else None


def _notes(reading: Reading) -> list[str]:
    """What else a reader of the scores may ask about."""
    poem = reading.poem
    notes = [f"relevance: {reading.relevance.reason}"]
    if reading.verse:
        notes.append(f"rhyme: {poem.rhymed:.0%} of the lines; measure: {poem.regularity:.0%}")
    if not reading.stopped:
        notes.append("the length limit was reached")
    return notes
