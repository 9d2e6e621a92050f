"""No Robots: instructions and answers written by people.

Origin: HuggingFaceH4/no_robots on the hub. CC BY-NC 4.0, so not for commercial use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bardsmith.corpus.sources.messages import ChatRow
from bardsmith.corpus.sources.rows import Raw, json_lines, parquet_rows, sound_texts
from bardsmith.corpus.sources.shapes import SourceTalk
from bardsmith.errors import InputError
from bardsmith.records import Kind, Text

if TYPE_CHECKING:
    from datasets import Dataset

LICENCE = "CC-BY-NC-4.0"
KINDS: dict[str, Kind] = {"openqa": "open_qa", "closedqa": "closed_qa", "summarize": "summarize"}
"""The categories that are taken, in lower case and without blanks."""


class NoRobotsRow(ChatRow):
    prompt_id: Text
    category: Text


def no_robots(path: Path, licence: str | None) -> Iterator[SourceTalk]:
    """The training split of a folder, a parquet or a JSONL file, or the hub's data set of that id.

    Raises InputError for rows of another schema, a folder without data and an id that cannot be had.
    """

    def talk_of(raw: Raw, row: NoRobotsRow) -> SourceTalk | None:
        kind = KINDS.get("".join(filter(str.isalpha, row.category)).casefold())
        return row.talk(row.prompt_id, kind, (), "No Robots", licence or LICENCE) if kind else None

    return sound_texts(path, _rows_at(path), NoRobotsRow, talk_of)


def _rows_at(path: Path) -> Callable[[], Iterator[Raw]]:
    if path.is_dir():
        return partial(_rows_of_files, _files_in(path))
    if path.exists() or path.suffix or path.is_absolute() or len(path.parts) != 2:
        return partial(_rows_of_files, [path])
    return partial(_rows_of_hub, path.as_posix(), _from_hub(path.as_posix()))


def _files_in(folder: Path) -> list[Path]:
    """Its files of the training split; all its files if none is named so."""
    files = sorted(folder.rglob("*.parquet")) or sorted(folder.rglob("*.jsonl"))
    if not files:
        raise InputError(f"{folder} holds no parquet and no JSONL file", "Name the folder that the data set lies in.")
    return [file for file in files if file.name.startswith("train")] or files


def _rows_of_files(files: list[Path]) -> Iterator[Raw]:
    for file in files:
        yield from parquet_rows(file) if file.suffix == ".parquet" else json_lines(file)


def _rows_of_hub(name: str, rows: Dataset) -> Iterator[Raw]:
    for number, row in enumerate(rows, start=1):
        yield Raw(f"{name} row {number}", number, row)


def _from_hub(name: str) -> Dataset:
    try:
        from datasets import load_dataset
    except ImportError:
        raise InputError(
            f"{name} is no file or folder here; for the hub datasets is needed, which is not installed",
            'Check the path, or: pip install "bardsmith[train]"',
        ) from None
    try:
        splits = load_dataset(name)
    except Exception as error:  # the hub's client raises errors of half a dozen libraries, without a common base
        raise InputError(
            f"{name} is no file or folder here, and the hub did not give it: {error}",
            "Check the path, or fetch the data set and name its folder.",
        ) from None
    return splits["train" if "train" in splits else "train_sft"]
