"""Rows for the tests of the gates, and the ways in which a copied text may be disguised."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from bardsmith.corpus.gates.known import Known, known_of
from bardsmith.corpus.gates.objections import objections
from bardsmith.records import Conversation, Made, Message

MADE = Made(provider="scripted", model="fake", request="0" * 64, tries=1, at="2026-11-22T12:00:00Z")
NOTHING = known_of()

KETTLE = (
    "The kettle sings upon the stove,\nthe cat has found the chair,\n"
    "and in the drawer beside the clove\nthe tea is waiting there."
)
"""A quatrain that is new."""


def row(answer: str, question: str = "Sing me something?", **more: Any) -> Conversation:
    """As a model made it, unless `made` is None."""
    more = {"id": "row", "item": "item", "kind": "chat", "made": MADE, **more}
    messages = (Message(role="user", content=question), Message(role="assistant", content=answer))
    return Conversation(messages=messages, **more)


def gates_against(conversation: Conversation, known: Known = NOTHING) -> set[str]:
    return {objection.gate for objection in objections(conversation, known)}


def reasons(conversation: Conversation, gate: str, known: Known = NOTHING) -> list[str]:
    return [objection.reason for objection in objections(conversation, known) if objection.gate == gate]


def disguises(text: str, seed: int = 7) -> Iterator[str]:
    """The same words with other capitals, other marks and other line breaks."""
    drawn = random.Random(seed)
    words = text.split()
    yield text
    yield text.upper()
    yield text.title().replace("'", "\u2019")
    yield "".join(c if c.isalnum() or c.isspace() or c == "'" else " " for c in text)
    yield " ".join(word.strip(".,;:!?") + drawn.choice(["", ",", " \u2014", "!", "...", ";"]) for word in words)
    yield "".join(word + drawn.choice([" ", " ", "\n", "\n\n", "\r\n", "\t"]) for word in words)
    yield text.replace(" ", "  ").replace("e", "e\u0301")
