"""What was measured, how it is called, and how its figures are written for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from bardsmith.results import Measure as MeasureName


class Interval(Protocol):
    """A mean with its 95 % interval, of a measure or of a difference."""

    @property
    def mean(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class PairedDifference(Interval, Protocol):
    @property
    def prompts(self) -> int: ...


FEWEST_PROMPTS = 6
"""With fewer, differences that all point one way are still chance in more than 5 % of cases: 2 * 0.5 ** 5 = 0.06."""


@dataclass(frozen=True)
class Measure:
    name: MeasureName
    """Its key in the summary and in the scores."""
    label: str
    unit: Literal["level", "share", "number"]
    better: Literal["higher", "lower", "neither"]
    meaning: str


MEASURES = (
    Measure("quality", "Quality", "level", "higher", "level 0 to 5 of the rubric"),
    Measure(
        "verse",
        "In verse",
        "share",
        "higher",
        "share of answers laid out as verse that are neither gibberish nor mere repetition",
    ),
    Measure(
        "complete",
        "Ended",
        "share",
        "higher",
        "share of answers that the model ended by itself, with an end and without loops",
    ),
    Measure(
        "failure",
        "Failed",
        "share",
        "lower",
        "share of answers that a reader would not call an answer: empty, gibberish, nothing but repetition",
    ),
    Measure(
        "relevant",
        "Relevant",
        "share",
        "higher",
        "share of answers that take up what was asked, or hold the fact asked for",
    ),
    Measure(
        "fact_kept", "Fact kept", "share", "higher", "share of answers that hold the fact asked for, where one was"
    ),
    Measure(
        "hard_failure",
        "Failed by the checks",
        "share",
        "lower",
        "share of answers that are empty, gibberish, loop, or stop at the length limit in mid-sentence: code alone",
    ),
    Measure("memorised", "Memorised", "share", "lower", "share of answers that repeat 20 words of a training text"),
    Measure("overridden", "Overridden", "share", "neither", "share of verdicts that a check changed"),
    Measure("looping", "Looping", "share", "lower", "share of answers that go round in circles"),
    Measure("rhyme", "Rhymed lines", "share", "neither", "share of verse lines that rhyme with a line near them"),
    Measure("meter", "Measured lines", "share", "neither", "share of verse lines that keep one measure"),
    Measure("lines", "Lines", "number", "neither", "verse lines of an answer, 0 for prose"),
    Measure("words", "Words", "number", "neither", "words of an answer"),
    Measure("tokens", "Tokens", "number", "neither", "tokens of an answer, by the contestant's own tokenizer"),
    Measure(
        "stock_words",
        "Stock words",
        "number",
        "lower",
        "of a thousand words those that machine verse falls back on (heart, soul, echo, whisper, tapestry, ...)",
    ),
)
BY_NAME: dict[str, Measure] = {measure.name: measure for measure in MEASURES}
MAIN = tuple(BY_NAME[name] for name in ("quality", "verse", "complete", "failure", "relevant", "fact_kept"))
FURTHER = tuple(BY_NAME[name] for name in ("hard_failure", "looping", "memorised", "overridden"))
WRITING = tuple(BY_NAME[name] for name in ("rhyme", "meter", "lines", "words", "tokens", "stock_words"))

_SPACE = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"


def value(measure: Measure, number: float) -> str:
    """A mean: `2.84`, `95 %`, `11.3`."""
    return f"{_number(measure, number)}{_SPACE}%" if measure.unit == "share" else _number(measure, number)


def bounds(measure: Measure, interval: Interval) -> str:
    """The 95 % interval alone: `[88, 98]`."""
    return f"[{_number(measure, interval.low)},{_SPACE}{_number(measure, interval.high)}]"


def with_bounds(measure: Measure, interval: Interval) -> str:
    """A mean and its interval: `95 % [88, 98]`."""
    return f"{value(measure, interval.mean)} {bounds(measure, interval)}"


def change(measure: Measure, number: float) -> str:
    """A difference, signed: `+2.10`, `-31 points` (percentage points)."""
    text = _number(measure, number)
    sign = "" if text.startswith(_MINUS) or not text.strip("0.") else "+"
    return f"{sign}{text}{_SPACE}points" if measure.unit == "share" else f"{sign}{text}"


def is_shown(difference: PairedDifference) -> bool:
    """True if the interval of a difference leaves out zero and there are prompts enough to trust it."""
    return difference.prompts >= FEWEST_PROMPTS and (difference.low > 0 or difference.high < 0)


def is_gain(measure: Measure, difference: Interval) -> bool:
    """True if the difference goes in the measure's better direction."""
    return difference.mean > 0 if measure.better == "higher" else difference.mean < 0


def _number(measure: Measure, number: float) -> str:
    text = {
        "level": f"{number:.2f}",
        "share": f"{100 * number:.0f}",
        "number": f"{number:.1f}",
    }[measure.unit]
    if not text.strip("-0."):
        text = text.removeprefix("-")
    return text.replace("-", _MINUS)
