"""Takes from a public data set what the reference study kept of it, under the names that study gave its files."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path
from typing import Literal, TextIO

from bardsmith.corpus.sources.lima import lima
from bardsmith.corpus.sources.pcd import passages
from bardsmith.errors import InputError
from bardsmith.outputs import atomic

Takeable = Literal["pcd", "lima"]


def take(reader: Takeable, path: Path, out: Path) -> Path:
    """Writes `poem_condense.csv` (pcd) or `lima_train.jsonl` (lima) into the folder `out` and says where it is.

    Raises InputError, and writes nothing, for a file at fault or without any row of the kind.
    """
    name, written = {
        "pcd": ("poem_condense.csv", partial(_write_passages, path)),
        "lima": ("lima_train.jsonl", partial(_write_howto, path)),
    }[reader]
    with atomic(out / name) as temporary:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            rows = written(file)
        if not rows:
            raise InputError(f"{path} holds nothing that the {reader} reader takes", "Is it the right file?")
    return out / name


def _write_passages(path: Path, file: TextIO) -> int:
    """Columns Verse (lines parted by line feeds), Meter, char_count (of Verse); returns the number of rows."""
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["Verse", "Meter", "char_count"])
    rows = 0
    for passage in passages(path):
        table.writerow([passage.text, passage.meter, len(passage.text)])
        rows += 1
    return rows


def _write_howto(path: Path, file: TextIO) -> int:
    """LIMA's own schema; returns the number of rows."""
    rows = 0
    for talk in lima(path, None):
        said = [*(message.content for message in talk.messages), talk.answer]
        file.write(json.dumps({"conversations": said, "source": "wikihow"}, ensure_ascii=False) + "\n")
        rows += 1
    return rows
