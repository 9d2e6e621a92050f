"""Does a text go round in circles? Refrains, villanelles and triolets do not count as circles, loops do.

Two grades: *looping* (it goes round, perhaps after a good beginning) and *degenerate* (there is little else in it).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bardsmith.verse import thresholds as limit


@dataclass(frozen=True)
class Repetition:
    lines: float
    """Share of the lines that stood in the text before, 0 to 1."""
    grams: float
    """Share of the four-word runs that stood in the text before, 0 to 1."""
    compression: float
    """Characters by compressed characters; 1 for short texts, where it says nothing."""
    looping: bool
    degenerate: bool
    """Implies looping."""
    reasons: tuple[str, ...]


def repetition(text: str) -> Repetition:
    """Measures how much of a text is repeated; any string is allowed, the time is linear in its length."""
    lines = [words for words in (_words(line) for line in text.splitlines()) if words]
    words = [word for line in lines for word in line]
    repeated_lines = 1 - len(set(map(tuple, lines))) / len(lines) if lines else 0.0
    grams = _repeated_grams(words)
    compression = _compression(text) if len(words) >= limit.WORDS_TO_COMPRESS else 1.0
    flat = _degenerate(len(lines), repeated_lines, grams, compression)
    reasons = flat or _looping(lines, words, repeated_lines, grams)
    return Repetition(repeated_lines, grams, compression, bool(reasons), bool(flat), tuple(reasons))


_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")


def _words(line: str) -> list[str]:
    return _WORD.findall(line.lower())


def _repeated_grams(words: Sequence[str]) -> float:
    grams = list(zip(words, words[1:], words[2:], words[3:], strict=False))
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def _compression(text: str) -> float:
    raw = text.encode("utf-8", "replace")
    return len(raw) / len(zlib.compress(raw))


def _degenerate(number: int, lines: float, grams: float, compression: float) -> list[str]:
    reasons = []
    if grams > limit.DEGENERATE_GRAMS:
        reasons.append(f"{grams:.0%} of its four-word runs are repeats")
    if number >= limit.FEWEST_LINES_TO_LOOP and lines > limit.DEGENERATE_LINES:
        reasons.append(f"{lines:.0%} of its lines are repeats")
    if compression > limit.DEGENERATE_COMPRESSION:
        reasons.append(f"it shrinks to 1/{compression:.0f} when compressed")
    return reasons


def _looping(lines: Sequence[list[str]], words: Sequence[str], repeated: float, grams: float) -> list[str]:
    found = [_same_line(lines), _cycle(lines), _template(lines) or _template(lines[:-1])]
    if grams > 0:  # else no words can go round
        found += [_grams(lines, words, grams), _tandem(words)]
    if len(lines) >= limit.FEWEST_LINES_TO_LOOP and repeated > limit.LOOPING_LINES:
        found.append(f"{repeated:.0%} of its lines are repeats")
    return [reason for reason in found if reason]


def _grams(lines: Sequence[list[str]], words: Sequence[str], grams: float) -> str | None:
    """Too many repeated four-word runs: over all, or in the lines without those that come again (refrains)."""
    if len(words) >= limit.WORDS_TO_COMPRESS and grams > limit.LOOPING_GRAMS:
        return f"{grams:.0%} of its four-word runs are repeats"
    fresh = [word for line in dict.fromkeys(map(tuple, lines)) for word in line]
    if len(fresh) >= limit.FEWEST_WORDS_TO_LOOP and (share := _repeated_grams(fresh)) > limit.LOOPING_FRESH_GRAMS:
        return f"{share:.0%} of the four-word runs in its fresh lines are repeats"
    return None


def _same_line(lines: Sequence[list[str]]) -> str | None:
    """The same line over and over; a line cut off at the end of the text counts as the line it began."""
    run = longest = 1
    for i, (line, following) in enumerate(pairwise(lines)):
        last = i == len(lines) - 2
        run = run + 1 if line == following or (last and run > 1 and line[: len(following)] == following) else 1
        longest = max(longest, run)
    at_end = 2 if limit.FEWEST_LINES_TO_LOOP <= len(lines) <= limit.SHORT_TEXT_LINES else limit.SAME_LINE_RUN
    if longest >= limit.SAME_LINE_RUN or run >= at_end:
        return f"one line stands {longest} times on end"
    echoed = sum(line == following for line, following in pairwise(lines))
    if echoed >= max(2, limit.ECHOED_LINES * len(lines)):
        return f"{echoed} of its lines are the line before them"
    return None


def _tandem(words: Sequence[str]) -> str | None:
    """The same few words on end, anywhere in the text."""
    for period in range(1, limit.LONGEST_TANDEM + 1):
        needed = max(limit.TANDEM_WORDS, limit.TANDEM_RUNS * period) - period
        run = 0
        for word, later in zip(words, words[period:], strict=False):
            run = run + 1 if word == later else 0
            if run >= needed:
                return f"{period} word{'s' if period > 1 else ''} come again and again"
    return None


def _cycle(lines: Sequence[list[str]]) -> str | None:
    """A group of two to eight lines that comes again up to the end, where the text may be cut off in mid-line."""
    number = len(lines)
    for period in range(2, min(8, number // 2) + 1):
        repeats = 0
        for i in range(number - 1, period - 1, -1):
            line, before = lines[i], lines[i - period]
            if line != before and not (i == number - 1 and before[: len(line)] == line):
                break
            repeats += 1
        if repeats >= limit.CYCLE_LINES and (repeats + period) / period >= limit.CYCLE_RUNS:
            return f"its last {repeats + period} lines are {period} lines over and over"
    return None


def _template(lines: Sequence[list[str]]) -> str | None:
    """Lines up to the end that differ in a word or two."""
    run = 1
    for line, following in pairwise(reversed(lines)):
        if _likeness(line, following) < limit.TEMPLATE_LIKENESS:
            break
        run += 1
    if any(run >= least and run >= share * len(lines) for least, share in limit.TEMPLATE_RUNS):
        return f"its last {run} lines are one line with a word changed"
    return None


def _likeness(line: Sequence[str], other: Sequence[str]) -> float:
    """Longest common subsequence of words by the longer line's words; first lines of loops are cut, so order counts."""
    longer = max(len(line), len(other))
    if longer > 2 * min(len(line), len(other)) or longer > 40:
        return 0.0
    row = [0] * (len(other) + 1)
    for word in line:
        diagonal = 0
        for j, rival in enumerate(other, start=1):
            diagonal, row[j] = row[j], diagonal + 1 if word == rival else max(row[j], row[j - 1])
    return row[-1] / longer
