"""LIMA's how-to conversations: wikiHow titles asked as questions, whole articles as answers.

Origin: GAIR/lima on the hub; Zhou and others 2023, arXiv 2305.11206. Not for commercial use: CC BY-NC-SA, wikiHow's
own licence. Of the other parts, which are licensed in other ways, nothing is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import cycle
from pathlib import Path

from pydantic import Field

from bardsmith.corpus.sources.rows import ForeignRow, Raw, json_lines, sound_texts
from bardsmith.corpus.sources.shapes import SourceTalk
from bardsmith.records import Message, Text

LICENCE = "CC-BY-NC-SA-3.0"


class LimaRow(ForeignRow):
    conversations: tuple[Text, ...] = Field(min_length=1)
    """What the user said and what was answered, by turns."""
    source: str

    @property
    def is_howto(self) -> bool:
        return self.source == "wikihow"


def lima(path: Path, licence: str | None) -> Iterator[SourceTalk]:
    """Raises InputError for rows of another schema, and for how-to rows without an answer (test.jsonl has such)."""

    def talk_of(raw: Raw, row: LimaRow) -> SourceTalk | None:
        return _talk(raw.number, row, licence or LICENCE) if row.is_howto else None

    return sound_texts(path, partial(json_lines, path), LimaRow, talk_of)


def _talk(number: int, row: LimaRow, licence: str) -> SourceTalk:
    *said, answer = row.conversations[: max(2, len(row.conversations) // 2 * 2)]
    turns = zip(cycle(("user", "assistant")), said, strict=False)
    return SourceTalk(
        id=f"lima-{number}",
        kind="howto",
        messages=tuple(Message.model_validate({"role": role, "content": content}) for role, content in turns),
        answer=answer,
        source="LIMA, wikiHow part",
        licence=licence,
    )
