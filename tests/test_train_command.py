"""`bardsmith train` as a person gives it: which runs, on which engine, and what two of them do to each other."""

from __future__ import annotations

from pathlib import Path

import filelock
import pytest
from typer.testing import CliRunner

from bardsmith.cli import app
from bardsmith.errors import InputError
from bardsmith.outputs import StudyFolder
from bardsmith.report.dashboard import NAME, draw_if_stale
from bardsmith.standing import lock_of
from bardsmith.study.load import find_study, load_study, runs_named
from whole_study import Finished, bardsmith


def test_an_unknown_run_is_led_to_the_right_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        InputError, match=r"the study tiny has no run lroa\n  Did you mean lora\? There are: lora, dora"
    ):
        CliRunner().invoke(app, ["train", "tiny", "--run", "lroa"], catch_exceptions=False)
    assert not (tmp_path / "outputs").exists()


def test_runs_keep_the_order_of_the_study() -> None:
    study = load_study(find_study("tiny"))
    assert runs_named(study, ["dora", "lora"]) == runs_named(study, []) == ["lora", "dora"]
    assert runs_named(study, ["dora"]) == ["dora"]


def test_a_finished_study_is_left_as_it_is_and_shown(finished: Finished) -> None:
    here = finished.folder.root.parents[1]
    adapters = [finished.folder.run(run) / "adapter" / "adapter_model.safetensors" for run in ("lora", "dora")]
    stamps = [adapter.stat().st_mtime_ns for adapter in adapters]
    done = bardsmith("train", "tiny", cwd=here)
    assert (done.returncode, done.stdout.count(" done ")) == (0, 2), done.stderr
    assert [adapter.stat().st_mtime_ns for adapter in adapters] == stamps


def test_a_second_process_is_refused_one_run_and_may_have_another(finished: Finished) -> None:
    here = finished.folder.root.parents[1]
    with filelock.FileLock(lock_of(finished.folder, "lora")):
        refused = bardsmith("train", "tiny", "--run", "lora", cwd=here)
        other = bardsmith("train", "tiny", "--run", "dora", cwd=here)
    assert refused.returncode == 2
    assert "run lora in" in refused.stderr
    assert "is being trained by another bardsmith" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert other.returncode == 0, other.stderr


def test_job_files_are_written_and_nothing_is_trained(finished: Finished) -> None:
    done = bardsmith("train", "tiny", "--engine", "slurm", "--run", "dora", cwd=finished.folder.root.parents[1])
    file = finished.folder.training / "slurm-1gpu.sh"
    assert (done.returncode, done.stdout.strip()) == (0, f"sbatch {file}"), done.stderr
    assert "runs=(dora)" in file.read_text(encoding="utf-8")
    file.unlink()


def test_the_dashboard_is_drawn_anew_only_when_a_run_has_gone_on(finished: Finished, tmp_path: Path) -> None:
    sheet = finished.folder.training / NAME
    assert sheet.read_bytes().startswith(b"\x89PNG")
    stamp = sheet.stat().st_mtime_ns
    draw_if_stale(finished.folder, ["lora", "dora"])
    assert sheet.stat().st_mtime_ns == stamp
    (finished.folder.run("lora") / "metrics.jsonl").touch()
    draw_if_stale(finished.folder, ["lora", "dora"])
    assert sheet.stat().st_mtime_ns > stamp
    draw_if_stale(StudyFolder(tmp_path), ["lora"])
    assert not (tmp_path / "training").exists()
