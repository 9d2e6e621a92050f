"""How much of a text is said again, in numbers, and whether it goes round in circles.

Two grades: *looping* (it goes round, perhaps after a good beginning) and *degenerate* (there is little else in it).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from bardsmith.verse.soundness.loops import FEWEST_LINES, loop
from bardsmith.verse.soundness.wording import wording

DEGENERATE_GRAMS = 0.6
"""Share of repeated four-word runs; above it even half a page of good verse before the loop does not save the text."""
DEGENERATE_LINES = 0.6
"""Share of lines that stood in the text before. A triolet has 0.375, a villanelle 0.32."""
DEGENERATE_COMPRESSION = 6.0
"""Characters by characters compressed, for texts of COMPRESSION_WORDS and more; human verse stays below 2.9."""
COMPRESSION_WORDS = 40
SHORT_TEXT = (1 << 12) - 262
"""Bytes up to which a window of 4 KiB compresses as the usual one of 32 KiB does, without the time to lay that out."""


@dataclass(frozen=True, slots=True)
class Repetition:
    lines: float
    """Share of the lines that stood in the text before, 0 to 1."""
    grams: float
    """Share of the four-word runs that stood in the text before, 0 to 1."""
    compression: float
    """Characters by compressed characters; 1 for short texts, where it says nothing."""
    circle: str
    """How it goes round in circles; '' if it does not."""
    degenerate: bool
    """There is little but repetition in it."""
    looping: bool
    """It goes round in circles or is degenerate."""
    reasons: tuple[str, ...]
    """What speaks for either."""


def repetition(text: str) -> Repetition:
    """Measures how much of a text is repeated; any string is allowed, the time is linear in its length."""
    said = wording(text)
    lines, grams = said.lines_again, said.runs_again(4)
    shrinks = compression(text) if len(said.words) >= COMPRESSION_WORDS else 1.0
    flat = _degenerate(len(said.lines), lines, grams, shrinks)
    circle = loop(said)
    reasons = (*flat, circle) if circle else tuple(flat)
    return Repetition(lines, grams, shrinks, circle, bool(flat), bool(reasons), reasons)


def compression(text: str) -> float:
    """Characters by compressed characters."""
    raw = text.encode("utf-8", "replace")
    packer = zlib.compressobj(wbits=12 if len(raw) <= SHORT_TEXT else 15)
    return len(raw) / (len(packer.compress(raw)) + len(packer.flush()))


def _degenerate(number: int, lines: float, grams: float, compression: float) -> list[str]:
    reasons = []
    if grams > DEGENERATE_GRAMS:
        reasons.append(f"{grams:.0%} of its four-word runs are repeats")
    if number >= FEWEST_LINES and lines > DEGENERATE_LINES:
        reasons.append(f"{lines:.0%} of its lines are repeats")
    if compression > DEGENERATE_COMPRESSION:
        reasons.append(f"it shrinks to 1/{compression:.0f} when compressed")
    return reasons
