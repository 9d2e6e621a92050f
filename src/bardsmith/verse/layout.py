"""How a text stands on the page: lines of verse, or prose, a list, code?

Layout cannot tell free verse from prose that was chopped at phrase bounds; all else it tells without a dictionary.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from bardsmith.verse import thresholds as limit
from bardsmith.verse.rhyme import rhyme_share

Mark = Literal["code", "heading", "label", "list", "table"]


@dataclass(frozen=True)
class Layout:
    """The lines of a text by what they look like. Blank lines are left out everywhere."""

    lines: tuple[str, ...]
    verse_lines: tuple[str, ...]
    """Unmarked lines of a verse's length, in runs of two or more."""
    verse_share: float
    """Share of all characters that stand in verse lines, 0 to 1."""
    marks: dict[Mark, int]
    """How many lines carry a mark of something else than verse, by kind."""
    is_verse: bool
    reason: str | None
    """Why it is not verse; None if it is."""


def layout(text: str) -> Layout:
    """Reads the layout of a text; any string is allowed."""
    blocks = _blocks(text)
    lines = [line for block in blocks for line in block]
    marks = _marks(lines)
    verse_lines = _verse_lines(lines, marks)
    characters = sum(map(len, lines))
    share = sum(map(len, verse_lines)) / characters if characters else 0.0
    counts: Counter[Mark] = Counter(mark for mark in marks if mark)
    reason = (
        _why_not_shaped(lines, verse_lines, share, counts) or _why_not_sung(blocks, verse_lines) or _why_wrapped(blocks)
    )
    return Layout(tuple(lines), tuple(verse_lines), share, dict(sorted(counts.items())), reason is None, reason)


_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad")) | {0xA0: " ", ord("\t"): " "}


def _blocks(text: str) -> list[list[str]]:
    """Runs of lines between blank ones, trimmed."""
    blocks: list[list[str]] = [[]]
    for raw in text.translate(_INVISIBLE).splitlines():
        line = raw.strip()
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


_LIST = re.compile(r"-[A-Z]|(?:[-*+\u2022\u2023\u25aa\u2013]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+\S")
_HEADING = re.compile(r"#{1,6}\s|(\*\*|__)[^*_]+\1:?$|[=\-*_~]{3,}$|\[[^\]]{1,30}\]$|[IVXLC]{1,6}\.?$|\d{1,3}\.?$")
_CODE = re.compile(
    r"(?:def|class|function|public|private|static|void|int|const|var|elif|print) ?\w*.*[({=]"
    r"|(?:import|from) [\w.]+( import|$)|#include|@\w+\(|</?\w+[^<]*>|[\w.\[\]]+ ?(?:[-+*/]?=|:=) ?\S|// "
    r"|[{}\])]+[,;]?$|.*(?:[{}]|\w\);|=>)$|.*\w\(.*\)[;:{]?$"
)
_TABLE = re.compile(r"\||.*\|.*\|")
_SPEAKER = re.compile(
    r"(?:question|answer|q|a|user|assistant|system|human|bot|ai|poem|title|note|prompt|response|input|output|example|"
    r"instructions?|explanation|summary|step \d+|options? \w)\s*\d*\s*[:>]|<\|?\w+\|?>|\*{0,2}\w+(?: \w+)?:\*{0,2}$",
    re.IGNORECASE,
)
_KEY = re.compile(r"(?:\w+ ){0,3}\w+:\s")


def _marks(lines: Sequence[str]) -> list[Mark | None]:
    """What each line is marked as. A fence makes code of all it encloses; keys count only where there are several."""
    marks: list[Mark | None] = []
    fenced = False
    for line in lines:
        fence = line.startswith(("```", "~~~"))
        marks.append("code" if fenced or fence else _mark(line))
        fenced ^= fence
    keys = [i for i, line in enumerate(lines) if marks[i] is None and _KEY.match(line)]
    if len(keys) >= max(3, limit.MOST_MARKED_LINES * len(lines)):
        for i in keys:
            marks[i] = "label"
    return marks


def _mark(whole: str) -> Mark | None:
    line = whole[: 2 * limit.LONGEST_VERSE_LINE]  # no mark needs more, and long lines stay cheap
    if _LIST.match(line):
        return "list"
    if _HEADING.match(line):
        return "heading"
    if _SPEAKER.match(line):
        return "label"
    if _TABLE.match(line):
        return "table"
    return "code" if _CODE.match(line) else None


def _verse_lines(lines: Sequence[str], marks: Sequence[Mark | None]) -> list[str]:
    shaped = [mark is None and _has_shape(line) for line, mark in zip(lines, marks, strict=True)]
    beside = [False, *shaped, False]
    return [line for i, line in enumerate(lines) if shaped[i] and (beside[i] or beside[i + 2])]


def _has_shape(line: str) -> bool:
    return len(line) <= limit.LONGEST_VERSE_LINE and line.count(" ") < limit.MOST_WORDS_IN_A_VERSE_LINE


def _why_not_shaped(
    lines: Sequence[str], verse_lines: Sequence[str], share: float, counts: Counter[Mark]
) -> str | None:
    if not lines:
        return "there is no text"
    if len(lines) == 1:
        return "it is a single line"
    marked = {mark: n for mark, n in counts.items() if mark != "heading"}
    if sum(marked.values()) > limit.MOST_MARKED_LINES * len(lines):
        return f"{sum(marked.values())} of {len(lines)} lines are {' or '.join(sorted(marked))} lines"
    if share < limit.SMALLEST_VERSE_SHARE:
        return f"only {share:.0%} of the text stands in lines of verse"
    return None


def _why_not_sung(blocks: Sequence[Sequence[str]], verse_lines: Sequence[str]) -> str | None:
    """Lines of a verse's length can still be sentences, entries or single words."""
    number = len(verse_lines)
    mean = sum(map(len, verse_lines)) / number
    paragraphs = sum(len(block) == 1 for block in blocks) >= limit.LONE_LINES * len(blocks)
    longest = limit.LONGEST_MEAN_SENTENCE if number <= limit.FEW_LINES or paragraphs else limit.LONGEST_MEAN_LINE
    if mean > longest:
        return f"its lines are sentences of prose, {mean:.0f} characters long on average"
    if sum(line.count(" ") + 1 for line in verse_lines) < limit.FEWEST_WORDS_A_LINE * number:
        return "it is a list of single words"
    if sum(map(_is_name, verse_lines)) > limit.MOST_NAME_LINES * number:
        return "it is a list of names"
    return None


def _is_name(line: str) -> bool:
    """Every long word capitalised and no stop at the end: an entry, not a line. A single word is no evidence."""
    words = [word for word in re.findall(r"[^\W\d_]+", line) if len(word) > 3]
    return (
        len(words) > 1 and line[-1] not in ".,;!?" and all(word[0].isupper() for word in words) and not line.isupper()
    )


def _why_wrapped(blocks: Sequence[Sequence[str]]) -> str | None:
    """Prose broken at a fixed width: no line has room for the first word of the next, and ends fall anywhere."""
    ends = fits = clauses = capitals = 0
    width = 0
    for block in blocks:
        widest = max(map(len, block))
        width = max(width, widest)
        for line, following in pairwise(block):
            ends += 1
            fits += len(line) + 1 + len(following.split(" ", 1)[0]) > widest
            clauses += not line[-1].isalnum()
            capitals += following[0].isupper()
    lines = [line for block in blocks for line in block]
    if not ends or fits < limit.WRAPPED_FITS * ends:
        return None
    if clauses >= limit.WRAPPED_CLAUSE_ENDS * ends or rhyme_share(lines) >= limit.WRAPPED_RHYMES:
        return None
    begins_like_verse = capitals >= limit.WRAPPED_CAPITALS * ends
    if ends >= limit.FEW_LINES_TO_WRAP:
        wrapped = not begins_like_verse
    else:
        wrapped = width >= limit.WRAPPED_WIDTH and (width >= limit.WRAPPED_WIDTH_OF_ALL or not begins_like_verse)
    return f"it is prose wrapped at {width} characters" if wrapped else None
