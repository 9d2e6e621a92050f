"""What code alone can find wrong with an answer. The checks come before any judge and override it.

Every threshold of the checks stands here, or in the verse room's soundness files where those measure; each is held by
tests/evaluation/test_checks.py. A check names the highest level that an answer with its fault may have. Levels and
limits follow the reference rubric and what readers did with 325 answers of the reference study: a poem that was cut off
was still a 3 to them, and poetic prose a 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bardsmith.evaluation.reading import Reading
from bardsmith.results import Check

CAPS: dict[Check, int] = {
    "empty": 0, "degenerate": 0, "looping": 2, "not verse": 2, "mixed": 3, "cut off": 3, "memorised": 5,
}  # fmt: skip
"""The highest level of an answer with that fault. What is memorised keeps its level and leaves the quality's mean."""
DEGENERATE_PROSE = 0.6
DEGENERATE_VERSE = 0.78
"""Shares of repeated four-word runs above which there is little else in a text. In verse a page of stanzas before the
loop stays legible, and readers gave such texts a 1."""
CIRCLING = 0.5
"""The same share above which even verse is no more than a 1."""
VERSE_ALONE = 0.8
"""Share of the characters in verse lines below which there is prose beside the verse. The layout's own bound, below
which a text is not verse at all, is 0.5."""
CHOPPED = 4.0
"""Prosaic diction (tenths of a nat a word, see Reading.prosaic) from which unrhymed, unmeasured lines count as chopped
prose. Finds four in five human answers in prose that were cut into lines at phrase bounds; the tests hold that, and
that poems pass."""
CHOPPED_RHYMES = 0.25
CHOPPED_STEADINESS = 0.6
"""Shares of rhymed and of measured lines from which lines are not called chopped."""
DOUBT = 10
"""Words by which a text is longer for this: diction proves little in a few."""
MEMORISED = 20
"""Words in a row that an answer may not share with a text that the model was trained on."""


class Fault(NamedTuple):
    check: Check
    cap: int
    reason: str


def faults(reading: Reading, copied: str = "") -> tuple[Fault, ...]:
    """All that is wrong, the gravest first. `copied`: a passage that the answer shares with a training text."""
    return tuple(_faults(reading, copied))


def _faults(reading: Reading, copied: str) -> Iterator[Fault]:
    if reading.empty:
        yield Fault("empty", CAPS["empty"], "there is no text")
        return
    if reason := degenerate(reading):
        yield Fault("degenerate", CAPS["degenerate"], reason)
    if reading.repetition.looping:
        circling = stands_as_verse(reading) and reading.repetition.grams > CIRCLING
        yield Fault("looping", 1 if circling else CAPS["looping"], reading.repetition.reasons[0])
    if (why := reading.layout.reason) is not None:
        yield Fault("not verse", CAPS["not verse"], f"prose, {why}")
    elif reason := chopped(reading):
        yield Fault("not verse", 1, reason)
    elif reading.layout.verse_share < VERSE_ALONE:
        yield Fault("mixed", CAPS["mixed"], f"{reading.layout.verse_share:.0%} of the text is verse")
    if reason := cut_off(reading):
        yield Fault("cut off", CAPS["cut off"], reason)
    if copied:
        yield Fault("memorised", CAPS["memorised"], f"from what the model was trained on: '{copied}'")


def degenerate(reading: Reading) -> str:
    """Why there is nothing but noise or repetition in it, or ''."""
    if reading.gibberish:
        return f"gibberish, {reading.gibberish}"
    most = DEGENERATE_VERSE if reading.layout.is_verse else DEGENERATE_PROSE
    if reading.repetition.degenerate and (reading.repetition.grams > most or not reading.words.runs_again(4)):
        return reading.repetition.reasons[0]
    return ""


def stands_as_verse(reading: Reading) -> bool:
    """Verse on the page, with words in it, and not prose in short lines."""
    return reading.layout.is_verse and not degenerate(reading) and not chopped(reading)


def chopped(reading: Reading) -> str:
    """Why its lines are prose that was cut up, or ''."""
    number = len(reading.words.words)
    if not reading.layout.is_verse or reading.prosaic * number / (number + DOUBT) < CHOPPED:
        return ""
    if reading.rhymed >= CHOPPED_RHYMES or reading.steadiness >= CHOPPED_STEADINESS:
        return ""
    return "prose chopped into lines: the words of prose, without rhyme or measure"


def cut_off(reading: Reading) -> str:
    """Why it has no end, or ''. Whether the model ended by itself counts only where that is known."""
    if not reading.ending.finished:
        return reading.ending.reason or "it has no end"
    return ""


def complete(reading: Reading) -> bool:
    """Ended by itself, with an end, and not in circles."""
    ended = reading.completion.finish != "length" and not cut_off(reading)
    return ended and not reading.empty and not degenerate(reading) and not reading.repetition.looping


def hard_failure(reading: Reading) -> bool:
    """Empty, degenerate, looping, or without an end, unless the model is known to have ended by itself."""
    stopped_short = reading.completion.finish != "stop" and bool(cut_off(reading))
    return reading.empty or bool(degenerate(reading)) or reading.repetition.looping or stopped_short


def lowest(found: Sequence[Fault]) -> Fault | None:
    """The fault that decides: the one with the lowest cap, the gravest of those."""
    capping = [fault for fault in found if fault.check != "memorised"]
    return min(capping, key=lambda fault: fault.cap, default=None)
