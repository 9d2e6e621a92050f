"""What a conversation must pass before it may teach. Each gate returns a reason, or nothing."""

from __future__ import annotations

from collections.abc import Callable

from bardsmith.records import Closed, Conversation
from bardsmith.verse import junk
from bardsmith.verse.page.layout import layout
from bardsmith.verse.soundness.completeness import ending
from bardsmith.verse.soundness.repetition import repetition


class Rejected(Closed):
    """A conversation that was left out, and why."""

    id: str
    item: str
    source: str | None
    reasons: tuple[str, ...]


def _is_verse(conversation: Conversation) -> str | None:
    """`replay` rows are prose on purpose."""
    if conversation.kind == "replay":
        return None
    found = layout(conversation.answer)
    return None if found.is_verse else f"the answer is not verse: {found.reason}"


def _is_sound(conversation: Conversation) -> str | None:
    """No loop, no gibberish, not cut off in a word, no template showing; of `replay` rows (code, too) only no loop."""
    if conversation.kind == "replay":
        return "the answer goes round in circles" if repetition(conversation.answer).looping else None
    fault = junk(conversation.answer)
    return f"the answer is junk: {fault}" if fault else None


def _is_complete(conversation: Conversation) -> str | None:
    found = ending(conversation.answer)
    return None if found.finished else f"the answer does not end properly: {found.reason}"


GATES: tuple[Callable[[Conversation], str | None], ...] = (_is_verse, _is_sound, _is_complete)


def reasons_against(conversation: Conversation) -> tuple[str, ...]:
    """All that speaks against learning from a conversation; empty if nothing does."""
    return tuple(reason for gate in GATES if (reason := gate(conversation)))
