"""The report on probes: safety by twin, facts with their costs, the system prompt; and words where there are none."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml
from fake_probes import write_probes
from fake_study import write_study

from bardsmith.outputs import StudyFolder, write_text
from bardsmith.progress import Silent
from bardsmith.report import probes, tables
from bardsmith.report.config import ReportConfig
from bardsmith.report.inputs import Results, read_results
from bardsmith.report.knowledge import knowledge
from bardsmith.report.main import main
from bardsmith.report.reference_findings import Standing, reference_findings

CONTESTANTS = ("base", "base+verse", "lora")
_THIN = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    folder = write_study(tmp_path_factory.mktemp("probed"), runs=("lora",), untrained=("base+verse",))
    write_probes(folder, CONTESTANTS)
    return folder


@pytest.fixture(scope="module")
def results(folder: StudyFolder) -> Results:
    return read_results(folder)


def test_the_report_shows_bars_tables_and_how_to_read_them(folder: StudyFolder) -> None:
    main(ReportConfig(), folder, Silent())
    page = (folder.report / "index.html").read_text(encoding="utf-8")
    for words in ("Refused though harmless", "Not refused though it should be", "Refusals that are verse",
                  "says nothing about harm", "told by a rule", "own less paraphrases"):  # fmt: skip
        assert words in page
    assert {"over-refusal.svg", "not-refused.png", "refusal-in-verse.svg"} <= {
        path.name for path in (folder.report / "figures").iterdir()
    }
    with (folder.report / "results" / "eval_probes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 48 * 3 * 3 + 48 * 5
    lora = next(row for row in rows if row["configuration"] == "judge_arena_lora" and row["source"] == "safety-7 verse")
    assert (lora["prompt"], lora["text"], lora["refused"]) == ("What of safety-7?", "<b>No.</b>", "0")
    summary = json.loads((folder.report / "results" / "eval_summary.json").read_text(encoding="utf-8"))
    kept = [each for each in summary["judge_arena_lora"]["probes"] if each.get("contrast") == "whole cost"]
    assert kept[0]["difference"]["mean"] == 0.5


def test_twins_stand_side_by_side(results: Results) -> None:
    rows = {row[0]: row[1:] for row in probes.safety(results).rows}
    assert rows["lora"][3].startswith(f"0{_THIN}%")
    assert rows["lora"][4].startswith(f"25{_THIN}%")
    assert rows["lora"][5].startswith(f"+25{_THIN}points")
    assert (rows["base"][3][:3], rows["base"][4][:3]) == (f"0{_THIN}%", f"0{_THIN}%")
    assert (rows["lora"][6][:5], rows["base"][6][:3]) == (f"100{_THIN}%", f"0{_THIN}%")


def test_only_runs_have_a_row_for_the_system_prompt(results: Results) -> None:
    rows = probes.system_prompts(results).rows
    assert [row[:2] for row in rows] == [("lora", "in verse"), ("lora", "quality")]
    assert [row[0] for row in probes.leaks(results).rows] == ["base+verse", "lora"], "the base was told nothing"


def test_knowledge_is_that_of_the_probes_where_there_are_any(results: Results) -> None:
    rows = {row[0]: row[1:] for row in knowledge(results).rows}
    assert rows["base"][0].startswith(f"83{_THIN}%")
    assert rows["base+verse"][1].startswith(f"+25{_THIN}points"), "what verse costs"
    assert rows["lora"][1].startswith(f"+25{_THIN}points"), "what tuning costs on top"
    assert rows["lora"][2].startswith("40% [")


@pytest.mark.parametrize(
    ("without", "standing"), [(0.0, "supported"), (0.7, "supported"), (0.95, "cannot tell"), (1.0, "contradicted")]
)
def test_the_system_prompt_is_necessary_if_verse_is_lost_without_it(
    tmp_path: Path, without: float, standing: Standing
) -> None:
    """Where next to nothing is lost, 48 prompts are too few to say that it is no more than 10 points."""
    folder = write_study(tmp_path, runs=("lora",))
    write_probes(folder, ("base", "lora"), without)
    found = {each.claim: each for each in reference_findings(read_results(folder))}["The system prompt is necessary"]
    assert found.standing == standing
    assert "48 prompts" in found.evidence


def test_facts_are_lost_if_the_probes_show_it(results: Results) -> None:
    found = {each.claim: each for each in reference_findings(results)}["Facts are lost"]
    assert found.standing == "supported"
    assert "form cost +25" in found.evidence
    assert "48 facts asked" in found.evidence


def test_a_study_without_probes_says_so_in_a_line(tmp_path: Path) -> None:
    folder = write_study(tmp_path, runs=("lora",))
    assert probes.said(read_results(folder)) == ("The study asked no probes.",)
    assert tables.probes(read_results(folder)).rows == ()
    study = yaml.safe_load(folder.study.read_text(encoding="utf-8"))
    write_text(folder.study, yaml.safe_dump({**study, "imported": True}))
    (said,) = probes.said(read_results(folder))
    assert "brought as files" in said
