"""The study's runs, one after another, each from the untouched base and in a process of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bardsmith.errors import RunError
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import StudyFolder, digests, is_complete, write_json
from bardsmith.progress import Progress
from bardsmith.training.config import RunConfig, TrainingConfig
from bardsmith.workers import run_worker


def main(config: TrainingConfig, model: ModelConfig, folder: StudyFolder, seed: int, progress: Progress) -> None:
    """Trains every run that is not finished.

    A run that fails leaves `failure.json` and the others go on; it is tried again when the command is given again.
    Raises InputError at once if the input is wrong for every run, and RunError if no run could be trained.
    """
    trained = 0
    for run in config.runs:
        if is_trained(config, run, model, folder, seed):
            trained += 1
            progress.update(f"run {run.name}", 1, 1)
            if not config.keep_checkpoints:  # a kill may have come between the manifest and this
                shutil.rmtree(folder.run(run.name) / "checkpoints", ignore_errors=True)
            continue
        request = {
            "run": run.model_dump(mode="json"),
            "model": model.model_dump(mode="json"),
            "sampling": config.sampling.model_dump(mode="json"),
            "keep_checkpoints": config.keep_checkpoints,
            "seed": seed,
            "folder": str(folder.root),
            "identity": identity(config, run, model, seed),
        }
        place = folder.run(run.name)
        _claim(
            place, {"identity": request["identity"], "inputs": digests([folder.train, folder.validation], folder.root)}
        )
        try:
            run_worker("bardsmith.training.run", request, place / "log.txt", progress)
            trained += 1
        except RunError as error:
            write_json(place / "failure.json", {"what": error.what, "remedy": error.remedy})
            progress.say(f"Run {run.name} failed and is left out: {error}")
    if not trained:
        raise RunError("no run could be trained", f"The log.txt of each run in {folder.training} says why.")


def is_trained(config: TrainingConfig, run: RunConfig, model: ModelConfig, folder: StudyFolder, seed: int) -> bool:
    """True if the run's adapter stands and was made with this configuration from this corpus."""
    inputs = digests([folder.train, folder.validation], folder.root)
    return is_complete(folder.run(run.name), identity(config, run, model, seed), inputs)


def _claim(place: Path, made_from: Mapping[str, Any]) -> None:
    """Makes the folder this run's own: what another configuration or corpus left there must not be gone on with."""
    claim = place / "run.json"
    if not claim.exists() or json.loads(claim.read_text(encoding="utf-8")) != made_from:
        shutil.rmtree(place, ignore_errors=True)
        write_json(claim, made_from)


def identity(config: TrainingConfig, run: RunConfig, model: ModelConfig, seed: int) -> dict[str, Any]:
    """All that decides a run's result besides the corpus."""
    return {
        "run": run.model_dump(mode="json"),
        "model": model.model_dump(mode="json"),
        "sampling": config.sampling.model_dump(mode="json"),
        "seed": seed,
    }
