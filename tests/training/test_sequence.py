"""Runs as units of work: twelve in a row of which two fail, one at a time by one process, gone on with after a kill."""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import filelock
import pytest
from twelve import tasks

from bardsmith.errors import InputError
from bardsmith.outputs import MANIFEST
from bardsmith.progress import Silent
from bardsmith.standing import lock_of, standing
from bardsmith.training import journal
from bardsmith.training.engines import local
from bardsmith.training.sequence import Outcome, Task, carry_out

posix_only = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")


@posix_only
def test_a_run_that_is_killed_in_mid_run_goes_on_to_the_same_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker of `lora-a` is killed at its third step, once it has a checkpoint of the second."""
    task = tasks(tmp_path, monkeypatch)[0]
    (tmp_path / "killed_worker.py").write_text(KILLED, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))
    killed = carry_out(replace(task, trained_by="killed_worker"), Silent())
    assert killed.failure is not None
    assert (task.place / "checkpoints" / "checkpoint-2" / "complete").exists()
    assert not (task.place / MANIFEST).exists()
    assert carry_out(task, Silent()) == Outcome("lora-a")
    resumed = (task.place / "adapter" / "adapter_model.safetensors").read_bytes()
    assert [entry.event for entry in journal.read(task.folder)] == ["started", "failed", "resumed", "finished"]
    assert {row["since"] for row in map(json.loads, (task.place / "pace.jsonl").read_text().splitlines())} == {0, 2}

    (task.place / "run.json").unlink()  # as if it had never been begun
    (task.place / MANIFEST).unlink()
    assert carry_out(task, Silent()) == Outcome("lora-a")
    assert (task.place / "adapter" / "adapter_model.safetensors").read_bytes() == resumed


KILLED = """
import os, signal
from transformers import TrainerCallback
from bardsmith.training import run
from bardsmith.workers import serve

class Kill(TrainerCallback):
    def on_step_begin(self, args, state, control, **kwargs):
        if state.global_step == 2:
            os.kill(os.getpid(), signal.SIGKILL)

build = run.build_trainer

def build_killed(*args, **more):
    trainer = build(*args, **more)
    trainer.add_callback(Kill())
    return trainer

run.build_trainer = build_killed
if __name__ == "__main__":
    serve(run.train)
"""


def test_a_run_that_somebody_else_trains_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task, other = tasks(tmp_path, monkeypatch)[:2]
    task.folder.training.mkdir(parents=True)
    with filelock.FileLock(lock_of(task.folder, task.name)):
        assert standing(task.folder, task.name).state == "running"
        assert standing(task.folder, other.name).state == "open"
        with pytest.raises(InputError, match=r"run lora-a in .* is being trained by another bardsmith"):
            carry_out(task, Silent(), patience=0.1)
    assert standing(task.folder, task.name).state == "open"


def test_runs_of_one_machine_share_its_gpus_and_never_one_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three GPUs, one run that needs two of them: all runs are carried out, at most three GPUs are in use."""
    given = [
        replace(task, model=task.model.model_copy(update={"device": "auto"})) for task in tasks(tmp_path, monkeypatch)
    ]
    given[3] = replace(given[3], run=given[3].run.model_copy(update={"shards": 2}))
    in_use: set[str] = set()
    most: list[int] = []
    gate = threading.Lock()

    def pretend(task: Task, progress: object, gpus: list[str]) -> Outcome:
        with gate:
            assert not in_use & set(gpus)
            assert len(gpus) == task.run.shards
            in_use.update(gpus)
            most.append(len(in_use))
        threading.Event().wait(0.02)
        with gate:
            in_use.difference_update(gpus)
        return Outcome(task.name)

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    monkeypatch.setattr(local, "carry_out", pretend)
    assert {outcome.run for outcome in local.train_all(given, Silent())} == {task.name for task in given}
    assert max(most) == 3

    given[3] = replace(given[3], run=given[3].run.model_copy(update={"shards": 4}))
    with pytest.raises(InputError, match="spread over 4 GPUs; there are 3 here"):
        local.train_all(given, Silent())


@pytest.mark.parametrize(("value", "found"), [("", []), ("-1", []), ("0", ["0"]), ("1,3", ["1", "3"])])
def test_the_gpus_that_may_be_used(value: str, found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert local.visible_gpus() == found


def test_a_line_of_the_journal_that_a_kill_cut_short_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tasks(tmp_path, monkeypatch)[0].folder
    journal.note(folder, "lora-a", "started")
    with (folder.training / "journal.jsonl").open("a") as file:
        file.write('{"at":"2026-')
    assert [entry.event for entry in journal.read(folder)] == ["started"]
    journal.note(folder, "lora-a", "finished", 1.5)
    assert [entry.event for entry in journal.read(folder)] == ["started", "finished"]
