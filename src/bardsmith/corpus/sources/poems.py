"""Poems of anybody's: JSONL or CSV with a text and, where they are known, id, title, author and licence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pydantic import field_validator, model_validator

from bardsmith.corpus.sources.rows import ForeignRow, Raw, csv_rows, header_of, json_lines, sound_texts
from bardsmith.corpus.sources.shapes import SourcePoem
from bardsmith.errors import InputError

NAMES = {
    "id": ("id",),
    "title": ("title",),
    "author": ("author", "poet"),
    "text": ("text", "poem", "verse", "content"),
    "source": ("source",),
    "licence": ("licence", "license"),
}
"""What columns are called, in any case; the first that a row has is taken."""


class PoemRow(ForeignRow):
    id: str | None = None
    title: str | None = None
    author: str | None = None
    text: str
    source: str | None = None
    licence: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_our_names(cls, row: object) -> object:
        if not isinstance(row, dict):
            return row  # refused as such
        lowered = {key.casefold(): value for key, value in row.items()}
        named = {ours: next((name for name in theirs if name in lowered), None) for ours, theirs in NAMES.items()}
        if named["text"] is None:
            raise ValueError(f"no column holds a poem; {_wanted(list(row))}")
        return {ours: lowered[name] for ours, name in named.items() if name is not None}

    @field_validator("id", mode="before")
    @classmethod
    def _numbers_name_too(cls, value: object) -> object:
        return str(value) if isinstance(value, int) else value


def poems(path: Path, licence: str | None) -> Iterator[SourcePoem]:
    """Raises InputError for rows without a text, for ids that stand twice and for a CSV file without a text column."""
    is_csv = path.suffix.casefold() == ".csv"
    if is_csv and not {name.casefold() for name in header_of(path)} & set(NAMES["text"]):
        raise InputError(f"{path}: no column holds a poem", _wanted(header_of(path)))

    def poem_of(raw: Raw, row: PoemRow) -> SourcePoem:
        return SourcePoem(
            id=row.id or f"{path.stem}-{raw.number}",
            title=row.title or None,
            author=row.author or None,
            text=tidy(row.text),
            source=row.source or path.name,
            licence=row.licence or licence,
        )

    return sound_texts(path, partial(csv_rows if is_csv else json_lines, path), PoemRow, poem_of)


def tidy(text: str) -> str:
    """Lines end in one line feed and in no blank; stanzas are parted by one empty line."""
    lines = [line.rstrip() for line in re.split(r"\r*\n|\r", text.replace("\ufeff", ""))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _wanted(found: list[str]) -> str:
    return f"call it {' or '.join(NAMES['text'])}; found {', '.join(found) or 'nothing'}"
