"""Dolly: questions and answers that a company's employees wrote; a passage from Wikipedia where one is needed.

Origin: databricks/databricks-dolly-15k on the hub. CC BY-SA 3.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bardsmith.corpus.sources.aliases import references_in
from bardsmith.corpus.sources.rows import ForeignRow, Raw, json_lines, sound_texts
from bardsmith.corpus.sources.shapes import SourceTalk
from bardsmith.records import Kind, Message, Text

LICENCE = "CC-BY-SA-3.0"
KINDS: dict[str, Kind] = {"open_qa": "open_qa", "closed_qa": "closed_qa", "summarization": "summarize"}
"""The categories that are taken."""


class DollyRow(ForeignRow):
    instruction: Text
    context: str = ""
    """The passage that the question is about."""
    response: Text
    category: str


def dolly(path: Path, licence: str | None) -> Iterator[SourceTalk]:
    """Raises InputError for rows of another schema."""

    def talk_of(raw: Raw, row: DollyRow) -> SourceTalk | None:
        kind = KINDS.get(row.category)
        if kind is None:
            return None
        passage = row.context.strip()
        question = f"{passage}\n\n{row.instruction.strip()}" if passage else row.instruction.strip()
        return SourceTalk(
            id=f"dolly-{raw.number}",
            kind=kind,
            messages=(Message(role="user", content=question),),
            answer=row.response.strip(),
            reference=() if kind == "summarize" else references_in(row.response),
            source="Dolly 15k",
            licence=licence or LICENCE,
        )

    return sound_texts(path, partial(json_lines, path), DollyRow, talk_of)
