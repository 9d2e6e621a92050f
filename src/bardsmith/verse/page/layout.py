"""How a text stands on the page: lines of verse, or prose, a list, code?

Layout cannot tell free verse from prose that was chopped at phrase bounds; all else it tells without a dictionary.
In the figures below "human verse" is a development set of 5,447 public-domain poems (1450-1928, 4 to 48 lines) and
the poems of this project's starter corpus; "prose" is 3,967 answers by people to open questions and how-to questions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise

from bardsmith.verse.lineation import stanzas, words
from bardsmith.verse.page.marks import MARKS, Mark, marks_of
from bardsmith.verse.sound.pronunciation import sounds
from bardsmith.verse.words import SMALL_WORDS

LONGEST_VERSE_LINE = 90
"""Characters. Of the lines of human verse 0.15 % are longer."""
MOST_WORDS_IN_A_VERSE_LINE = 16
"""0.2 % of the lines of human verse have more (the long-lined psalmists)."""
FEWEST_LONG_LINES = 4
LONGEST_MEAN_VERSE = 130
FEWEST_LINES_A_STANZA = 2
LONG_LINES_WITH_COMMA = 0.35
LONG_LINES_CLOSED = 0.8
LONG_LINES_OF_TWO_SENTENCES = 0.2
"""Verse in lines too long for it: so many lines, of so many characters on average, this many to a stanza, and these
shares of them with a comma, dash or colon at their end, with any stop there, and with a sentence's end inside. Takes in
most of Whitman and of Swinburne's long measures, and one in a thousand answers in prose."""
SMALLEST_VERSE_SHARE = 0.5
"""Share of the characters that must stand in verse lines. Below it a poem is an ornament of something else."""
LONGEST_MEAN_LINE = 75.0
"""Characters, mean of the verse lines. The 99.5th percentile of human verse is 73; prose with a newline after each
sentence lies above."""
LONGEST_MEAN_SENTENCE = 62.0
"""The same for texts of two or three lines and for lines with a blank line after each, where nothing but their length
tells verse from sentences of prose on lines of their own."""
FEW_LINES = 3
LONE_LINES = 0.7
"""Share of the blocks that are single lines, from which the text counts as paragraphs."""
MOST_MARKED_LINES = 0.4
"""Share of the lines that may carry list, code, table or label marks."""
MOST_CODE_LINES = 0.2
"""Share of the lines that may look like code or formulas; human verse has none."""
MOST_ENTRIES = 0.6
"""Share of the lines that may be entries of a list without bullets, such as names. No human verse has more."""
LONGEST_ENTRY = 3
"""Words of an entry that is no name."""
STOPS_OF_VERSE = frozenset(",;!?:")
"""Stops that no entry of a list ends in."""
OPENING_MARKS = "\"'([-\u2014 "
"""What may stand before the first letter of a line."""
LONGEST_SMALL_WORD = 3
"""Letters of a word that need no capital in a name (of, and, the)."""
WRAPPED_FITS = 0.93
"""Share of line ends at which the next line's first word would not have fitted; hard-wrapped prose reaches it."""
WRAPPED_CLAUSE_ENDS = 0.45
"""Share of line ends with punctuation, from which a text is not called wrapped. Verse mostly has more, prose less."""
WRAPPED_RHYMES = 0.6
"""Share of lines that rhyme, from which a text is not called wrapped: couplets run on, too."""
RHYME_WINDOW = 3
MOST_LINES_TO_RHYME = 40
"""Lines among which a rhyme is looked for on either side, and lines of the text for which it is."""
WRAPPED_CAPITALS = 0.75
"""Share of lines that begin with a capital, from which a text is not called wrapped (but see the widths)."""
FEW_LINES_TO_WRAP = 6
"""Line ends below which verse reaches WRAPPED_FITS by chance (40 % of all couplets), so that the widths decide."""
WRAPPED_WIDTH = 50
WRAPPED_WIDTH_OF_ALL = 60
"""Characters: texts of a few lines are called wrapped from the first width on if lines begin small, from the second on
always. Finds 60 % of answers of two to four lines wrapped at 40-80 characters, at a cost of 0.1 % of couplets."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The lines of a text by what they look like. Blank lines are left out everywhere."""

    lines: tuple[str, ...]
    verse_lines: tuple[str, ...]
    """Unmarked lines of a verse's length, in runs of two or more."""
    verse_share: float
    """Share of all characters that stand in verse lines, 0 to 1."""
    marks: dict[Mark, int]
    """How many lines carry a mark of something else than verse, by kind."""
    reason: str | None
    """Why it is not verse; None if it is."""

    @property
    def is_verse(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class LineBreaks:
    """Where the lines of free verse break. It decides nothing, but shows prose that was chopped at phrase bounds."""

    clause_ends: float
    """Share of the lines that end in a stop of any kind."""
    length_variation: float
    """Standard deviation of the lengths in characters, over their mean."""
    small_word_ends: float
    """Share of the lines whose last word is a small one (of, the, and ...), which phrase bounds avoid."""
    capital_starts: float
    """Share of the lines that begin with a capital."""


def verse(text: str) -> bool:
    """Does the text stand on the page as verse?"""
    return layout(text).is_verse


def layout(text: str) -> Layout:
    """Reads the layout of a text; any string is allowed."""
    blocks = [block for stanza in stanzas(text) if (block := [line for line in stanza if line])]
    lines = list(chain.from_iterable(blocks))
    marks = marks_of(lines)
    shaped = [
        mark is None and len(line) <= LONGEST_VERSE_LINE and line.count(" ") < MOST_WORDS_IN_A_VERSE_LINE
        for line, mark in zip(lines, marks, strict=True)
    ]
    verse_lines = _in_runs(lines, shaped)
    characters = sum(map(len, lines))
    long_lined = _is_long(lines, verse_lines, characters) and _are_long_verses(blocks)
    if long_lined:
        verse_lines = _in_runs(lines, [mark is None for mark in marks])
    share = sum(map(len, verse_lines)) / (characters or 1)
    counts = {mark: marks.count(mark) for mark in MARKS if mark in marks}
    reason = _why_not_shaped(lines, verse_lines, share, counts)
    if not (reason or long_lined):
        reason = _why_not_sung(blocks, verse_lines) or _why_wrapped(blocks)
    return Layout(tuple(lines), tuple(verse_lines), share, counts, reason)


def _is_long(lines: Sequence[str], verse_lines: Sequence[str], characters: int) -> bool:
    """Too long for verse of the usual kind, by most lines or by their mean."""
    mostly = sum(map(len, verse_lines)) < SMALLEST_VERSE_SHARE * characters
    return (mostly or characters > LONGEST_MEAN_LINE * len(lines)) and characters <= LONGEST_MEAN_VERSE * len(lines)


def _are_long_verses(blocks: Sequence[Sequence[str]]) -> bool:
    """The line of the psalm and of Whitman: a clause each, closed by its stop, with no sentence ending inside."""
    lines = list(chain.from_iterable(blocks))
    if len(lines) < max(FEWEST_LONG_LINES, FEWEST_LINES_A_STANZA * len(blocks)):
        return False
    commas = sum(line[-1] in ",;:-" for line in lines)
    closed = sum(not line[-1].isalnum() for line in lines)
    inner = sum(_SENTENCE_END.search(line) is not None for line in lines)
    return (
        commas >= LONG_LINES_WITH_COMMA * len(lines)
        and closed >= LONG_LINES_CLOSED * len(lines)
        and inner <= LONG_LINES_OF_TWO_SENTENCES * len(lines)
    )


_SENTENCE_END = re.compile(r"[.!?][\"')]* +[\"']?[A-Z]")


def _in_runs(lines: Sequence[str], shaped: Sequence[bool]) -> list[str]:
    """The shaped lines that have another before or after them."""
    beside = [False, *shaped, False]
    return [line for i, line in enumerate(lines) if shaped[i] and (beside[i] or beside[i + 2])]


def _why_not_shaped(
    lines: Sequence[str], verse_lines: Sequence[str], share: float, counts: Mapping[Mark, int]
) -> str | None:
    if not lines:
        return "there is no text"
    if len(lines) == 1:
        return "it is a single line"
    marked = {mark: n for mark, n in counts.items() if mark != "heading"}
    if sum(marked.values()) > MOST_MARKED_LINES * len(lines) or marked.get("code", 0) > MOST_CODE_LINES * len(lines):
        return f"{sum(marked.values())} of {len(lines)} lines are {' or '.join(sorted(marked))} lines"
    if share < SMALLEST_VERSE_SHARE:
        return f"only {share:.0%} of the text stands in lines of verse"
    return None


def _why_not_sung(blocks: Sequence[Sequence[str]], verse_lines: Sequence[str]) -> str | None:
    """Lines of a verse's length can still be sentences, entries or single words."""
    number = len(verse_lines)
    mean = sum(map(len, verse_lines)) / number
    paragraphs = list(map(len, blocks)).count(1) >= LONE_LINES * len(blocks)
    longest = LONGEST_MEAN_SENTENCE if number <= FEW_LINES or paragraphs else LONGEST_MEAN_LINE
    if mean > longest:
        return f"its lines are sentences of prose, {mean:.0f} characters long on average"
    entries = [line for line in verse_lines if line[-1] not in STOPS_OF_VERSE]
    if len(entries) > MOST_ENTRIES * number and sum(map(_is_entry, entries)) > MOST_ENTRIES * number:
        return "it is a list of entries"
    return None


def _is_entry(line: str) -> bool:
    """A few words without one that holds a sentence together, or a name: every long word capitalised."""
    if line.count(" ") < LONGEST_ENTRY:
        return SMALL_WORDS.isdisjoint(words(line))
    return line[-1] != "." and _is_name(line)


def _is_name(line: str) -> bool:
    """Two long words or more, all of them capitalised, in a line that is no heading in capitals."""
    long = 0
    for word in line.split():
        if len(word) > LONGEST_SMALL_WORD and word[0].isalpha():
            if not word[0].isupper():
                return False
            long += 1
    return long > 1 and not line.isupper()


def _why_wrapped(blocks: Sequence[Sequence[str]]) -> str | None:
    """Prose broken at a fixed width: no line has room for the first word of the next, and ends fall anywhere."""
    ends = sum(map(len, blocks)) - len(blocks)
    most_loose = (1 - WRAPPED_FITS) * ends
    loose = clauses = capitals = width = 0
    for block in blocks:
        widest = max(map(len, block))
        width = max(width, widest)
        for line, following in pairwise(block):
            if len(line) + 1 + len(following.partition(" ")[0]) <= widest:
                loose += 1
                if loose > most_loose:
                    return None
            clauses += not line[-1].isalnum()
            capitals += following[0].isupper()
    if not ends or clauses >= WRAPPED_CLAUSE_ENDS * ends:
        return None
    begins_like_verse = capitals >= WRAPPED_CAPITALS * ends
    if ends >= FEW_LINES_TO_WRAP:
        wrapped = not begins_like_verse
    else:
        wrapped = width >= WRAPPED_WIDTH and (width >= WRAPPED_WIDTH_OF_ALL or not begins_like_verse)
    return f"it is prose wrapped at {width} characters" if wrapped and not _is_rhymed(blocks) else None


def _is_rhymed(blocks: Sequence[Sequence[str]]) -> bool:
    """Most lines of the beginning end in the sounds of one near by; few texts come so far, so it may take its time."""
    lines = islice(chain.from_iterable(blocks), MOST_LINES_TO_RHYME)
    ends = [{sound.rhyme for sound in sounds(found[-1])} for line in lines if (found := words(line))]
    rhymed = sum(
        any(not end.isdisjoint(other) for other in [*ends[max(0, i - RHYME_WINDOW) : i], *ends[i + 1 :][:RHYME_WINDOW]])
        for i, end in enumerate(ends)
    )
    return rhymed >= WRAPPED_RHYMES * len(ends)


def line_breaks(lines: Sequence[str]) -> LineBreaks:
    """Measures of the line ends and beginnings of a poem; all are 0 if there is none."""
    kept = [line for line in lines if line]
    number = len(kept) or 1
    lengths = [len(line) for line in kept]
    squares = number * sum(length * length for length in lengths) - sum(lengths) ** 2
    lasts = [found[-1] for line in kept if (found := words(line[-LONGEST_VERSE_LINE:]))]
    return LineBreaks(
        clause_ends=[line[-1].isalnum() for line in kept].count(False) / number,
        length_variation=math.sqrt(squares) / (sum(lengths) or 1),
        small_word_ends=sum(map(SMALL_WORDS.__contains__, lasts)) / number,
        capital_starts=sum([line.lstrip(OPENING_MARKS)[:1].isupper() for line in kept]) / number,
    )
