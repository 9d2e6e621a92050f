"""The ways in which a text goes round in circles, each with its rule. Refrains are no circles.

The rules read lines as lists of words (see lineation.words). They were calibrated on some 7,000 human poems, among them
villanelles, triolets, rondeaux, ballades and nursery rhymes (spared), on loops made from verse and on raw answers of
small models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bardsmith.verse.soundness.wording import Wording, runs, share_repeated
from bardsmith.verse.soundness.wording import Words as Line

FEWEST_LINES = 4
"""Lines below which lines that come again are no evidence."""
REPEATED_LINES = 0.6
"""Share of the lines that stood in the text before. A triolet has 0.375, a villanelle 0.32, a nursery song 0.58."""
REPEATED_GRAMS = 0.5
"""Share of the four-word runs that stood before, in texts of GRAM_WORDS. One human poem in three thousand has more."""
GRAM_WORDS = 40
FRESH_GRAMS = 0.19
"""The same with every line that comes again left out, which spares refrains; 99.9 % of human verse stays below."""
FEWEST_WORDS = 20
"""Words below which that share means nothing."""
SAME_LINE_RUN = 4
"""Identical lines one after another that are a loop; Polly puts the kettle on three times."""
SAME_LINE_END = 3
"""The same at the end of the text, for lines of three words or more; in SHORT_TEXT_LINES or fewer, two are."""
SHORT_TEXT_LINES = 6
TANDEM_RUNS = 4
TANDEM_WORDS = 12
"""The same few words so often on end, and so many words long together, are a loop."""
SAME_WORD_RUN = 8
"""The same word so often on end. Poe's bells ring seven times."""
LONG_TANDEM = 12
LONG_TANDEM_RUNS = 3
"""As many words or more need to come only so often on end."""
CYCLE_RUNS = 2.5
"""How often a group of two to eight lines must come to the end of the text, the last time in part, to be a loop."""
CYCLE_LINES = 4
"""Lines that must be repeats in such a cycle."""
LONGEST_CYCLE = 8
TEMPLATE_LIKENESS = 0.62
"""Share of words that neighbouring lines must have in common, in order, to be one template ('A is B', 'A is C')."""
TEMPLATE_RUNS = ((4, 0.5), (3, 0.7), (8, 0.0))
"""So many lines of one template at the end of the text are a loop if they are this share of it or more."""
SLOT_RUNS = {1: 10, 2: 8, 3: 6}
"""Lines on end that differ in one word only are a loop, in lines of so many words from so many lines on."""
SLOT_RUN = 5
"""The same for longer lines."""


def loop(wording: Wording) -> str:
    """How the lines go round in circles, or ''. The time is linear in the number of words."""
    lines = wording.lines
    found = ""
    if wording.lines_again:
        found = _same_line(lines) or _cycle(lines) or _lines(wording)
    found = found or _slot(lines) or _template(lines)
    if not found and wording.runs_again(4):
        found = _tandem(runs(wording.words, 4)) or _grams(wording)
    return found


def _lines(wording: Wording) -> str:
    share = wording.lines_again
    few = len(wording.lines) < FEWEST_LINES
    return f"{share:.0%} of its lines are repeats" if share > REPEATED_LINES and not few else ""


def _grams(wording: Wording) -> str:
    """Too many repeated four-word runs: over all, or in the lines without those that come again (refrains)."""
    share = wording.runs_again(4)
    if len(wording.words) >= GRAM_WORDS and share > REPEATED_GRAMS:
        return f"{share:.0%} of its four-word runs are repeats"
    fresh = [word for line in dict.fromkeys(wording.lines) for word in line]
    share = share_repeated(runs(fresh, 4))
    if len(fresh) >= FEWEST_WORDS and share > FRESH_GRAMS:
        return f"{share:.0%} of the four-word runs in its fresh lines are repeats"
    return ""


def _same_line(lines: Sequence[Line]) -> str:
    """The same line over and over; a line cut off at the end of the text counts as the line it began."""
    run = longest = 1
    line = repeated = lines[0]
    for i, following in enumerate(lines[1:], start=2):
        again = line == following or (run > 1 and i == len(lines) and _begins(line, following))
        run = run + 1 if again else 1
        if run > longest:
            longest, repeated = run, line
        line = following
    at_end = 2 if FEWEST_LINES <= len(lines) <= SHORT_TEXT_LINES else SAME_LINE_END
    if longest >= SAME_LINE_RUN or (run >= at_end and len(repeated) > 2):
        return f"the line '{_shown(repeated)}' comes {longest} times on end"
    return ""


def _begins(line: Line, other: Line) -> bool:
    """Is the other line this one, broken off somewhere, inside a word perhaps?"""
    last = len(other) - 1
    return last < len(line) and line[:last] == other[:last] and line[last].startswith(other[last])


def echoes(grams: Sequence[Line]) -> Iterator[tuple[Line, int, int]]:
    """The word runs that stood before, how many words ago the last time, and how many in a row stood as long ago."""
    last: dict[Line, int] = {}
    before = run = 0
    for i, gram in enumerate(grams):
        distance = i - last.get(gram, i)
        run = run + 1 if distance == before else 1
        before, last[gram] = distance, i
        if distance:
            yield gram, distance, run


def _tandem(grams: Sequence[Line]) -> str:
    """The same few words on end, anywhere: four-word runs that come again and again at one distance."""
    for gram, distance, run in echoes(grams):
        if _is_tandem(distance, distance + run + len(gram) - 1):
            return f"'{_shown(gram[:distance])}' comes again and again"
    return ""


def _is_tandem(period: int, words: int) -> bool:
    if period == 1:
        return words >= SAME_WORD_RUN
    runs = TANDEM_RUNS if period < LONG_TANDEM else LONG_TANDEM_RUNS
    return words >= max(TANDEM_WORDS, runs * period)


def _cycle(lines: Sequence[Line]) -> str:
    """A group of two to eight lines that comes again up to the end, where the text may be cut off in mid-line."""
    number = len(lines)
    for period in range(2, min(LONGEST_CYCLE, number // 2) + 1):
        repeats = 0
        for i in range(number - 1, period - 1, -1):
            line, before = lines[i], lines[i - period]
            if line != before and not (i == number - 1 and _begins(before, line)):
                break
            repeats += 1
        if repeats >= CYCLE_LINES and (repeats + period) / period >= CYCLE_RUNS:
            return f"its last {repeats + period} lines are {period} lines over and over"
    return ""


def _slot(lines: Sequence[Line]) -> str:
    """Lines on end that are one line with another word in one place, anywhere in the text."""
    run = 1
    for line, following in pairwise(lines):
        number = len(line)
        if number == len(following) and sum(map(str.__eq__, line, following)) >= number - 1:
            run += 1
            if run >= SLOT_RUNS.get(number, SLOT_RUN):
                return f"{run} lines on end are '{_shown(line)}' with a word changed"
        else:
            run = 1
    return ""


def _template(lines: Sequence[Line]) -> str:
    """Lines up to the end, the last perhaps cut off, that differ in a word or two."""
    return _template_run(lines) or _template_run(lines[:-1])


def _template_run(lines: Sequence[Line]) -> str:
    run = 1
    for line, following in pairwise(reversed(lines)):
        if not _alike(line, following):
            break
        run += 1
    if run > 1 and any(run >= least and run >= share * len(lines) for least, share in TEMPLATE_RUNS):
        return f"its last {run} lines are one line with a word or two changed"
    return ""


def _alike(line: Line, other: Line) -> bool:
    """Is the longest common run of words, with gaps, long enough, measured by the longer line?"""
    longer = max(len(line), len(other))
    needed = TEMPLATE_LIKENESS * longer
    if longer > 40 or min(len(line), len(other)) < needed or len(set(line).intersection(other)) < needed / 2:
        return False
    row = [0] * (len(other) + 1)
    for word in line:
        diagonal = 0
        for j, rival in enumerate(other, start=1):
            diagonal, row[j] = row[j], diagonal + 1 if word == rival else max(row[j], row[j - 1])
    return row[-1] >= needed


def _shown(words: Line) -> str:
    return " ".join(words)[:40]
