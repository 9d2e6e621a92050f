"""Stanzas, lines and words of a text: the one place that splits, so that every part of this room counts alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from bardsmith.verse.memo import Memo

_SAME = {
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    **dict.fromkeys("\u00a0\t\u2007\u202f", " "),
    **dict.fromkeys("\u2018\u2019\u02bc\u0060\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d", '"'),
}
_DASHES = "\u2014\u2013\u2026"
WORD = re.compile(r"'?[^\W\d_]+(?:'[^\W\d_]+)*'?")
"""A word in a normalised line: letters, apostrophes inside and at either end."""
_LETTERS = "".join(chr(code).lower() if chr(code).isalpha() or chr(code) in "'\n" else " " for code in range(128))
"""What an ASCII character is to a word: its small letter, an apostrophe, or a gap. The ends of lines stay."""

LONGEST_REMEMBERED = 200
"""Characters of a line whose words are kept for the next part of the room that asks."""

LONGEST_POEM = 1 << 13
"""Characters of a text that is split at once, of whose lines the same is true."""


@lru_cache(maxsize=8)
def stanzas(text: str) -> tuple[tuple[str, ...], ...]:
    """The lines of a text, without those that are blank, in the runs that blank lines part.

    Lines are stripped and normalised (NFC, plain quotes and spaces, nothing invisible). There are exactly as many as
    non-blank lines in the text, whose only line ends are LF, CRLF and CR.
    """
    found: list[list[str]] = [[]]
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if raw and not raw.isspace():
            found[-1].append(raw.strip() if raw.isascii() else normalised(raw))
        elif found[-1]:
            found.append([])
    return tuple(tuple(stanza) for stanza in found if stanza)


def normalised(line: str) -> str:
    """A line in NFC with plain quotes and spaces, without invisible characters, stripped; it may become empty."""
    if not line.isascii():
        for mark, plain in _SAME.items():
            line = line.replace(mark, plain)
        line = unicodedata.normalize("NFC", line)
    return line.strip()


def words(line: str) -> tuple[str, ...]:
    """The words of a normalised line in lower case: letters, with apostrophes inside and at either end kept.

    Hyphens and dashes part words. An apostrophe at an end may be a quote; only the pronunciation table can tell.
    """
    return _remembered[line] if len(line) <= LONGEST_REMEMBERED else _words(line)


def words_by_line(lines: Iterable[str]) -> list[tuple[str, ...]]:
    """The words of each of many lines, split all together, which is faster."""
    kept = list(lines)
    text = _undashed("\n".join(kept))
    if not kept or not text.isascii() or "''" in text:
        return list(map(words, kept))
    found = [_without_lone_marks(line.split()) for line in text.translate(_LETTERS).split("\n")]
    if len(text) <= LONGEST_POEM:
        _remembered.keep(zip(kept, found, strict=True))
    return found


def _words(line: str) -> tuple[str, ...]:
    line = _undashed(line)
    if not line.isascii() or "''" in line:
        return tuple(WORD.findall(line.lower()))
    return _without_lone_marks(line.translate(_LETTERS).split())


def _without_lone_marks(found: list[str]) -> tuple[str, ...]:
    return tuple(word for word in found if word != "'") if "'" in found else tuple(found)


def _undashed(text: str) -> str:
    if not text.isascii():
        for dash in _DASHES:
            text = text.replace(dash, " ")
    return text


_remembered: Memo[str, tuple[str, ...]] = Memo(_words, 1 << 9)
