"""Rows of JSONL, CSV and parquet files, read one at a time, and their faults told all at once before the first."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bardsmith.corpus.sources.shapes import SourcePoem, SourceTalk
from bardsmith.errors import Fault, InputError
from bardsmith.outputs import faults_of_line, faulty_file


class ForeignRow(BaseModel):
    """Base of the rows that others publish: what we do not use of them may be anything."""

    model_config = ConfigDict(extra="ignore", frozen=True)


@dataclass(frozen=True, slots=True)
class Raw:
    """One row as it stands in its file."""

    where: str
    """File and line, such as `train.jsonl:12`."""
    number: int
    """Rows count from 1."""
    value: bytes | dict[str, Any] | Fault
    """JSON as text, or columns; a fault if not even that could be had."""


Row = TypeVar("Row", bound=BaseModel)
Text = TypeVar("Text", SourcePoem, SourceTalk)


def json_lines(path: Path) -> Iterator[Raw]:
    """The lines of a JSONL file that are not blank."""
    with _opened(path) as file:
        number = 0
        for line_number, line in enumerate(file, start=1):
            content = line.removeprefix(codecs.BOM_UTF8).strip()
            if content:
                number += 1
                yield Raw(f"{path}:{line_number}", number, content)


def csv_rows(path: Path) -> Iterator[Raw]:
    """The rows of a CSV file by its header's names, spaces round them dropped; quoted line breaks are kept."""
    rows = csv.reader(_decoded(path), strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        for number, cells in enumerate(filter(None, rows), start=1):
            where = f"{path}:{rows.line_num}"
            if len(cells) == len(header):
                yield Raw(where, number, dict(zip(header, cells, strict=True)))
            else:
                yield Raw(where, number, Fault(f"{len(cells)} columns where the header has {len(header)}", where))
    except csv.Error as error:
        raise InputError(f"{path}:{rows.line_num}: {error}", "Give a CSV file with commas and double quotes.") from None


def parquet_rows(path: Path) -> Iterator[Raw]:
    """The rows of a parquet file, read in batches."""
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise InputError(
            f"{path} is a parquet file, and pyarrow is not installed", 'pip install "bardsmith[train]"'
        ) from None
    number = 0
    try:
        with _opened(path) as raw, parquet.ParquetFile(raw) as file:
            for batch in file.iter_batches(batch_size=256):
                for value in batch.to_pylist():
                    number += 1
                    yield Raw(f"{path} row {number}", number, value)
    except arrow.ArrowInvalid as error:
        raise InputError(f"{path} is no sound parquet file: {error}", "Fetch it again.") from None


def header_of(path: Path) -> list[str]:
    """The column names of a CSV file."""
    try:
        return [name.strip() for name in next(csv.reader(_decoded(path)), [])]
    except csv.Error as error:
        raise InputError(f"{path}:1: {error}", "Give a CSV file with commas and double quotes.") from None


def sound_texts(
    path: Path, rows: Callable[[], Iterator[Raw]], shape: type[Row], text_of: Callable[[Raw, Row], Text | None]
) -> Iterator[Text]:
    """What `text_of` makes of the rows, without those of which it makes None.

    Goes through the rows twice, so that nothing is begun, and nothing paid, on a file that is at fault further down.
    Raises InputError with every faulty row, also those whose id another has.
    """
    faults: list[Fault] = []
    ids: set[str] = set()
    for raw in rows():
        text = _text(raw, shape, text_of)
        if isinstance(text, list):
            faults += text
        elif text is not None and text.id in ids:
            faults.append(Fault(f"id {text.id!r} stood on a row before", raw.where))
        elif text is not None:
            ids.add(text.id)
    if faults:
        raise faulty_file(path, faults)
    for raw in rows():
        text = _text(raw, shape, text_of)
        if text is not None and not isinstance(text, list):
            yield text


def row_or_faults(raw: Raw, shape: type[Row]) -> Row | list[Fault]:
    if isinstance(raw.value, Fault):
        return [raw.value]
    try:
        return shape.model_validate_json(raw.value) if isinstance(raw.value, bytes) else shape.model_validate(raw.value)
    except ValidationError as error:
        return list(faults_of_line(error, raw.where))


def _text(raw: Raw, shape: type[Row], text_of: Callable[[Raw, Row], Text | None]) -> Text | list[Fault] | None:
    row = row_or_faults(raw, shape)
    try:
        return row if isinstance(row, list) else text_of(raw, row)
    except ValidationError as error:
        return list(faults_of_line(error, raw.where))


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise InputError(f"{path} is missing", "Check the path of the source.") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder", "Name one file in it.") from None


def _decoded(path: Path) -> Iterator[str]:
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                what = f"{path}:{number}: not UTF-8 text ({error.reason} at byte {error.start} of the line)"
                raise InputError(what, "Save the file as UTF-8.") from None
