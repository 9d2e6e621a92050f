"""Does a text end, or break off? As its last line shows it; whether the model stopped by itself is known elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Ending:
    finished: bool
    reason: str | None
    """What is missing; None if nothing is."""


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
        return Ending(False, f"it ends without a stop: '{stripped[-20:].splitlines()[-1]}'")
    if _LIST_MARK.match(body.splitlines()[-1]):
        return Ending(False, "it ends at the number of a list")
    if opened := _open_quote(stripped):
        return Ending(False, f"the quote opened by {opened} is not closed")
    return Ending(True, None)


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
