"""What the page may send: closed shapes with limits, so that nothing else gets any further."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from bardsmith.arena.pairs import Mode
from bardsmith.arena.votes import MOST, Choice
from bardsmith.records import Closed


class Begin(Closed):
    rater: str = Field(max_length=100)
    mode: Mode
    length: int = Field(ge=1, le=MOST)


class Vote(Closed):
    token: str = Field(max_length=100)
    choice: Choice
    ms: int = Field(ge=0, le=2**53)
    """From the item's appearance to the vote."""


class Undo(Closed):
    token: str | None = Field(None, max_length=100)
    """Of the item that the page shows; None after the last."""


class Scansion(Closed):
    text: str = Field(max_length=20_000)


class Question(Closed):
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
    contestants: tuple[str, ...] = Field(min_length=1, max_length=16)
