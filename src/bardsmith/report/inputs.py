"""Everything the report is made from, read from the study's folder: result files and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import ConfigDict, ValidationError

from bardsmith.errors import Fault, InputError
from bardsmith.outputs import Manifest, StudyFolder, read_manifest, read_records
from bardsmith.probing import ProbePrompt, ProbeScore, ProbeSummary
from bardsmith.records import AnswerPace, Closed, Completion, Conversation, Decoding, Prompt, is_untrained
from bardsmith.report.config import ReportConfig
from bardsmith.results import (
    ArenaRatings,
    Comparison,
    Difference,
    Estimate,
    JudgeCard,
    Measure,
    Sameness,
    Score,
    Summary,
)

BASE = "base"
Shape = TypeVar("Shape", bound=Closed)


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
    validation_score: float | None = None
    validation_verse: float | None = None
    validation_complete: float | None = None
    validation_loops: float | None = None
    prose_perplexity: float | None = None
    facts_known: float | None = None


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
class Probed:
    """The probes, their answers, and what they say."""

    asked: dict[str, ProbePrompt]
    """By id."""
    texts: dict[tuple[str, str], str]
    """By contestant and probe."""
    scores: tuple[ProbeScore, ...]
    summary: ProbeSummary


@dataclass(frozen=True)
class Results:
    """The study's result files, in memory."""

    study: dict[str, Any]
    train: tuple[Conversation, ...]
    validation: tuple[Conversation, ...]
    heldout: tuple[Prompt, ...]
    anchors: tuple[Prompt, ...]
    """What stands before poems by people that answer no held-out prompt."""
    runs: tuple[Run, ...]
    completions: tuple[Completion, ...]
    scores: tuple[Score, ...]
    summary: Summary
    card: JudgeCard | None
    """None where the evaluation left none."""
    ratings: ArenaRatings | None
    """What people voted, if they did."""
    probed: Probed | None
    """None where no probes were asked."""
    paces: tuple[AnswerPace, ...]
    """How fast the answers came; empty where that was not noted."""
    manifests: dict[str, Manifest]
    """By stage, a run's as `training/<run>`; only of stages that are complete."""

    @property
    def contestants(self) -> tuple[str, ...]:
        """Who was measured, in the order of the answers. A run that failed since then has no numbers."""
        without = {run.name for run in self.runs if run.state != "finished"}
        return tuple(name for name in self._answered if name not in without)

    @property
    def trained(self) -> tuple[str, ...]:
        """Of the contestants the runs; of answers from elsewhere all but the base, however asked."""
        if self.is_imported:
            return tuple(name for name in self.contestants if not is_untrained(name))
        return tuple(run.name for run in self.runs if run.name in self.contestants)

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The announced ones, of contestants that have numbers."""
        return self._of_contestants(self.summary.comparisons)

    @property
    def explored(self) -> tuple[Comparison, ...]:
        return self._of_contestants(self.summary.exploratory)

    def _of_contestants(self, comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
        return tuple(
            one
            for one in comparisons
            if all(name in self.contestants for pair in one.over or ((one.a, one.b),) for name in pair)
        )

    @property
    def is_imported(self) -> bool:
        """Answers brought from elsewhere: there is neither corpus nor training."""
        return bool(self.study.get("imported"))

    @cached_property
    def _answered(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(entry.contestant for entry in self.summary.contestants))

    def measures(self, contestant: str, decoding: Decoding) -> dict[Measure, Estimate]:
        """The contestant's estimates by measure; empty where nothing was drawn that way."""
        for entry in self.summary.contestants:
            if (entry.contestant, entry.decoding) == (contestant, decoding):
                return dict(entry.measures)
        return {}

    def sameness(self, contestant: str) -> Sameness | None:
        """Of the contestant's sampled answers to different prompts."""
        entries = self.summary.contestants
        return next(
            (one.sameness for one in entries if (one.contestant, one.decoding) == (contestant, "sampled")), None
        )

    def dollars(self, contestant: str) -> float | None:
        """What a service took for all of the contestant's answers; None for a local one, or if it is not known."""
        costs = [one.dollars for one in self.summary.contestants if one.contestant == contestant]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if known and len(known) == len(costs) else None

    def differences_to_base(self, contestant: str) -> dict[Measure, Difference]:
        """The contestant's sampled answers less the base model's, by measure; empty where there are none."""
        for entry in self.summary.contestants:
            if (entry.contestant, entry.decoding) == (contestant, "sampled"):
                return dict(entry.difference_to_base)
        return {}

    def scores_of(self, contestant: str, decoding: Decoding) -> list[Score]:
        return self._scores_by[contestant, decoding]

    @cached_property
    def _scores_by(self) -> dict[tuple[str, Decoding], list[Score]]:
        by: dict[tuple[str, Decoding], list[Score]] = defaultdict(list)
        for score in self.scores:
            by[score.contestant, score.decoding].append(score)
        return by

    def completions_of(self, contestant: str) -> dict[tuple[str, Decoding, int], Completion]:
        """By prompt, decoding and sample number."""
        return self._completions_by[contestant]

    @cached_property
    def _completions_by(self) -> dict[str, dict[tuple[str, Decoding, int], Completion]]:
        by: dict[str, dict[tuple[str, Decoding, int], Completion]] = defaultdict(dict)
        for each in self.completions:
            by[each.contestant][each.prompt, each.decoding, each.sample] = each
        return by

    @property
    def has_greedy(self) -> bool:
        return any(entry.decoding == "greedy" for entry in self.summary.contestants)


def read_results(folder: StudyFolder) -> Results:
    """Reads all that the stages before the report wrote. Raises InputError that names a missing or faulty file."""
    study = _study(folder.study)
    settings_of = [] if study.get("imported") else study["training"]["runs"]
    runs = tuple(_run(folder.run(settings["name"]), settings) for settings in settings_of)
    stages = {"corpus": folder.corpus, **{f"training/{run.name}": folder.run(run.name) for run in runs}}
    stages |= {"arena": folder.arena, "evaluation": folder.evaluation}
    manifests = {stage: read_manifest(path) for stage, path in stages.items()}
    return Results(
        study=study,
        train=() if study.get("imported") else tuple(read_records(folder.train, Conversation)),
        validation=() if study.get("imported") else tuple(read_records(folder.validation, Conversation)),
        heldout=tuple(read_records(folder.heldout, Prompt)),
        anchors=tuple(read_records(folder.anchors, Prompt)) if folder.anchors.exists() else (),
        runs=runs,
        completions=tuple(read_records(folder.completions, Completion)),
        scores=tuple(read_records(folder.scores, Score)),
        summary=_read(Summary, folder.summary),
        card=_read(JudgeCard, folder.card) if folder.card.exists() else None,
        ratings=_read(ArenaRatings, folder.arena_ratings) if folder.arena_ratings.exists() else None,
        probed=_probed(folder) if folder.probe_summary.exists() else None,
        paces=tuple(read_records(folder.answer_pace, AnswerPace)) if folder.answer_pace.exists() else (),
        manifests={stage: manifest for stage, manifest in manifests.items() if manifest is not None},
    )


def _probed(folder: StudyFolder) -> Probed:
    return Probed(
        asked={probe.id: probe for probe in read_records(folder.probes, ProbePrompt)},
        texts={(each.contestant, each.prompt): each.text for each in read_records(folder.probed, Completion)},
        scores=tuple(read_records(folder.probe_scores, ProbeScore)),
        summary=_read(ProbeSummary, folder.probe_summary),
    )


def report_settings(folder: StudyFolder) -> ReportConfig:
    """The study's own wishes for its report. Raises InputError if there is no study, or they cannot be read."""
    try:
        return ReportConfig.model_validate(_study(folder.study).get("report") or {})
    except ValidationError:
        raise InputError(
            f"{folder.study} has faults under `report`", "Put them right, or run the study again."
        ) from None


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
    if isinstance(study, dict) and study.get("imported"):
        return dict(study)
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


def _read(shape: type[Shape], path: Path) -> Shape:
    try:
        return shape.model_validate_json(_text(path))
    except ValidationError as error:
        entries = error.errors(include_url=False)[:5]
        faults = [Fault(entry["msg"], ".".join(str(part) for part in entry["loc"]) or None) for entry in entries]
        remedy = "It was written by another version or by hand; run the evaluation again."
        raise InputError(f"{path} is not what an evaluation writes", remedy, faults) from None
