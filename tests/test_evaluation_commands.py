"""`bardsmith evaluate import` and `bardsmith report`, as a person calls them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bardsmith.cli import app
from bardsmith.errors import InputError

pytest.importorskip("matplotlib")

VERSE = "Rinse the rice in a bowl until clear,\nor the starch will glue it, I fear."


def answers(folder: Path) -> Path:
    for name, text in (("base", "Boil it."), ("lora-1", VERSE)):
        rows = "".join(f'"How do I cook rice, {n}?","{text}"\n' for n in range(8))
        (folder / f"judge_arena_{name}.csv").write_text(f"prompt,text\n{rows}", encoding="utf-8")
    return folder


def test_answers_become_figures_and_a_report_and_the_report_can_be_built_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    runner = CliRunner()
    done = runner.invoke(app, ["evaluate", "import", str(answers(tmp_path)), "--out", str(out), "--no-pdf"])
    assert done.exit_code == 0, done.output
    assert "shown" in done.output
    assert {path.name for path in out.glob("eval_*")} == {
        "eval_judge_arena_base.csv", "eval_judge_arena_lora-1.csv", "eval_summary.csv", "eval_summary.json",
    }  # fmt: skip
    page = out / "report" / "index.html"
    first = page.read_bytes()
    assert f"bardsmith evaluate import DIR --out {out.name} --seed 0" in first.decode()
    page.unlink()
    again = runner.invoke(app, ["report", str(out), "--no-pdf"])
    assert again.exit_code == 0, again.output
    assert page.read_bytes() == first


def test_a_report_of_nothing_says_what_is_missing(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(tmp_path / "nothing")])
    assert isinstance(done.exception, InputError)
    assert "study.yaml is missing" in str(done.exception)
