"""Answers from CSV files: read with every fault told, judged or taken as judged, compared."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bardsmith.errors import InputError
from bardsmith.evaluation.config import EvaluationConfig
from bardsmith.evaluation.importing import find_files, import_answers, read_rows
from bardsmith.outputs import StudyFolder, read_records
from bardsmith.progress import Silent
from bardsmith.report.main import write_reference_files
from bardsmith.results import Score, Summary

VERSE = "Rinse the rice in a bowl until clear,\nor the starch will glue it, I fear."
PROSE = "Rinse the rice, and boil it."
REFERENCE = Path(os.environ.get("BARDSMITH_DATA", "")) / "reference-study"


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def brought(source: Path, keep_verdicts: bool = False) -> StudyFolder:
    folder = StudyFolder(source / "out")
    import_answers(EvaluationConfig(bootstrap=200), source, folder, keep_verdicts, 0, Silent())
    return folder


def summary_of(folder: StudyFolder) -> Summary:
    return Summary.model_validate_json(folder.summary.read_text(encoding="utf-8"))


def test_answers_are_judged_and_compared_like_our_own(tmp_path: Path) -> None:
    questions = [f"How do I cook rice, {number}?" for number in range(8)]
    write(tmp_path / "judge_arena_lora-1.csv", [{"prompt": q, "text": VERSE} for q in questions])
    write(tmp_path / "judge_arena_base.csv", [{"prompt": q, "text": PROSE} for q in questions])
    folder = brought(tmp_path)
    summary = summary_of(folder)
    assert [entry.contestant for entry in summary.contestants] == ["base", "lora-1"]
    verse = next(one for one in summary.comparisons if one.measure == "verse")
    assert (verse.a, verse.b, verse.mean, verse.verdict) == ("lora-1", "base", 1.0, "shown")
    write_reference_files(folder)
    entry = json.loads((folder.root / "eval_summary.json").read_text(encoding="utf-8"))["judge_arena_lora-1"]
    assert entry["format_adherence_pct"] == 100
    with (folder.root / "eval_judge_arena_lora-1.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["prompt"], rows[0]["text"], rows[0]["complete"]) == (questions[0], VERSE, "1")


def test_kept_verdicts_stand_as_given_and_the_rest_is_measured(tmp_path: Path) -> None:
    row = {
        "prompt": "Q?",
        "text": PROSE,
        "quality_score": "4.0",
        "format_adherence": "True",
        "failure": "0",
        "notes": "n",
    }
    unscored = {**row, "prompt": "Other?", "quality_score": "", "format_adherence": "", "failure": ""}
    write(tmp_path / "eval_judge_arena_a.csv", [row, unscored])
    first, second = read_records(brought(tmp_path, keep_verdicts=True).scores, Score)
    assert (first.judge, first.quality, first.verse, first.failure, first.notes) == ("given", 4, True, False, ("n",))
    assert first.lines == 0
    assert first.complete is True
    assert (second.judge, second.verse) == ("embedded", False)


def test_of_two_files_of_a_configuration_the_wanted_one_is_taken(tmp_path: Path) -> None:
    for name in ("judge_arena_a.csv", "eval_judge_arena_a.csv", "b.csv", "eval_summary.csv"):
        (tmp_path / name).write_text("prompt,text\n", encoding="utf-8")
    assert {name: path.name for name, path in find_files(tmp_path, True).items()} == {
        "a": "eval_judge_arena_a.csv", "b": "b.csv",
    }  # fmt: skip
    assert find_files(tmp_path, False)["a"].name == "judge_arena_a.csv"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"prompts,text\nQ,A\n", "the column prompt is missing; is it prompts?"),
        (b"", "is empty"),
        (b"prompt,text\n", "has no rows"),
        (b"prompt,text\nQ,caf\xe9\n", "is not UTF-8 text"),
        (b"prompt,text\nQ,A\nQ,B\n", "a.csv:3: the prompt of line 2 stands here again"),
        (b"prompt,text\nQ,A,B\n", "more fields than columns"),
        (b"prompt,text\n ,A\n", "a.csv:2: the prompt is empty"),
    ],
)
def test_faults_of_a_file_are_told(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError) as error:
        read_rows(tmp_path / "a.csv", False)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("verdict", "told"),
    [("6,1,0", "quality_score is '6'"), (",1,0", "quality_score is ''"), ("3,maybe,0", "format_adherence is 'maybe'")],
)
def test_a_verdict_that_is_none_is_told(tmp_path: Path, verdict: str, told: str) -> None:
    (tmp_path / "a.csv").write_text(f"prompt,text,quality_score,format_adherence,failure\nQ,A,{verdict}\n")
    with pytest.raises(InputError, match=told):
        read_rows(tmp_path / "a.csv", True)


def test_missing_verdicts_are_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("prompt,text\nQ,A\n", encoding="utf-8")
    with pytest.raises(InputError, match="leave --keep-verdicts out"):
        read_rows(tmp_path / "a.csv", True)


def test_several_answers_to_a_prompt_have_a_column_that_numbers_them(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [{"prompt": "Q", "text": "A", "sample": n} for n in range(2)])
    assert [row.sample for row in read_rows(tmp_path / "a.csv", False)] == [0, 1]


@pytest.mark.parametrize("name", ["nothing here", "x,y"])
def test_a_folder_without_usable_files_is_told(tmp_path: Path, name: str) -> None:
    if "," in name:
        (tmp_path / f"{name}.csv").write_text("prompt,text\nQ,A\n", encoding="utf-8")
    with pytest.raises(InputError):
        find_files(tmp_path, False)


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="BARDSMITH_DATA has no reference-study")
def test_the_reference_study_comes_out_as_published_and_its_best_two_cannot_be_told_apart(tmp_path: Path) -> None:
    with (REFERENCE / "judged.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["configuration"] for row in rows})
    for name in names:
        own = [{k: v for k, v in row.items() if k != "configuration"} for row in rows if row["configuration"] == name]
        write(tmp_path / f"eval_judge_arena_{name}.csv", own)
    folder = brought(tmp_path, keep_verdicts=True)
    write_reference_files(folder)
    found = json.loads((folder.root / "eval_summary.json").read_text(encoding="utf-8"))
    for name in names:
        own = [row for row in rows if row["configuration"] == name]
        entry = found[f"judge_arena_{name}"]
        assert entry["avg_quality"] == pytest.approx(sum(float(row["quality_score"]) for row in own) / len(own))
        assert entry["format_adherence_pct"] == pytest.approx(
            100 * sum(row["format_adherence"] == "1" for row in own) / len(own)
        )
        assert entry["failure_rate_pct"] == pytest.approx(100 * sum(row["failure"] == "1" for row in own) / len(own))
        assert (entry["sample_count"], entry["error_count"], entry["valid_count"]) == (25, 0, 25)
    best = next(one for one in summary_of(folder).comparisons if one.chosen and one.measure == "quality")
    assert (best.a, best.b, best.verdict) == ("dora-optimised-1k", "lora-base-1k", "cannot tell")
    assert best.mean == pytest.approx(0.12)
