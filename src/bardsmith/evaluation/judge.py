"""The judge's verdict on one answer: the checks, the embedded judge, and what comes of both.

How far it agrees with readers stands in docs/evaluation.md, with the command that measures it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bardsmith.evaluation import checks
from bardsmith.evaluation.checks import Fault
from bardsmith.evaluation.embedded import Calibration, Levels, calibration, capped, probabilities, verdict, weakest
from bardsmith.evaluation.features import Features, features
from bardsmith.evaluation.reading import Reading
from bardsmith.records import Completion, Prompt
from bardsmith.results import Score

LEVELS = (
    "nothing, gibberish or a loop",
    "prose",
    "poetic prose, or verse that is broken",
    "plain verse, or good verse without an end",
    "good verse",
    "excellent verse",
)
"""What each level says, in short; the whole rubric is rubrics/embedded.txt."""
EVEN = 0.5
"""Probability from which a yes is said."""
BEST = Features(
    verse=1, ended=1, verse_repeats=0, varied=1, pet_word=0, prose_around=0, prose_repeats=0, poetic=0, leaked=0,
    lines_again=0, twice=0, fresh=1, asking=0, shared=1, none_shared=0,
)  # fmt: skip
"""The features of a poem without a fault, beside which another's weaknesses show."""


def judge(
    prompt: Prompt, completion: Completion, copied: str | None = None, calibrated: Calibration | None = None
) -> Score:
    """Scores one answer. The same answer always gets the same score; any text is allowed.

    `copied`: a passage that it shares with a training text, '' if there is none, None if that was not looked at.
    `calibrated`: other coefficients than those that ship.
    """
    heads = (calibrated or calibration()).heads
    reading = Reading(prompt, completion)
    found = checks.faults(reading, copied or "")
    measured = features(reading)
    relevant = _relevant(reading, probabilities(heads["relevant"], measured)[1])
    chances = probabilities(heads["quality"], measured)
    raw = _quality(reading, chances)
    deciding = checks.lowest(found)
    final = raw
    if deciding is not None and deciding.cap < raw.level:
        final = verdict(capped(chances, deciding.cap))
    override = deciding.check if deciding is not None and final != raw else None
    verse = checks.stands_as_verse(reading)
    return Score(
        contestant=completion.contestant,
        prompt=prompt.id,
        item=prompt.item,
        kind=prompt.kind,
        decoding=completion.decoding,
        sample=completion.sample,
        quality=None if copied else final.level,
        quality_raw=raw.level,
        override="memorised" if copied else override,
        confidence=final.confidence,
        quality_low=final.low,
        quality_high=final.high,
        verse=verse,
        complete=checks.complete(reading),
        looping=reading.repetition.looping,
        gibberish=bool(reading.gibberish),
        relevant=relevant,
        failure=_failure(reading, probabilities(heads["failure"], measured)[1]),
        hard_failure=checks.hard_failure(reading),
        memorised=None if copied is None else bool(copied),
        fact_kept=reading.fact_kept,
        rhyme=reading.rhymed if verse else None,
        lines=len(reading.layout.verse_lines) if verse else 0,
        notes=tuple(_notes(reading, measured, found, final, relevant)),
    )


def _quality(reading: Reading, chances: Sequence[float]) -> Levels:
    """The embedded judge's own verdict, before the checks."""
    return Levels(0, 1.0, 0, 0) if reading.empty or _only_refuses(reading) else verdict(chances)


def _only_refuses(reading: Reading) -> bool:
    """A refusal in prose is no answer, unless it is what was wanted."""
    return reading.refuses and not reading.layout.is_verse and reading.prompt.kind != "refusal"


def _relevant(reading: Reading, chance: float) -> bool:
    """A wanted fact that is kept answers the question whatever the words; nothing and noise answer none."""
    return not (reading.empty or reading.gibberish) and (bool(reading.fact_kept) or chance >= EVEN)


def _failure(reading: Reading, chance: float) -> bool:
    return reading.empty or bool(checks.degenerate(reading)) or _only_refuses(reading) or chance >= EVEN


def _notes(
    reading: Reading, measured: Features, found: Sequence[Fault], final: Levels, relevant: bool
) -> Iterator[str]:
    """The level with its reason first, then what else a reader of the scores may ask about."""
    reasons = [fault.reason for fault in found] or _weaknesses(reading, measured)
    yield f"{final.level}: {LEVELS[final.level]}" + (f"; {'; '.join(reasons)}" if reasons else "")
    yield f"relevance: {reading.relevance.reason}" + ("" if relevant else ", and little speaks for it")
    if reading.leaked:
        yield f"leak: {reading.leaked}"
    if _only_refuses(reading):
        yield "it only refuses"
    if reading.completion.finish == "length":
        yield "the length limit was reached"


def _weaknesses(reading: Reading, measured: Features) -> list[str]:
    """What cost a sound poem most, in words: two things at the most."""
    if not measured.verse:
        return []
    word, times = reading.pet_word
    said = {
        "pet_word": f"'{word}' in {times} lines",
        "verse_repeats": f"{reading.repetition.grams:.0%} of its four-word runs are repeats",
        "varied": "in a vocabulary that repeats itself",
    }
    dearest = weakest(calibration().heads["quality"], measured, BEST)
    return [said[name] for name in dearest if name in said][:2]
