"""The files of the reference study are made by one call each, and read back to the same texts."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from bardsmith.corpus.config import SourceConfig
from bardsmith.corpus.sources.read import poems, talks
from bardsmith.corpus.take import take
from bardsmith.errors import InputError

DATA = Path(os.environ.get("BARDSMITH_DATA", ""))


def test_pcd_becomes_poem_condense(tmp_path: Path) -> None:
    given = tmp_path / "merged.csv"
    lines = [f'{n},"So, line {n}",{"iambic" if n < 20 else "dactyl"}' for n in range(40)]
    given.write_text("\n".join([",Verse,Meter", *lines]))
    made = take("pcd", given, tmp_path / "out")
    assert made == tmp_path / "out" / "poem_condense.csv"
    with made.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["Meter"], row["Verse"].count("\n") + 1) for row in rows] == [("iambic", 20), ("dactyl", 20)]
    assert all(int(row["char_count"]) == len(row["Verse"]) for row in rows)
    again, before = (poems(SourceConfig(reader="pcd", path=path)) for path in (made, given))
    assert [poem.text for poem in again] == [poem.text for poem in before]


def test_lima_becomes_lima_train(tmp_path: Path) -> None:
    taken = ["How to caf\u00e9?", "So.", "And?", "So."]
    rows = [
        {"conversations": ["a?", "b"], "source": "stackexchange"},
        {"conversations": taken, "source": "wikihow", "row": 600},
    ]
    given = tmp_path / "train.jsonl"
    given.write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = take("lima", given, tmp_path)
    assert made == tmp_path / "lima_train.jsonl"
    assert [json.loads(line) for line in made.read_text("utf-8").splitlines()] == [
        {"conversations": taken, "source": "wikihow"}
    ]


@pytest.mark.skipif("BARDSMITH_DATA" not in os.environ, reason="BARDSMITH_DATA names no folder of real rows")
def test_real_lima_rows(tmp_path: Path) -> None:
    given = DATA / "lima_howto" / "lima_howto.jsonl"
    made = take("lima", given, tmp_path)
    again, before = (talks(SourceConfig(reader="lima", path=path)) for path in (made, given))
    assert [(talk.question, talk.answer) for talk in again] == [(talk.question, talk.answer) for talk in before]


def test_a_file_without_such_rows_leaves_nothing_behind(tmp_path: Path) -> None:
    given = tmp_path / "in" / "train.jsonl"
    given.parent.mkdir()
    given.write_text('{"conversations": ["a", "b"], "source": "stackexchange"}\n')
    with pytest.raises(InputError, match="holds nothing that the lima reader takes"):
        take("lima", given, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
