"""`bardsmith evaluate import` and `bardsmith report`, as a person calls them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bardsmith import pipeline
from bardsmith.cli import app
from bardsmith.errors import InputError
from bardsmith.outputs import StudyFolder
from bardsmith.progress import Silent
from bardsmith.study.load import find_study, load_study
from whole_study import Finished, results

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


def test_a_dry_run_tells_the_price_of_judges_and_ceiling_and_sends_nothing(finished: Finished, tmp_path: Path) -> None:
    """The tiny study, with a jury and a ceiling that it did not have when it was run, and no key for either."""
    settings = yaml.safe_load(finished.folder.study.read_text(encoding="utf-8"))
    paid = {"provider": "openai", "model": "gpt-4.1"}
    settings["evaluation"]["judges"] = [{**paid, "price": {"input": 2, "output": 8}}]
    settings["arena"]["ceiling"] = {**paid, "price": {"input": 2, "output": 8}}
    changed = tmp_path / "study.yaml"
    changed.write_text(yaml.safe_dump(settings), encoding="utf-8")
    outputs = finished.folder.root.parent
    before = results(outputs)
    done = CliRunner().invoke(app, ["evaluate", "study", str(changed), "--outputs", str(outputs), "--dry-run"])
    assert done.exit_code == 0, done.output
    ceiling, judge = done.output.splitlines()
    assert ceiling.startswith("ceiling: 12 calls (0 more are in the store)"), "six prompts, two samples"
    assert re.fullmatch(r"openai/gpt-4\.1: \d+ calls .* tokens in and [\d,]+ out: \$\d+\.\d\d", judge)
    assert set(results(outputs)) - before.keys() <= {"replies.sqlite"}


def test_a_study_without_answers_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no answers yet"):
        pipeline.evaluate(load_study(find_study("tiny")), StudyFolder(tmp_path), Silent())
