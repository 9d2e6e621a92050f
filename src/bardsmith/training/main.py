"""The study's runs, each from the untouched base and in a process of its own: one after another, or as many at once
as an engine has places for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from bardsmith.errors import RunError
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import StudyFolder
from bardsmith.progress import Progress
from bardsmith.training.config import TrainingConfig
from bardsmith.training.engines import cluster, local
from bardsmith.training.sequence import Task


def main(
    config: TrainingConfig,
    model: ModelConfig,
    folder: StudyFolder,
    seed: int,
    progress: Progress,
    names: Collection[str],
    engine: Literal["local", "ray"] = "local",
) -> None:
    """Trains those of the runs `names` that are not finished.

    A run that fails leaves `failure.json` and the others go on; it is tried again when the command is given again.
    Raises InputError at once if the input is wrong for every run, and RunError if no run could be trained.
    """
    tasks = [Task(run, model, config, seed, folder) for run in config.runs if run.name in names]
    train_all = {"local": local.train_all, "ray": cluster.train_all}[engine]
    outcomes = train_all(tasks, progress)
    if all(outcome.failure is not None for outcome in outcomes):
        raise RunError("no run could be trained", f"The log.txt of each run in {folder.training} says why.")
