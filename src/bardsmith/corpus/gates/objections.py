"""What a conversation must pass before it may teach, and all that speaks against one."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from bardsmith.corpus.gates.form import breaks_form
from bardsmith.corpus.gates.known import Known
from bardsmith.corpus.gates.language import not_english
from bardsmith.corpus.gates.length import too_long
from bardsmith.corpus.gates.originality import contaminated, copied
from bardsmith.corpus.gates.reference import lost
from bardsmith.corpus.gates.soundness import junk, looping, unfinished, wrapped
from bardsmith.records import Closed, Conversation, Text
from bardsmith.verse.poem import Poem, analyse


class Objection(Closed):
    """One gate that a conversation does not pass."""

    gate: Text
    reason: Text
    """Names the fault and what is wanted instead, so that it can be said to the writer as it stands."""


class Rejected(Closed):
    """A conversation that was left out, and why."""

    id: str
    item: str
    source: str | None = None
    objections: tuple[Objection, ...]
    tries: int = Field(1, ge=0)
    """Replies that were asked for; 1 for a row that was read from a file, 0 for a question that was never asked."""
    dollars: float | None = None
    """Of all those tries; None if the price is not known or there is none."""
    text: str
    """The last answer that failed; empty if none came."""


def objections(row: Conversation, known: Known) -> tuple[Objection, ...]:
    """All that speaks against learning from a conversation; empty if nothing does.

    Near-duplicates are no matter of one row: see duplicates.py.
    """
    text = row.answer
    poem = analyse(text)
    gates: dict[str, Iterator[str]] = {
        "complete": unfinished(poem),
        "loop": looping(poem, row.form),
        "copied": copied(row, known),
        "reference": lost(text, row.reference),
        "contaminated": contaminated(row, known),
        "length": too_long(row, known),
    }
    if not _is_prose_on_purpose(row):
        gates |= {
            "verse": _no_verse(poem),
            "form": breaks_form(row.form, text, poem),
            "wrapper": wrapped(text, poem),
            "junk": junk(text, poem),
            "language": not_english(text, poem),
        }
    return tuple(Objection(gate=gate, reason=reason) for gate, reasons in gates.items() for reason in reasons)


def _is_prose_on_purpose(row: Conversation) -> bool:
    """What is replayed stays as the model said it, code and all, unless it was put into a form."""
    return row.kind == "replay" and row.form is None


def _no_verse(poem: Poem) -> Iterator[str]:
    if poem.layout.reason:
        yield f"the answer is not verse: {poem.layout.reason}"
