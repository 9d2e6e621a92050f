"""Chat `messages` in JSONL: rows of our own shape, and the bare {"messages": [...]} that much else is published in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from bardsmith.corpus.sources.aliases import references_in
from bardsmith.corpus.sources.rows import ForeignRow, Raw, json_lines, sound_texts
from bardsmith.corpus.sources.shapes import SourceTalk
from bardsmith.records import Kind, Message, Text

QUESTIONS: frozenset[Kind] = frozenset({"open_qa", "closed_qa", "fact"})
"""Kinds that a short string can answer."""


class Turn(ForeignRow):
    role: Literal["system", "user", "assistant"]
    content: Text

    def message(self) -> Message:
        return Message(role=self.role, content=self.content)


class ChatRow(ForeignRow):
    """What every row of chat has, whatever else stands in it."""

    messages: tuple[Turn, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _ends_with_an_answer(self) -> Self:
        if self.messages[-1].role != "assistant":
            raise ValueError("the last message must be the assistant's")
        return self

    def talk(self, id: str, kind: Kind, reference: tuple[str, ...], source: str, licence: str | None) -> SourceTalk:  # noqa: A002
        *asked, answer = (turn.message() for turn in self.messages)
        if not reference and kind in QUESTIONS:
            reference = references_in(answer.content)
        return SourceTalk(
            id=id,
            kind=kind,
            messages=tuple(asked),
            answer=answer.content,
            reference=reference,
            source=source,
            licence=licence,
        )


class MessagesRow(ChatRow):
    id: str | None = None
    item: str | None = None
    kind: Kind = "chat"
    reference: tuple[Text, ...] = ()
    source: str | None = None
    licence: str | None = None


def messages(path: Path, licence: str | None) -> Iterator[SourceTalk]:
    """Raises InputError for rows that do not end with an answer, that skip a turn, or whose id another row has."""

    def talk_of(raw: Raw, row: MessagesRow) -> SourceTalk:
        name = row.id or f"{path.stem}-{raw.number}"
        talk = row.talk(name, row.kind, row.reference, row.source or path.name, row.licence or licence)
        return talk.model_copy(update={"item": row.item})

    return sound_texts(path, partial(json_lines, path), MessagesRow, talk_of)
