"""How far a run is, from its files alone, and the table that shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from bardsmith.outputs import Manifest, Origin, StudyFolder, write_json, write_manifest
from bardsmith.runs_table import RunsTable
from bardsmith.standing import Pace, standing


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    """A study with a run that was killed after its third step, having gone on from its first."""
    found = StudyFolder(tmp_path)
    place = found.run("lora")
    write_json(place / "run.json", {})
    paces = [_pace(1, 0, 9.0), _pace(2, 1, 2.0), _pace(3, 1, 4.0)]
    (place / "pace.jsonl").write_text("".join(pace.model_dump_json() + "\n" for pace in paces))
    rows: list[dict[str, object]] = [
        {"step": 0, "prose_perplexity": 12.5},
        {"step": 1, "loss": 3.0},
        {"step": 2, "loss": 2.0},
        {"step": 2, "validation_loss": 2.5, "validation_score": 0.75, "validation_loops": 0.25},
        {"step": 3, "loss": 1.0},
        {"step": 3, "validation_loss": 1.5, "validation_score": 0.5, "validation_loops": 1.0},
    ]
    (place / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"step": 4, "lo')
    return found


def _pace(step: int, since: int, seconds: float) -> Pace:
    elapsed = 10.0 * (step - since)
    return Pace(step=step, steps=10, since=since, elapsed=elapsed, seconds=seconds, tokens=300, memory=step * 2**30)


def test_a_run_that_was_killed(folder: StudyFolder) -> None:
    found = standing(folder, "lora")
    assert (found.state, found.step, found.steps, found.loss) == ("stopped", 3, 10, 1.0)
    assert (found.score, found.loops) == (0.5, 1.0)
    assert found.tokens_per_second == 600 / 6  # of this process only
    assert found.memory == 3 * 2**30
    assert found.seconds_left is None
    assert standing(folder, "dora").state == "open"


def test_a_finished_run_has_the_score_of_the_checkpoint_that_was_kept(folder: StudyFolder) -> None:
    manifest = Manifest(
        stage="training",
        config={},
        inputs={},
        outputs={},
        counts={"chosen_step": 2},
        seconds=1,
        origin=Origin(bardsmith="0", python="3", platform="here", packages={}),
    )
    write_manifest(folder.run("lora"), manifest)
    found = standing(folder, "lora")
    assert (found.state, found.score, found.loops) == ("done", 0.75, 0.25)


def test_a_failed_run_says_why(folder: StudyFolder) -> None:
    write_json(folder.run("lora") / "failure.json", {"what": "it [bold]broke[/bold]", "remedy": "mend it"})
    printed = _printed(RunsTable(folder, ["lora", "dora"]))
    assert "lora failed: it [bold]broke[/bold]\nmend it" in printed  # told, not taken for markup
    assert "dora" in printed


def test_the_table_has_a_dash_for_what_is_not_known(folder: StudyFolder) -> None:
    lines = _printed(RunsTable(folder, ["lora", "dora"])).splitlines()
    (lora,), (dora,) = ([line.split() for line in lines if f" {name} " in line] for name in ("lora", "dora"))
    assert lora == ["lora", "stopped", "3/10", "1.000", "0.50", "100%", "100", "3.0", "GiB", "-"]
    assert dora == ["dora", "open", *["-"] * 7]


def _printed(table: RunsTable) -> str:
    console = Console(width=120, no_color=True)
    with console.capture() as capture:
        console.print(table)
    return capture.get()
