"""What a line carries that verse does not: the marks of lists, headings, labels, tables and code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Mark = Literal["code", "heading", "label", "list", "table"]
MARKS: tuple[Mark, ...] = ("code", "heading", "label", "list", "table")

LONGEST_MARK = 180
"""Characters of a line that are looked at: no mark needs more, and long lines stay cheap."""
FEWEST_KEYS = 3
"""Lines of the shape "Key: value" before they count as labels; one or two are speech or a pause in a poem."""
LONGEST_NUMERAL = 8
"""Characters from which a line is no numeral (`XVIII.`)."""
KEY_SHARE = 0.4
"""Share of the lines that must have that shape, too."""

_SUSPECT = re.compile(r"[0-9:()\[\]{}<>|=*_`~#+/\\^@$%&]")
"""A line without one of these, and without a bullet, is not looked at further."""
BULLETS = frozenset("-\u2013\u2022\u2023\u25aa\u25cf\u25e6")
FENCES = ("```", "~~~")
_LIST = re.compile(
    r"-[A-Z]|(?:[-*+\u2013\u2022\u2023\u25aa\u25cf\u25e6]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+\S"
    r"|\d+(?:[./]\d+)?\s+\(?(?:\w+\s+){0,3}(?:cups?|grams?|pounds?|ounces?|(?:tea|table)spoons?|[kmc]?[glm]|tbsp|tsp|oz)\b"
)
_HEADING = re.compile(r"#{1,6}\s|(\*\*|__)[^*_]+\1:?$|[=\-*_~]{3,}$|\[[^\]]{1,30}\]$|[IVXLC]{1,6}\.?$|\d{1,3}\.?$")
_LABEL = re.compile(
    r"(?:question|answer|q|a|user|assistant|system|human|bot|ai|poem|title|note|prompt|response|input|output|example|"
    r"instructions?|explanation|summary|step \d+|options? \w)\s*\d*\s*[:>]|<\|?\w+\|?>|\*{0,2}\w+(?: \w+)?:\*{0,2}$",
    re.IGNORECASE,
)
_TABLE = re.compile(r"\||.*\|.*\|")
_SIGN = re.compile(r"[(){}\[\]<>=#@/*+^]")
"""Neither code nor a formula is without one of these."""
_CODE = re.compile(
    r"(?:def|class|function|public|private|static|void|int|const|var|elif|print) ?\w*.*[({=]"
    r"|#include|@\w+\(|</?\w+[^<]*>|[\w.\[\]]+ ?(?:[-+*/]?=|:=) ?\S|// "
    r"|[{}\])]+[,;]?$|.*(?:[{}]|\w\);|=>)$|.*\w\(.*\)[;:{]?$"
)
_FORMULA = re.compile(r".*?(?:[\w)\]] ?= ?[-(\w]|\d ?[*/+^] ?[(\d])")
_KEY = re.compile(r"(?:\w+ ){0,3}\w+:\s")


def marks_of(lines: Sequence[str]) -> list[Mark | None]:
    """What each line is marked as. A fence makes code of all it encloses; keys count only where there are several."""
    found: list[Mark | None] = [None] * len(lines)
    suspects = _suspects(lines)
    fence = None
    for i in suspects:
        if not lines[i].startswith(FENCES):
            found[i] = mark(lines[i])
        elif fence is None:
            found[i], fence = "code", i
        else:
            found[fence : i + 1] = ["code"] * (i + 1 - fence)
            fence = None
    if fence is not None:
        found[fence:] = ["code"] * (len(lines) - fence)
    return _with_keys(lines, suspects, found)


def _suspects(lines: Sequence[str]) -> list[int]:
    """Lines of words and ordinary stops carry no mark, unless they begin like a bullet. Most verse ends here."""
    signs = _SUSPECT.search("\n".join(lines)) is not None
    return [
        i
        for i, line in enumerate(lines)
        if len(line) < LONGEST_NUMERAL or line[0] in BULLETS or line[1] == "." or (signs and _SUSPECT.search(line))
    ]


def mark(line: str) -> Mark | None:
    """What one line is marked as by itself."""
    head = line[:LONGEST_MARK]
    if _LIST.match(head):
        return "list"
    if _HEADING.match(head):
        return "heading"
    if _LABEL.match(head):
        return "label"
    if "|" in head and _TABLE.match(head):
        return "table"
    return "code" if _SIGN.search(head) and (_CODE.match(head) or _FORMULA.match(head)) else None


def _with_keys(lines: Sequence[str], suspects: Sequence[int], found: list[Mark | None]) -> list[Mark | None]:
    keys = [i for i in suspects if found[i] is None and _KEY.match(lines[i][:LONGEST_MARK])]
    if len(keys) >= max(FEWEST_KEYS, KEY_SHARE * len(lines)):
        for i in keys:
            found[i] = "label"
    return found
