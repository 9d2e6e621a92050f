"""Pre-flight and plan as a person gives them, and before every training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bardsmith import pipeline
from bardsmith.cli import app
from bardsmith.errors import InputError
from bardsmith.outputs import StudyFolder
from bardsmith.progress import Silent
from bardsmith.records import Preflight
from bardsmith.study.load import find_study, load_study
from bardsmith.study.spec import Study
from bardsmith.training.preflight.main import refuse_or_warn

SHIPPED = sorted(file.parent.name for file in (Path(__file__).parents[1] / "studies").glob("*/study.yaml"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def tiny(**changes: object) -> Study:
    """The tiny study with other settings for all of its runs."""
    data = load_study(find_study("tiny")).model_dump(mode="json")
    for settings in (data["training"]["defaults"], *data["training"]["runs"]):
        settings |= changes
    return Study.model_validate(data)


def bardsmith(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, words)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_command_shows_lengths_and_rows_and_leaves_a_file(here: Path) -> None:
    code, said = bardsmith("preflight", "tiny", "--show", "1")
    assert code == 0
    assert "Pre-flight: 0 refusals, 0 warnings" in said
    assert "Tokens of 9 rows: median" in said
    assert "learned, " in said
    assert "Ends in  '<|im_end|>'" in said
    found = json.loads((here / "outputs" / "tiny" / "training" / "preflight.json").read_text(encoding="utf-8"))
    assert found["findings"] == []
    assert found["lengths"][0]["runs"] == ["lora", "dora"]


def test_nothing_is_trained_until_what_is_refused_is_mended(here: Path) -> None:
    folder = StudyFolder(here / "outputs" / "tiny")
    with pytest.raises(InputError, match="pre-flight refuses") as refused:
        pipeline.run_study(tiny(max_length=320, target_modules=("wrong",)), folder, Silent(), until="training")
    told = str(refused.value)
    assert all(check in told for check in ("long-rows", "unmatched-adapters"))
    assert not folder.run("lora").exists()
    with pytest.raises(InputError, match="study has changed"):
        pipeline.look_ahead(tiny().model_copy(update={"seed": 99}), folder, Silent())
    assert pipeline.look_ahead(tiny(), folder, Silent()).findings == (), "mended, the same folder is gone on with"


def test_an_accepted_fault_warns(here: Path) -> None:
    study = tiny(max_length=320)
    study = study.model_copy(update={"training": study.training.model_copy(update={"accept": ("long-rows",)})})
    found = pipeline.look_ahead(study, StudyFolder(here / "outputs" / "tiny"), Silent())
    assert ("long-rows", False) in [(finding.check, finding.refuses) for finding in found.findings]
    refuse_or_warn(found, Silent())
    kept = Preflight.model_validate_json((here / "outputs/tiny/training/preflight.json").read_text(encoding="utf-8"))
    assert kept == found


def test_the_same_rows_are_not_looked_at_twice(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = StudyFolder(here / "outputs" / "tiny")
    first = pipeline.look_ahead(tiny(), folder, Silent())
    monkeypatch.setattr("bardsmith.training.preflight.main.run_worker", None)
    assert pipeline.look_ahead(tiny(), folder, Silent()) == first
    (folder.run("lora") / "checkpoints" / "checkpoint-4").mkdir(parents=True)
    foreign = pipeline.look_ahead(tiny(), folder, Silent()).findings
    assert [(finding.check, finding.runs) for finding in foreign] == [("foreign-folder", ("lora",))]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_studies_pass(name: str, here: Path) -> None:
    """With a base that needs no download and reads bytes: rows are five times as long, and of 8 lines at the most."""
    data = load_study(find_study(name)).model_dump(mode="json")
    data["model"] |= {"base": "random:tiny", "quantization": "none"}
    data["corpus"]["max_lines"] = min(8, data["corpus"]["max_lines"] or 8)
    for settings in (data["training"]["defaults"], *data["training"]["runs"]):
        settings["max_length"] *= 5
        settings["last_layers"] = None
    found = pipeline.look_ahead(Study.model_validate(data), StudyFolder(here / "outputs" / name), Silent())
    assert isinstance(found, Preflight)
    assert [finding for finding in found.findings if finding.refuses] == []


def test_a_plan_is_a_table_and_for_machines_json(here: Path) -> None:
    code, said = bardsmith("plan", "tiny", "--card", "4070 ti")
    assert code == 0
    assert "RTX 4070 Ti 12 GB, 12.0 GiB" in said
    assert "optimiser" in said
    assert "no corpus yet" in said
    code, said = bardsmith("plan", "tiny", "--card", "4070 Ti 12 GB", "--json")
    plan = json.loads(said)
    assert [run["run"] for run in plan["runs"]] == ["lora", "dora"]
    assert all(run["fits"] for run in plan["runs"])
    assert plan["money"] == {}


def test_a_plan_prices_what_the_corpus_still_lacks(here: Path) -> None:
    (here / "study.yaml").write_text(
        """
name: verses
model: {base: "random:tiny", dtype: float32}
corpus:
  writer: {provider: scripted, model: verse}
  conversations: {sources: [{reader: starter, take: 12}]}
training:
  runs: [{name: lora}]
""",
        encoding="utf-8",
    )
    code, said = bardsmith("plan", "study.yaml", "--card", "24 GB")
    assert code == 0
    assert "Money, corpus conversations: 12 calls" in said
