"""What a study's runs will take, before a weight is read; and, when asked, what a moment of each really takes."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bardsmith.errors import InputError
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import StudyFolder
from bardsmith.progress import Progress
from bardsmith.training.config import RunConfig, TrainingConfig
from bardsmith.workers import run_worker

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from bardsmith.training.plan.estimate import TrainingPlan

PROBE_SECONDS = 20.0


def plan(
    config: TrainingConfig, model: ModelConfig, folder: StudyFolder, seed: int, card: str | None, progress: Progress
) -> TrainingPlan:
    """Memory, fit, steps and time of every run, on the named card or on what this machine has."""
    from bardsmith.training.plan.estimate import estimate

    return estimate(config, model, folder, seed, card, progress)


def shown(found: TrainingPlan) -> tuple[list[Table], list[Text]]:
    """The plan as tables, and what is to be known about it."""
    from bardsmith.training.plan.display import parts_table, remarks, runs_table

    return [runs_table(found), parts_table(found)], list(remarks(found))


def probed(
    found: TrainingPlan,
    config: TrainingConfig,
    model: ModelConfig,
    folder: StudyFolder,
    seed: int,
    progress: Progress,
) -> tuple[TrainingPlan, str]:
    """The plan with its times as a probe of its largest run has them, and what the probe measured, in words.

    Raises InputError if there is no corpus yet.
    """
    from bardsmith.training.plan.display import as_measured
    from bardsmith.training.plan.estimate import calibrated

    if not folder.train.exists():
        raise InputError(f"{folder.train} is missing: a probe needs rows", "Make them with: bardsmith preflight STUDY")
    largest = max(found.runs, key=lambda run: run.total_gib)
    (run,) = (each for each in config.runs if each.name == largest.run)
    measured = probe(run, model, folder, seed, PROBE_SECONDS, progress)
    return calibrated(found, largest.run, measured["seconds"]), as_measured(found, largest, measured)


def probe(
    run: RunConfig, model: ModelConfig, folder: StudyFolder, seed: int, seconds: float, progress: Progress
) -> dict[str, float]:
    """Trains a run for some seconds on its longest rows, in a process of its own, and throws the result away.

    Returns `seconds` a step, the `steps` measured, the `rows` read and the tokens of the `longest`; of the highest
    point `gib`, and on a GPU `reserved_gib`, what PyTorch's allocator held then.
    """
    with tempfile.TemporaryDirectory(prefix="bardsmith-probe-") as scratch:
        request = {
            "run": run.model_dump(mode="json"),
            "model": model.model_dump(mode="json"),
            "train": str(folder.train),
            "seed": seed if run.seed is None else run.seed,
            "seconds": seconds,
            "folder": scratch,
        }
        run_worker("bardsmith.training.plan.probe", request, folder.training / "log.txt", progress)
        measured: dict[str, float] = json.loads((Path(scratch) / "probe.json").read_text(encoding="utf-8"))
    return measured
