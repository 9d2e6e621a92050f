"""The whole way on the tiny study: what it leaves, what is done again and what not, what mistakes look like."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bardsmith.outputs import MANIFEST, StudyFolder, read_records
from bardsmith.records import Completion
from bardsmith.results import Score, Summary
from whole_study import Finished, bardsmith, results


def test_a_study_leaves_everything_it_promises(finished: Finished) -> None:
    folder = finished.folder
    completions = read_records(folder.completions, Completion)
    assert {c.contestant for c in completions} == {"base", "lora", "dora"}
    assert len(completions) == 3 * 6 * (2 + 1)  # contestants x prompts x (samples + greedy)
    assert len(read_records(folder.scores, Score)) == len(completions)
    summary = Summary.model_validate_json(folder.summary.read_text(encoding="utf-8"))
    assert len(summary.contestants) == 6
    for run in ("lora", "dora"):
        steps = [json.loads(line) for line in (folder.run(run) / "metrics.jsonl").read_text().splitlines()]
        assert [row["step"] for row in steps if "loss" in row] == [1, 2, 3, 4, 5]
        assert [row["step"] for row in steps if "validation_loss" in row] == [2, 4, 5]
        assert (folder.run(run) / "adapter" / "adapter_model.safetensors").exists()
        assert not (folder.run(run) / "checkpoints").exists()
    assert (folder.report / "index.html").exists()
    for name in ("eval_summary.json", "eval_summary.csv", "eval_judge_arena_lora.csv", "training_metrics_dashboard.png",
                 "quality_dist_judge_arena_base.png", "report.pdf"):  # fmt: skip
        assert (folder.report / "results" / name).exists(), name
    assert str(folder.report / "index.html") in finished.said


def test_training_taught_something_and_the_runs_differ(finished: Finished) -> None:
    folder = finished.folder
    for run in ("lora", "dora"):
        rows = [json.loads(line) for line in (folder.run(run) / "metrics.jsonl").read_text().splitlines()]
        found = [row["validation_loss"] for row in rows if "validation_loss" in row]
        assert found[-1] < found[0]
    lora, dora = ((folder.run(run) / "adapter" / "adapter_model.safetensors").read_bytes() for run in ("lora", "dora"))
    assert lora != dora


def test_the_same_command_again_does_nothing_again(finished: Finished) -> None:
    before = results(finished.folder.root)
    stamps = {path: path.stat().st_mtime_ns for path in finished.folder.root.rglob("*.jsonl")}
    again = bardsmith("run", "--study", "tiny", cwd=finished.folder.root.parents[1])
    assert again.returncode == 0
    assert results(finished.folder.root) == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_show_tells_the_state(finished: Finished) -> None:
    shown = bardsmith("show", "tiny", cwd=finished.folder.root.parents[1], env={**os.environ, "COLUMNS": "200"}).stdout
    assert [shown.count(f" {word} ") for word in ("done", "open", "failed")] == [6, 0, 0]


def test_a_run_that_failed_costs_that_run_only_and_is_tried_again(finished: Finished, tmp_path: Path) -> None:
    """The second run's adapter folder is in the way of its first try."""
    shutil.copytree(finished.folder.root, tmp_path / "outputs" / "tiny")
    folder = StudyFolder(tmp_path / "outputs" / "tiny")
    (folder.run("dora") / MANIFEST).unlink()
    (folder.run("dora") / "checkpoints").write_text("a file where a folder should be")
    failed = bardsmith("run", "--study", "tiny", cwd=tmp_path)
    assert failed.returncode == 1
    assert "Run dora failed" in failed.stderr
    assert "Traceback" not in failed.stderr.replace((folder.run("dora") / "log.txt").read_text(), "")
    assert {c.contestant for c in read_records(folder.completions, Completion)} == {"base", "lora"}
    (folder.run("dora") / "checkpoints").unlink()
    assert bardsmith("run", "--study", "tiny", cwd=tmp_path).returncode == 0
    assert results(folder.root) == results(finished.folder.root)


TINY = Path(__file__).parents[1] / "studies" / "tiny"


def own_study(here: Path, *changes: tuple[str, str]) -> Path:
    """A copy of the tiny study with some text replaced."""
    shutil.copytree(TINY, here / "mine")
    study = here / "mine" / "study.yaml"
    text = study.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    study.write_text(text, encoding="utf-8")
    return study


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


MISTAKES: Sequence[tuple[str, tuple[str, str], tuple[str, ...]]] = [
    ("a misspelt key", ("epochs:", "epoch:"), ("study.yaml:", "epochs")),
    ("a wrong type", ("rank: 4", "rank: four"), ("study.yaml:", "rank", "four")),
    ("a missing file", ("conversations.jsonl", "missing.jsonl"), ("study.yaml:", "missing.jsonl")),
    ("an unknown form", ("validation_items: 3", "validation_items: 3\n  forms: [sonett]"), ("sonett", "sonnet")),
]


@pytest.mark.parametrize(("change", "words"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_faulty_study_is_refused(change: tuple[str, str], words: tuple[str, ...], tmp_path: Path) -> None:
    study = own_study(tmp_path, change)
    refused(bardsmith("run", "--study", str(study), cwd=tmp_path), 2, *words)
    refused(bardsmith("check", str(study), cwd=tmp_path), 2, *words)
    assert not (tmp_path / "outputs").exists()


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    study = own_study(tmp_path)
    (study.parent / "conversations.jsonl").write_text("")
    refused(bardsmith("run", "--study", str(study), cwd=tmp_path), 2, "0 usable items", "corpus.sources")


def test_a_corpus_line_that_is_not_json_is_refused(tmp_path: Path) -> None:
    study = own_study(tmp_path)
    with (study.parent / "conversations.jsonl").open("a") as file:
        file.write("{'id': 'single quotes'}\n")
    refused(bardsmith("run", "--study", str(study), cwd=tmp_path), 2, "conversations.jsonl:13", "not JSON")


def test_a_base_that_cannot_be_had_stops_at_once(tmp_path: Path) -> None:
    study = own_study(tmp_path, ("random:tiny", "nobody/no-such-model"))
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = bardsmith("run", "--study", str(study), cwd=tmp_path, env=environment)
    refused(done, 2, "nobody/no-such-model", "embedded:smollm2-135m")


def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("a file where the folder should be")
    refused(bardsmith("run", "--study", "tiny", cwd=tmp_path), 1, "could not read or write", "outputs")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on file sizes")
def test_a_full_disk_loses_nothing(finished: Finished, tmp_path: Path) -> None:
    """No file may grow beyond 8 kB: the corpus fits, an adapter does not."""
    import resource

    shutil.copytree(finished.folder.root, tmp_path / "outputs" / "tiny")
    folder = StudyFolder(tmp_path / "outputs" / "tiny")
    shutil.rmtree(folder.run("lora"))
    limited = bardsmith(
        "run", "--study", "tiny", cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
    )  # fmt: skip
    assert limited.returncode == 1
    assert "File too large" in limited.stderr
    assert bardsmith("run", "--study", "tiny", cwd=tmp_path).returncode == 0
    assert results(folder.root) == results(finished.folder.root)


def test_a_study_that_changed_under_its_folder_is_refused(finished: Finished, tmp_path: Path) -> None:
    study = own_study(tmp_path, ("name: tiny", "name: mine"))
    assert bardsmith("run", "--study", str(study), "--until", "corpus", cwd=tmp_path).returncode == 0
    before = results(tmp_path / "outputs" / "mine")
    study.write_text(study.read_text().replace("validation_items: 3", "validation_items: 4"))
    done = bardsmith("run", "--study", str(study), "--until", "corpus", cwd=tmp_path)
    refused(done, 2, "validation_items: 3 -> 4", "--fresh", "--name")
    assert results(tmp_path / "outputs" / "mine") == before
    assert bardsmith("run", "--study", str(study), "--until", "corpus", "--fresh", cwd=tmp_path).returncode == 0
    assert results(tmp_path / "outputs" / "mine~1") == before
    corpus = study.parent / "conversations.jsonl"
    corpus.write_text("\n".join(corpus.read_text().splitlines()[:-1]) + "\n")
    refused(bardsmith("run", "--study", str(study), "--until", "corpus", cwd=tmp_path), 2, "the corpus has changed")


def test_help_is_fast_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['bardsmith', '--help']\nfrom bardsmith.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([name for name in ('torch', 'numpy', 'pydantic', 'yaml', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
