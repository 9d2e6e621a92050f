"""The study's runs, one after another, each from the untouched base and in a process of its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bardsmith.errors import RunError
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import StudyFolder, digests, is_complete, is_made_from, write_json
from bardsmith.progress import Progress
from bardsmith.training.config import RunConfig, TrainingConfig
from bardsmith.workers import run_worker


def main(config: TrainingConfig, model: ModelConfig, folder: StudyFolder, seed: int, progress: Progress) -> None:
    """Trains every run that is not finished.

    A run that fails leaves `failure.json` and the others go on; it is tried again when the command is given again.
    Raises InputError at once if the input is wrong for every run, and RunError if no run could be trained.
    """
    trained = [run.name for run in config.runs if _train(run, config, model, folder, seed, progress)]
    if not trained:
        raise RunError("no run could be trained", f"The log.txt of each run in {folder.training} says why.")


def _train(
    run: RunConfig, config: TrainingConfig, model: ModelConfig, folder: StudyFolder, seed: int, progress: Progress
) -> bool:
    """Trains one run, unless its adapter stands; returns whether it stands now."""
    place = folder.run(run.name)
    begun_from = made_from(run, config, model, folder, seed)
    decisive = {name: value for name, value in begun_from.items() if name != "inputs"}
    inputs = begun_from["inputs"]
    if is_complete(place, decisive, inputs):
        if not config.keep_checkpoints:  # a kill may have come between the manifest and this
            shutil.rmtree(place / "checkpoints", ignore_errors=True)
        progress.update(f"run {run.name}", 1, 1)
        return True
    _claim(place, begun_from)
    request = {
        **decisive,
        "keep_checkpoints": config.keep_checkpoints,
        "trackers": config.trackers,
        "folder": str(folder.root),
    }
    try:
        run_worker("bardsmith.training.run", request, place / "log.txt", progress)
    except RunError as error:
        write_json(place / "failure.json", {"what": error.what, "remedy": error.remedy})
        progress.say(f"Run {run.name} failed and is left out: {error}")
        return False
    return True


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


def _claim(place: Path, made_from: Mapping[str, Any]) -> None:
    """Makes the folder this run's own: what another configuration or corpus left there must not be gone on with."""
    claim = place / "run.json"
    if not is_made_from(claim, made_from):
        shutil.rmtree(place, ignore_errors=True)
        write_json(claim, made_from)
