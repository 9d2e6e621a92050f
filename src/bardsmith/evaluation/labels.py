"""Ratings to hold the judges against: a CSV file with one row for a rater and an answer."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from bardsmith.errors import Fault, InputError

Label = Literal["quality", "verse", "failure", "complete", "relevant"]
LABELS: tuple[Label, ...] = get_args(Label)
HIGHEST = 5
By = Literal["person", "model"]
MOST_FAULTS = 10


class Key(NamedTuple):
    """Which answer is rated."""

    contestant: str
    prompt: str
    decoding: str
    sample: int


class Rating(NamedTuple):
    key: Key
    rater: str
    by: By
    values: dict[Label, float]


def read_labels(path: Path) -> tuple[Rating, ...]:
    """The ratings of a file. Raises InputError with every fault and its line.

    Columns: `contestant`, `prompt` (its id), and at least one of `quality` (0 to 5), `verse`, `failure`, `complete` and
    `relevant` (0 or 1). `decoding` (sampled), `sample` (0), `rater` (1) and `by` (person or model; person) may be left
    out.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing", "evaluation.labels must name a CSV file of ratings, or be left out.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = set(reader.fieldnames or ())
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV file in UTF-8: {error}", "Save it as CSV in UTF-8.") from None
    missing = sorted({"contestant", "prompt"} - columns) or ([] if columns & set(LABELS) else [" or ".join(LABELS)])
    if missing:
        raise InputError(f"{path} lacks the column {missing[0]}", "docs/evaluation.md has the columns.")
    read = [(number, _rating(row)) for number, row in enumerate(rows, start=2)]
    faults = [Fault(each, f"{path.name}:{number}") for number, each in read if isinstance(each, str)]
    if faults:
        raise InputError(f"{path} has ratings that cannot be read", "Mend them.", faults[:MOST_FAULTS])
    return tuple(each for _, each in read if isinstance(each, Rating))


def _rating(row: dict[str, str]) -> Rating | str:
    """The rating of a row, or what is wrong with it."""
    by = (row.get("by") or "person").strip()
    sample = (row.get("sample") or "0").strip()
    if by not in get_args(By):
        return f"by must be person or model; found {by!r}"
    if not sample.isdecimal():
        return f"sample must be a whole number; found {sample!r}"
    if not (row["contestant"] and row["prompt"]):
        return "contestant and prompt must not be empty"
    values = dict(_values(row))
    wrong = next((each for each in values.values() if isinstance(each, str)), None)
    if wrong is not None:
        return wrong
    key = Key(row["contestant"].strip(), row["prompt"].strip(), (row.get("decoding") or "sampled").strip(), int(sample))
    known = {label: value for label, value in values.items() if not isinstance(value, str)}
    return Rating(key, (row.get("rater") or "1").strip(), "person" if by == "person" else "model", known)


def _values(row: dict[str, str]) -> Iterator[tuple[Label, float | str]]:
    """The labels that are given; for one that cannot be, what is wrong."""
    for label in LABELS:
        text = (row.get(label) or "").strip()
        if not text:
            continue
        highest = HIGHEST if label == "quality" else 1
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        yield label, value if 0 <= value <= highest else f"{label} must be from 0 to {highest}; found {text!r}"
