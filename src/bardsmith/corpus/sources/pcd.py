"""The Poem Comprehensive Dataset, English part: single lines of verse with a metre each, joined into passages.

It has no poems, titles, authors or stated licence, so a passage is lines that stood one after another, and says so.
Origin: Yousef and others 2018, arXiv 1905.05700. `Verse, Meter` with an index column before or not, names and words
in any case. `poem_condense.csv`, which has `char_count` too, is read by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from bardsmith.corpus.sources.poems import tidy
from bardsmith.corpus.sources.rows import ForeignRow, csv_rows, header_of, row_or_faults
from bardsmith.corpus.sources.shapes import SourcePoem
from bardsmith.errors import InputError
from bardsmith.outputs import faulty_file

LINES = 15
"""Lines a passage has; 8 to 22 at the end of a run of one metre, fewer only where the whole run is shorter."""
LONGEST_LINE = 200
"""Characters; a longer row holds more than a line."""
SOURCE = "PCD (English): consecutive lines joined into a passage, not a poem as printed"


class PcdRow(ForeignRow):
    verse: Annotated[str, BeforeValidator(tidy)]
    meter: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _in_any_case(cls, row: dict[str, Any]) -> dict[str, Any]:
        return {key.casefold(): value for key, value in row.items()}


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines of one metre that follow one another in the file."""

    first: int
    """The number of its first row, from 1."""
    last: int
    meter: str
    """As the file writes it."""
    text: str


def pcd(path: Path, licence: str | None) -> Iterator[SourcePoem]:
    for passage in passages(path):
        yield SourcePoem(id=f"pcd-{passage.first}-{passage.last}", text=passage.text, source=SOURCE, licence=licence)


def passages(path: Path) -> Iterator[Passage]:
    """Raises InputError, before the first passage, with every row that is at fault."""
    header = header_of(path)
    if not {"verse", "meter"} <= {name.casefold() for name in header}:
        raise InputError(f"{path}: the columns Verse and Meter are wanted", f"Found {', '.join(header) or 'none'}.")
    read = (row_or_faults(raw, PcdRow) for raw in csv_rows(path))
    faults = [fault for row in read if isinstance(row, list) for fault in row]
    if faults:
        raise faulty_file(path, faults)
    for (_, is_line), run in groupby(_rows(path), key=lambda row: (row.meter.casefold(), _is_line(row))):
        if is_line:
            yield from _joined(run)
        else:
            yield from run


def _rows(path: Path) -> Iterator[Passage]:
    """Each row as a passage of its own; rows without any verse are left out."""
    for raw in csv_rows(path):
        row = PcdRow.model_validate(raw.value)
        if row.verse:
            yield Passage(raw.number, raw.number, row.meter, row.verse)


def _is_line(row: Passage) -> bool:
    return "\n" not in row.text and len(row.text) <= LONGEST_LINE


def _joined(run: Iterator[Passage]) -> Iterator[Passage]:
    """Passages of LINES lines; what is left at the end is shared so that none is a mere scrap."""
    waiting: list[Passage] = []
    for line in run:
        waiting.append(line)
        if len(waiting) == 2 * LINES:
            yield _passage(waiting[:LINES])
            del waiting[:LINES]
    middle = (len(waiting) + 1) // 2 if len(waiting) > LINES + LINES // 2 else len(waiting)
    for part in (waiting[:middle], waiting[middle:]):
        if part:
            yield _passage(part)


def _passage(lines: list[Passage]) -> Passage:
    return Passage(lines[0].first, lines[-1].last, lines[0].meter, "\n".join(line.text for line in lines))
