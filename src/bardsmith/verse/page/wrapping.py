"""What stands round a poem and is none of it: titles, talk before and after, code fences, role tokens, section tags.

Marks (`# Title`, `[Verse 1]`, three backticks, `<|im_end|>`) are certain; human verse has none. Talk is looked for from
both edges inwards (see talk.py). A title without a mark, an epigraph, a dedication, a
numeral or a speaker's name belongs to the poem and is no wrapper.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Literal, NamedTuple

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.page.talk import Place, is_capitalised, is_talk

Kind = Literal["title", "preamble", "afterword", "fence", "role", "section"]

FEWEST_LINES = 2
"""Lines of a poem that must be left; a text that would lose more has no poem in it, and so no wrapper but its marks."""
MOST_EMPHASISED = 0.25
"""Share of the lines that may be set in emphasis before it marks nothing."""
LONGEST_READ = 1000
"""Characters of a line in which a mark is looked for."""
LONGEST_SHORT_MARK = 20
"""Characters of a line that may be a mark that begins with a letter."""
MARK_STARTS = frozenset('<[(#*_`~"|')
EMPHASIS = frozenset("*_")
SPACED = 0.8
"""Share of the blocks that are single lines, above which a text counts as double-spaced."""
MOST_EDGE_LINES = 100
"""Lines that are looked at from each edge."""
MOST_TALK_LINES = 4
"""Lines of a block that is looked at as a whole."""
NEAR = 4
"""Lines among which a rhyme is looked for."""

_FENCE = re.compile(r"```|~~~|\"\"\"$|'''$")
_ROLE = re.compile(
    r"<\|[\w ]{1,20}\|>(?:system|user|assistant)?|</?s>|\[/?(?:INST|SYS)\]|<</?SYS>>"
    r"|</?(?:think|answer|poem|start_of_turn|end_of_turn)>"
    r"|^#{2,} ?(?:(?:response|instruction|input|output|assistant|user|human|system|end|question|answer)\W*)?$"
    r"|^\W{0,3}(?:(?:user|assistant)(?: ?:|$)|(?:human|system|ai|bot|chatgpt|gpt|model) ?:)\W{0,3}",
    re.IGNORECASE,
)
_ASKER = re.compile(r"\W*(?:user|human|system|instruction|input|question)\b", re.IGNORECASE)
_SECTION = re.compile(
    r"(?P<open>[\[(*_#{]{0,6}) ?(?:final |repeat |first |second |last )?(?:verse|stanza|chorus|bridge|intro|outro|hook"
    r"|refrain|pre-?chorus|post-?chorus|interlude|coda|couplet|quatrain|haiku|end of (?:the )?poem)"
    r"(?P<number> ?(?:\d{1,2}|[ivx]{1,4}|one|two|three|four|five))?(?: ?\(?(?:x ?\d|repeat|\d ?x)\)?)?"
    r"(?P<close>[\])*_:}]*)$",
    re.IGNORECASE,
)
_HEADING = re.compile(r"#{1,6} ?\w")
_EMPHASIS = re.compile(r"(\*{1,3}|_{1,3})[^*_ ][^*_]{0,100}\1:?$")
_TITLE = re.compile(r"[*_\"#]{0,3} ?(?:\w{1,12} )?title[*_\"]{0,3} ?:", re.IGNORECASE)
_NAMED = re.compile(r"(?:poem|haiku|sonnet|limerick|ode|ballad|song|verse)[*_]{0,3}: ?[*_\"]{0,3}[A-Z]", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]{1,60}[^\".,;!?]\"$")
_BYLINE = re.compile(r"\W{0,3}(?:[Ww]ritten )?[Bb]y:?(?: (?:an? |the )?[A-Z][\w'-]*){1,4}(?: poet)?\W?$")
_SIGNED = re.compile(
    r"[-\u2013\u2014~(]? ?(?:.{0,30}\b(?:ai|chatgpt|gpt|assistant)\b.{0,12}|(?:yours (?:truly|sincerely|faithfully)"
    r"|(?:best|kind|warm) (?:regards|wishes)|sincerely)\b.{0,30}|\W*(?:the )?end\W*)$",
    re.IGNORECASE,
)
_TAGS = re.compile(r"(?:#\w+[ ,]*)+$")
_BREAK = re.compile(r"[-=_]{3,}$")
_STARS = re.compile(r"(?:[*~.] ?){3,}$")


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring lines of one kind of wrapper. Blank lines do not count; the first line is 0."""

    kind: Kind
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A poem and what stood round it."""

    poem: str
    """What is left of the text, a blank line between stanzas."""
    spans: tuple[Span, ...]


def wrapper(text: str) -> bool:
    """Has the poem a preamble, a marked title, an afterword, a fence, a role token or a section tag round it?"""
    return any(_kinds(stanzas(text)))


def unwrapped(text: str) -> Unwrapped:
    """Parts a poem from its wrapper; any string is allowed."""
    blocks = stanzas(text)
    kinds = _kinds(blocks)
    spans: list[Span] = []
    for i, kind in enumerate(kinds):
        if kind and spans and spans[-1].kind == kind and spans[-1].last == i - 1:
            spans[-1] = Span(kind, spans[-1].first, i)
        elif kind:
            spans.append(Span(kind, i, i))
    following = iter(kinds)
    bare = ["\n".join(filter(None, map(_bare, block, following))) for block in blocks]
    return Unwrapped("\n\n".join(filter(None, bare)), tuple(spans))


def _bare(line: str, kind: Kind | None) -> str:
    """A line without its wrapper: what stands beside a role token stays, unless it is the asker's turn."""
    if kind is None:
        return line
    if kind == "role" and not _ASKER.match(line):
        return _ROLE.sub(" ", line).strip()
    return ""


def _kinds(blocks: Sequence[Sequence[str]]) -> list[Kind | None]:
    """The kind of wrapper that each line is; None for the lines of the poem."""
    lines = list(chain.from_iterable(blocks))
    marked = [_mark(line) for line in lines]
    kinds = marked.copy()
    if "role" in marked:
        _fill_askers_turns(lines, kinds)
    if kinds.count("fence") > 1:
        _fill_outside_fences(kinds)
    parts = _parted(blocks) if "section" in marked else blocks
    page = _page(lines, parts)
    front = _edge(parts, page, front=True)
    back = _edge([part[::-1] for part in reversed(parts)], page, front=False)
    kinds[: len(front)] = front
    kinds[len(kinds) - len(back) :] = reversed(back)
    return kinds if kinds.count(None) >= FEWEST_LINES else marked


def _parted(blocks: Sequence[Sequence[str]]) -> list[list[str]]:
    """The blocks, each mark in them a block of its own."""
    parts: list[list[str]] = []
    for block in blocks:
        for kind, run in groupby(block, key=_mark):
            lines = list(run)
            parts += [[line] for line in lines] if kind else [lines]
    return parts


def _mark(line: str) -> Kind | None:
    """What a line is marked as wherever it stands. Plain letters settle most lines without a regular expression."""
    short = len(line) <= LONGEST_SHORT_MARK
    if not (short or line[0] in MARK_STARTS or "<" in line or "[" in line or ":" in line[:12]):
        return None
    line = line[:LONGEST_READ]
    if _FENCE.match(line):
        return "fence"
    if _ROLE.search(line):
        return "role"
    section = _SECTION.match(line)
    if section and (section["open"] or section["close"] or section["number"]):
        return "section"
    return "section" if _HEADING.match(line) or _BREAK.match(line) else None


def _fill_askers_turns(lines: Sequence[str], kinds: list[Kind | None]) -> None:
    """What an asker says runs to the next role token; a lone token on the first line is a leak."""
    last = len(kinds) - 1 - kinds[::-1].index("role")
    asking = False
    for i, line in enumerate(lines):
        if kinds[i] == "role":
            asking = _ASKER.match(line) is not None and last > 0
        elif asking:
            kinds[i] = "preamble" if i < last else "afterword"


def _fill_outside_fences(kinds: list[Kind | None]) -> None:
    """Whatever stands outside the first and the last fence is no poem."""
    first = kinds.index("fence")
    last = len(kinds) - 1 - kinds[::-1].index("fence")
    kinds[:first] = ["preamble"] * first
    kinds[last + 1 :] = ["afterword"] * (len(kinds) - last - 1)


class _Page(NamedTuple):
    """What a line at an edge is compared with."""

    length: int
    """Upper quartile of the lengths of the lines."""
    spaced: bool
    """Most lines are blocks of their own, so that standing alone says nothing."""
    emphasised: bool
    """Many lines are set in emphasis, so that one more says nothing."""


def _page(lines: Sequence[str], blocks: Sequence[Sequence[str]]) -> _Page:
    lengths = sorted(map(len, lines)) or [0]
    lone = list(map(len, blocks)).count(1)
    emphasised = [line[:1] in EMPHASIS for line in lines].count(True)
    return _Page(
        lengths[3 * (len(lengths) - 1) // 4], lone > SPACED * len(blocks), emphasised > MOST_EMPHASISED * len(lines)
    )


def _edge(blocks: Sequence[Sequence[str]], page: _Page, front: bool) -> list[Kind | None]:
    """The kinds of the lines from an edge inwards, as far as they are wrapper."""
    lines = list(chain.from_iterable(blocks))
    found: list[Kind | None] = []

    def place(alone: bool, after: int) -> Place:
        return Place(front, alone and not page.spaced, page.length, lines[after : after + NEAR])

    for block in blocks:
        end = len(found) + len(block)
        all_talk = False
        if len(block) <= MOST_TALK_LINES:
            alone = place(True, end)
            if not _edge_kind(block[0], page, alone):
                return _with_company(lines, found)  # what is no wrapper alone is none among other lines
            all_talk = _is_all_talk(block, page, alone, place(False, end))
        for line in block:
            here = len(found) + 1
            kind = _edge_kind(line, page, place(all_talk or here == end, here))
            if kind is None or here > MOST_EDGE_LINES:
                return _with_company(lines, found)
            found.append(kind)
    return found


def _is_all_talk(block: Sequence[str], page: _Page, alone: Place, among: Place) -> bool:
    """Every line of a block could be talk if it stood alone, and one is talk even among others."""
    return all(_edge_kind(line, page, alone) for line in block) and any(_edge_kind(line, page, among) for line in block)


def _edge_kind(line: str, page: _Page, place: Place) -> Kind | None:
    """What a line at an edge is. A title or a by-line behind the poem is an afterword."""
    if kind := _mark(line):
        return "title" if place.front and _HEADING.match(line) else kind
    talk: Kind = "preamble" if place.front else "afterword"
    if not line or _STARS.match(line):
        return "section"
    if _is_title(line, page, place):
        return "title" if place.front else talk
    return talk if is_talk(line, place) else None


def _is_title(line: str, page: _Page, place: Place) -> bool:
    if ":" in line and (_TITLE.match(line) or _NAMED.match(line)):
        return True
    if line[0] in EMPHASIS and not page.emphasised and _EMPHASIS.match(line):
        return True
    if not place.alone:
        return False
    if _BYLINE.match(line) or (not place.front and (_TAGS.match(line) or _SIGNED.match(line))):
        return True
    return place.front and _QUOTED.match(line) is not None and is_capitalised(line)


def _with_company(lines: Sequence[str], found: list[Kind | None]) -> list[Kind | None]:
    """Rows of stars part sections of human poems, too: they are wrapper only where something else is."""
    return found if any(line and not _STARS.match(line) for line in lines[: len(found)]) else []
