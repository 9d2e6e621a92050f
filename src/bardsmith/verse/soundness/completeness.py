"""Does a text end, or break off? As its last line shows it; whether the model stopped by itself is known elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bardsmith.verse.lineation import stanzas, words
from bardsmith.verse.soundness.vocabulary import wholeness


@dataclass(frozen=True, slots=True)
class Ending:
    finished: bool
    reason: str | None
    """What is missing; None if nothing is."""


CUT_OFF = 5.0
"""Decibans for a whole line, from its last word and its length together, up to which a text is called cut off. Of texts
cut inside a word 95 % lie below, and 5 % of the stanzas that someone broke off after a line without a mark."""
LENGTH = ((0.5, -25.0), (0.7, -20.0), (0.8, -13.0), (0.9, -5.0), (1.0, 1.0), (1.1, 4.0), (99.0, 7.0))
"""What the last line's length, as a share of the shortest other line's, says: decibans up to each share. Measured on
whole lines that end without a mark and on lines cut at random."""
MOST_FOR_A_WORD = 15.0
"""Decibans that the last word may bring at most; else the surest rhyme words would pass in any fragment of a line."""
UNMARKED = 0.1
"""Share of the other lines that end with a mark, up to which a poem is held to be without marks."""
NO_MARK_WANTED = 12.0
"""Decibans for a whole line in such a poem, where it would end without a mark as well."""
_CLOSERS = "\"'\u201d\u2019»)]*_` "
_LIST_MARK = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z])[.)]$")


def ending(text: str) -> Ending:
    """A text is finished if it ends with a stop (closing quotes and brackets may follow) and no quote stays open."""
    stripped = text.rstrip()
    if not stripped:
        return Ending(False, "there is no text")
    body = stripped.rstrip(_CLOSERS)
    if not body:
        return Ending(False, "there is no word")
    if body[-1] not in ".!?\u2026":
        cut = cut_off([line for stanza in stanzas(text) for line in stanza])
        return Ending(False, cut or f"it ends without a stop: '{stripped[-20:].splitlines()[-1]}'")
    if _LIST_MARK.match(body.splitlines()[-1]):
        return Ending(False, "it ends at the number of a list")
    if opened := _open_quote(stripped):
        return Ending(False, f"the quote opened by {opened} is not closed")
    return Ending(True, None)


def cut_off(lines: Sequence[str]) -> str:
    """Does a text of these normalised lines break off inside a word? Where, or ''.

    Poems and excerpts, too, end without a stop. What speaks for a cut is half a word, and a line that is too short; the
    two are weighed together. A text that ends with a mark is not cut inside a word.
    """
    if not lines or not lines[-1][-1:].isalpha() or _is_heading(lines[-1]):
        return ""
    last = (words(lines[-1]) or [""])[-1].strip("'")
    length = _decibans_of_length(lines)
    if min(wholeness(last), MOST_FOR_A_WORD) + length + _decibans_of_habit(lines) > CUT_OFF:
        return ""
    return f"it breaks off at '{last}'" + (", in a line too short" if length < 0 else "")


def _is_heading(line: str) -> bool:
    """A signature, a moral or the number of a part: capitals throughout, or each word with one; or it ends in `I`."""
    return (line.isupper() and len(line) > 1) or (line.istitle() and " " in line) or line.endswith(" I")


def _decibans_of_length(lines: Sequence[str]) -> float:
    """What the length of the last line says; the shortest of two others or more is the yardstick."""
    if len(lines) < 3:
        return LENGTH[-1][1]
    share = len(lines[-1]) / max(1, min(map(len, lines[:-1])))
    return next((decibans for bound, decibans in LENGTH if share < bound), LENGTH[-1][1])


def _decibans_of_habit(lines: Sequence[str]) -> float:
    """Does the poem do without marks at line ends?"""
    marked = sum(not line[-1:].isalnum() for line in lines[:-1])
    return NO_MARK_WANTED if len(lines) > 2 and marked <= UNMARKED * (len(lines) - 1) else 0.0


def _open_quote(text: str) -> str | None:
    """The opening mark of a quotation that runs to the end.

    Poets open a quotation anew in each stanza and close it once, so only what follows the last closing mark counts.
    Single quotes may be apostrophes and are not looked at.
    """
    if text.count('"') % 2 and text.rfind('"') > text.rfind("\n\n"):
        return '"' if _opens(text, text.rfind('"')) else None
    return "\u201c" if text.rfind("\u201c") > text.rfind("\u201d") else None


def _opens(text: str, position: int) -> bool:
    return position + 1 < len(text) and text[position + 1].isalnum()
