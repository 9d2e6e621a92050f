"""What the corpus is made from: poems, and conversations that people held in prose."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from bardsmith.records import Closed, Kind, Message, Text


class SourcePoem(Closed):
    """A text in verse, or lines of verse that were joined."""

    id: Text
    """Unique in its file; the same in every run."""
    title: Text | None = None
    author: Text | None = None
    text: Text
    """Lines parted by one line feed, stanzas by two."""
    source: Text
    """Where it is from, and what it is where that is not a poem as printed."""
    licence: Text | None = None
    """Of the text; None if nobody said."""


class SourceTalk(Closed):
    """A question, with the passage it speaks of, and the answer that somebody gave to it in prose."""

    id: Text
    """Unique in its file; the same in every run."""
    item: Text | None = None
    """What splits must not part, where the source says so; None: this conversation."""
    kind: Kind
    messages: tuple[Message, ...] = Field(min_length=1)
    """Ends with the user's question; a passage that the answer rests on stands in it."""
    answer: Text
    """The source's own answer, in prose."""
    reference: tuple[Text, ...] = ()
    """Strings of which one must survive in the verse; empty if no short string decides."""
    source: Text
    licence: Text | None = None
    """Of the row; None if nobody said."""

    @property
    def question(self) -> str:
        """The last thing the user said."""
        return self.messages[-1].content

    @model_validator(mode="after")
    def _turns_alternate(self) -> Self:
        roles = [message.role for message in self.messages]
        turns = roles[1:] if roles[0] == "system" else roles
        if len(turns) % 2 == 0 or any(role != ("user", "assistant")[i % 2] for i, role in enumerate(turns)):
            raise ValueError(f"messages must alternate and end with the user's; found {', '.join(roles)}")
        return self
