"""Everything the report is made from, read from the study's folder: result files and nothing else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ConfigDict, ValidationError

from bardsmith.errors import Fault, InputError
from bardsmith.outputs import Manifest, StudyFolder, read_manifest, read_records
from bardsmith.records import (
    Closed,
    Completion,
    Conversation,
    Decoding,
    Difference,
    Estimate,
    Measure,
    Prompt,
    Score,
    Summary,
)

BASE = "base"


class _Line(Closed):
    """A line of the training stage's own log: what the report does not show, it passes over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class MetricsLine(_Line):
    """One line of `metrics.jsonl`: a training step or an evaluation."""

    step: int
    loss: float | None = None
    learning_rate: float | None = None
    grad_norm: float | None = None
    validation_loss: float | None = None
    validation_verse: float | None = None


class TrainingSample(_Line):
    """What a run answered to a validation prompt in the middle of its training."""

    step: int
    prompt: str
    question: str
    text: str


class RunFailure(_Line):
    """Why a run ended without an adapter."""

    what: str
    remedy: str | None = None


@dataclass(frozen=True)
class Run:
    """A run of the study, as far as it came."""

    name: str
    settings: dict[str, Any]
    manifest: Manifest | None
    failure: RunFailure | None
    metrics: tuple[MetricsLine, ...]
    samples: tuple[TrainingSample, ...]

    @property
    def state(self) -> Literal["finished", "failed", "unfinished"]:
        if self.manifest is not None:
            return "finished"
        return "failed" if self.failure is not None else "unfinished"


@dataclass(frozen=True)
class Results:
    """The study's result files, in memory."""

    study: dict[str, Any]
    train: tuple[Conversation, ...]
    validation: tuple[Conversation, ...]
    heldout: tuple[Prompt, ...]
    runs: tuple[Run, ...]
    completions: tuple[Completion, ...]
    scores: tuple[Score, ...]
    summary: Summary
    manifests: dict[str, Manifest]
    """By stage, a run's as `training/<run>`; only of stages that are complete."""

    @property
    def contestants(self) -> tuple[str, ...]:
        """Who was measured, in the order of the study, `base` first. A run that failed has no numbers."""
        measured = {entry.contestant for entry in self.summary.contestants}
        names = (BASE, *(run.name for run in self.runs if run.state == "finished"))
        return tuple(name for name in names if name in measured)

    def measures(self, contestant: str, decoding: Decoding) -> dict[Measure, Estimate]:
        """The contestant's estimates by measure; empty where nothing was drawn that way."""
        for entry in self.summary.contestants:
            if (entry.contestant, entry.decoding) == (contestant, decoding):
                return dict(entry.measures)
        return {}

    def differences_to_base(self, contestant: str) -> dict[Measure, Difference]:
        """The contestant's sampled answers less the base model's, by measure; empty where there are none."""
        for entry in self.summary.contestants:
            if (entry.contestant, entry.decoding) == (contestant, "sampled"):
                return dict(entry.difference_to_base)
        return {}

    def scores_of(self, contestant: str, decoding: Decoding) -> list[Score]:
        return [score for score in self.scores if (score.contestant, score.decoding) == (contestant, decoding)]

    def completions_of(self, contestant: str) -> dict[tuple[str, Decoding, int], Completion]:
        """By prompt, decoding and sample number."""
        return {(c.prompt, c.decoding, c.sample): c for c in self.completions if c.contestant == contestant}

    @property
    def has_greedy(self) -> bool:
        return any(entry.decoding == "greedy" for entry in self.summary.contestants)


def read_results(folder: StudyFolder) -> Results:
    """Reads all that the stages before the report wrote. Raises InputError that names a missing or faulty file."""
    study = _study(folder.study)
    runs = tuple(_run(folder.run(settings["name"]), settings) for settings in study["training"]["runs"])
    stages = {"corpus": folder.corpus, **{f"training/{run.name}": folder.run(run.name) for run in runs}}
    stages |= {"arena": folder.arena, "evaluation": folder.evaluation}
    manifests = {stage: read_manifest(path) for stage, path in stages.items()}
    return Results(
        study=study,
        train=tuple(read_records(folder.train, Conversation)),
        validation=tuple(read_records(folder.validation, Conversation)),
        heldout=tuple(read_records(folder.heldout, Prompt)),
        runs=runs,
        completions=tuple(read_records(folder.completions, Completion)),
        scores=tuple(read_records(folder.scores, Score)),
        summary=_summary(folder.summary),
        manifests={stage: manifest for stage, manifest in manifests.items() if manifest is not None},
    )


def samples_by_prompt(run: Run) -> dict[str, list[TrainingSample]]:
    """A run's training samples by prompt, each in the order of its steps."""
    by_prompt: dict[str, list[TrainingSample]] = defaultdict(list)
    for sample in sorted(run.samples, key=lambda sample: sample.step):
        by_prompt[sample.prompt].append(sample)
    return dict(by_prompt)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path} is missing", "Run the stages before the report: bardsmith run") from None


def _study(path: Path) -> dict[str, Any]:
    try:
        study = yaml.safe_load(_text(path))
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not YAML: {error}", "Make it again: bardsmith run") from None
    runs = study.get("training", {}).get("runs") if isinstance(study, dict) else None
    if not isinstance(runs, list) or not all(isinstance(run, dict) and "name" in run for run in runs):
        raise InputError(f"{path} names no runs", "It must be the complete study that `bardsmith run` writes.")
    return dict(study)


def _run(folder: Path, settings: dict[str, Any]) -> Run:
    manifest = read_manifest(folder)
    failure = folder / "failure.json"
    metrics, samples = folder / "metrics.jsonl", folder / "samples.jsonl"
    return Run(
        name=settings["name"],
        settings=settings,
        manifest=manifest,
        failure=_failure(failure) if manifest is None and failure.exists() else None,
        metrics=tuple(read_records(metrics, MetricsLine)) if manifest and metrics.exists() else (),
        samples=tuple(read_records(samples, TrainingSample)) if manifest and samples.exists() else (),
    )


def _failure(path: Path) -> RunFailure:
    try:
        return RunFailure.model_validate_json(_text(path))
    except ValidationError:
        return RunFailure(what=f"{path.name} cannot be read")


def _summary(path: Path) -> Summary:
    try:
        return Summary.model_validate_json(_text(path))
    except ValidationError as error:
        entries = error.errors(include_url=False)[:5]
        faults = [Fault(entry["msg"], ".".join(str(part) for part in entry["loc"]) or None) for entry in entries]
        remedy = "It was written by another version or by hand; run the evaluation again."
        raise InputError(f"{path} is not a summary of an evaluation", remedy, faults) from None
