"""One run of a study as a unit of work: safe to give again, on any machine that sees the study's folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from bardsmith.errors import InputError, RunError
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import StudyFolder, digests, is_complete, is_made_from, write_json, write_text
from bardsmith.progress import Progress
from bardsmith.standing import lock_of
from bardsmith.training import journal
from bardsmith.training.card import card
from bardsmith.training.config import RunConfig, TrainingConfig
from bardsmith.workers import run_worker


@dataclass(frozen=True)
class Task:
    """A run with all that decides its result, and where it belongs."""

    run: RunConfig
    model: ModelConfig
    training: TrainingConfig
    seed: int
    folder: StudyFolder
    trained_by: str | None = None
    """The module whose process trains it; None for the one of the run's backend."""

    @property
    def name(self) -> str:
        return self.run.name

    @property
    def worker(self) -> str:
        modules = {"hf": "bardsmith.training.run", "unsloth": "bardsmith.training.unsloth"}
        return self.trained_by or modules[self.run.backend]

    @property
    def place(self) -> Path:
        return self.folder.run(self.run.name)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: with its adapter, or (`failure`) without."""

    run: str
    failure: str | None = None


def carry_out(task: Task, progress: Progress, gpus: Sequence[str] | None = None, patience: float = 2) -> Outcome:
    """Trains a run in a process of its own, unless its adapter stands. A failure is told, kept and returned.

    `gpus`: identifiers of the cards it may use; None leaves that as it is. `patience`: seconds to wait for another
    process that is at work on the run. Raises InputError if it stays at work, or if the input is wrong for every run.
    """
    with _sole_trainer(task, patience):
        begun_from = made_from(task.run, task.training, task.model, task.folder, task.seed)
        decisive = {name: value for name, value in begun_from.items() if name != "inputs"}
        if not is_complete(task.place, decisive, begun_from["inputs"]):
            failure = _train(task, begun_from, progress, gpus)
            if failure is not None:
                progress.say(f"Run {task.name} failed and is left out: {failure}")
                return Outcome(task.name, str(failure))
        # A kill may have come between the manifest and this.
        if not task.training.keep_checkpoints:
            shutil.rmtree(task.place / "checkpoints", ignore_errors=True)
        if not (task.place / "README.md").exists():
            write_text(task.place / "README.md", card(task.folder, task.name))
        progress.update(f"run {task.name}", 1, 1)
        return Outcome(task.name)


def made_from(
    run: RunConfig, config: TrainingConfig, model: ModelConfig, folder: StudyFolder, seed: int
) -> dict[str, Any]:
    """All that decides what a run's adapter will be."""
    return {
        "run": run.model_dump(mode="json"),
        "model": model.model_dump(mode="json"),
        "sampling": config.sampling.model_dump(mode="json"),
        "seed": seed,
        "inputs": digests([folder.train, folder.validation], folder.root),
    }


def _train(
    task: Task, begun_from: Mapping[str, Any], progress: Progress, gpus: Sequence[str] | None
) -> RunError | None:
    """Runs the worker and keeps the journal; returns why it failed, or None."""
    resumed = _claim(task.place, begun_from)
    journal.note(task.folder, task.name, "resumed" if resumed else "started")
    started = time.monotonic()
    request = {
        **begun_from,
        "keep_checkpoints": task.training.keep_checkpoints,
        "trackers": task.training.trackers,
        "folder": str(task.folder.root),
        "worker": task.name,
    }
    environment = {} if gpus is None else {"CUDA_VISIBLE_DEVICES": ",".join(gpus)}
    try:
        run_worker(task.worker, request, task.place / "log.txt", progress, environment)
    except RunError as error:
        write_json(task.place / "failure.json", {"what": error.what, "remedy": error.remedy})
        journal.note(task.folder, task.name, "failed", _since(started), error.what, error.remedy)
        return error
    except InputError as error:
        journal.note(task.folder, task.name, "failed", _since(started), error.what, error.remedy)
        raise
    journal.note(task.folder, task.name, "finished", _since(started))
    return None


def _since(started: float) -> float:
    return round(time.monotonic() - started, 1)


def _claim(place: Path, made_from: Mapping[str, Any]) -> bool:
    """Makes the folder this run's own: what another configuration or corpus left there must not be gone on with.

    Returns whether there are checkpoints to go on from.
    """
    claim = place / "run.json"
    if not is_made_from(claim, made_from):
        shutil.rmtree(place, ignore_errors=True)
        write_json(claim, made_from)
    (place / "README.md").unlink(missing_ok=True)
    return any((place / "checkpoints").glob("checkpoint-*"))


@contextmanager
def _sole_trainer(task: Task, patience: float) -> Iterator[None]:
    task.folder.training.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(lock_of(task.folder, task.name), timeout=patience)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise InputError(
            f"run {task.name} in {task.folder.root} is being trained by another bardsmith",
            "Wait for it (`bardsmith show` tells how far it is), or train other runs: --run NAME.",
        ) from None
    try:
        yield
    finally:
        lock.release()
