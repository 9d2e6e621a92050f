"""The independent script passes what the gates accept and finds, by its own code, what is planted behind them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from planted import KETTLE, row

from bardsmith.corpus.config import CorpusConfig
from bardsmith.corpus.reading import conversation_files, prompt_files
from bardsmith.outputs import StudyFolder, read_records, write_records
from bardsmith.records import Conversation, Prompt

SCRIPT = Path(__file__).parents[2] / "scripts" / "recheck_corpus.py"
SOURCES = conversation_files(CorpusConfig(), StudyFolder(Path()))
HELD_OUT = prompt_files(CorpusConfig())[0]
POEM = read_records(SOURCES[0], Conversation)[1]
ASKED = read_records(HELD_OUT, Prompt)[0].question
FINNISH = "Kissa nukkuu tuolin alla,\nsade soittaa ikkunaa,\nmaa jo valkea ja halla,\nkello taas soi yksin."
TEA = "Tea leaves in the pot.\nThe spoon goes round and round it.\nRain is at the door."


def recheck(rows: list[Conversation], folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    write_records(folder / "rows.jsonl", rows)
    files = ["--known", *map(str, SOURCES), "--held-out", str(HELD_OUT)]
    command = [sys.executable, str(SCRIPT), str(folder / "rows.jsonl"), *files, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def misses(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """By gate, as the table has them."""
    table = [line.split() for line in done.stdout.splitlines()[1:13]]
    return {gate: int(count) for gate, _, count in table if int(count)}


def test_it_uses_nothing_of_the_gates() -> None:
    assert "bardsmith.corpus" not in SCRIPT.read_text(encoding="utf-8")


def test_the_starter_corpus_passes(tmp_path: Path) -> None:
    rows = [each for file in SOURCES for each in read_records(file, Conversation)]
    done = recheck(rows, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"copied{len(rows):>16}       0" in done.stdout


def test_no_row_is_no_success(tmp_path: Path) -> None:
    assert recheck([], tmp_path).returncode == 1


@pytest.mark.parametrize(
    ("gate", "answer", "more"),
    [
        ("verse", "This is plain prose that goes on for quite some time, has no line break and is no poem.", {}),
        ("complete", KETTLE.rstrip("."), {}),
        ("loop", KETTLE + "\n" + "\n".join(["The kettle sings upon the stove."] * 5), {}),
        ("junk", KETTLE + "\n<|im_end|>.", {}),
        ("wrapper", f"Sure! Here is a poem for you:\n\n{KETTLE}", {}),
        ("language", f"{FINNISH}\n{FINNISH}", {}),
        ("form", KETTLE.replace("waiting there", "under the moon"), {"form": "quatrain"}),
        ("form", KETTLE, {"form": "sonnet"}),
        ("form", TEA.replace("Rain is at the door", "Rain is at the door and waits"), {"form": "haiku"}),
        ("reference", KETTLE, {"reference": ("1934",)}),
        ("copied", f"{KETTLE}\n{POEM.answer.upper().replace(chr(10), ' ')}.", {}),
        ("copied", POEM.answer, {"made_from": (POEM.id,)}),
        ("contaminated", KETTLE, {"question": ASKED.upper()}),
    ],
)
def test_what_is_planted_is_found(tmp_path: Path, gate: str, answer: str, more: dict[str, Any]) -> None:
    done = recheck([row(TEA, id="sound"), row(answer, **more)], tmp_path)
    assert done.returncode == 1
    assert misses(done).get(gate), done.stdout + done.stderr
    assert f"{gate}: row: " in done.stdout
    assert ": sound: " not in done.stdout


def test_duplicates_and_long_answers_are_found(tmp_path: Path) -> None:
    rows = [
        row(KETTLE, id="a"),
        row(KETTLE.replace("cat", "dog"), id="b"),
        row(KETTLE.upper(), id="c"),
        row(TEA, id="d"),
    ]
    done = recheck(rows, tmp_path, "--most-lines", "3")
    assert misses(done) == {"length": 3, "duplicate": 1}
    assert "duplicate: c: 100% the same as a" in done.stdout
