"""The report's content, ready for either form: page and PDF lay out the same words, tables and figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bardsmith.report import background, charts, finding, judges, knowledge, method, probes, votes, writing
from bardsmith.report.background import Grid
from bardsmith.report.comparison import by_quality, difference, probability, ranking, sides, size, verdict
from bardsmith.report.config import ReportConfig
from bardsmith.report.examples import Example, Scanned, best_and_worst, examples, while_training
from bardsmith.report.finding import Finding
from bardsmith.report.inputs import BASE, MetricsLine, Results
from bardsmith.report.measures import BY_NAME, FURTHER, MAIN, Measure, bounds, change, is_shown, value
from bardsmith.report.reference_findings import ReferenceFinding, reference_findings
from bardsmith.results import Comparison

Lines = dict[str, list[tuple[int, float]]]


@dataclass(frozen=True)
class Cell:
    """One figure of the main tables."""

    label: str
    value: str
    bounds: str = ""
    beside: str = ""
    """The greedy answers' figure."""
    faint: bool = False
    """A difference that is not shown."""


@dataclass(frozen=True)
class Row:
    contestant: str
    colour: str
    size: str
    cells: tuple[Cell, ...]
    remark: str = ""
    """Stands in place of the cells of a run without numbers."""


@dataclass(frozen=True)
class CellTable:
    head: tuple[str, ...]
    meanings: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Figure:
    name: str
    title: str
    svg: str
    alt: str


class Drawn(NamedTuple):
    of_answers: tuple[Figure, ...]
    of_safety: tuple[Figure, ...]
    of_training: tuple[Figure, ...]


@dataclass(frozen=True)
class Content:
    title: str
    description: str
    facts: tuple[tuple[str, str], ...]
    """A few key words and figures under the title."""
    finding: Finding
    has_greedy: bool
    main: CellTable
    """In order of quality: the ranking."""
    further: CellTable
    differences: CellTable
    comparisons: Grid
    explored: Grid
    knowledge: Grid
    knowledge_meanings: tuple[str, ...]
    probes: tuple[Grid, ...]
    """Safety, the system prompt, leaks; without rows where nothing was asked."""
    probes_said: tuple[str, ...]
    probe_figures: tuple[Figure, ...]
    writing: Grid
    writing_meanings: tuple[str, ...]
    speed: Grid
    speed_meanings: tuple[str, ...]
    reference: tuple[ReferenceFinding, ...]
    judges: tuple[Grid, ...]
    trust: tuple[str, ...]
    """How far the judges can be trusted, in sentences."""
    answer_figures: tuple[Figure, ...]
    training_figures: tuple[Figure, ...]
    examples: tuple[Example, ...]
    while_training: tuple[Example, ...]
    poems: tuple[Scanned, ...]
    command: str
    """Makes the study again."""
    corpus: tuple[Grid, ...]
    runs: tuple[Grid, ...]
    study: Grid
    stages: Grid
    packages: Grid
    digests: Grid
    notes: tuple[str, ...]
    how: tuple[str, ...]
    limits: tuple[str, ...]
    printed: tuple[str, ...]
    """Whose answers the PDF has room for."""


def gather(config: ReportConfig, results: Results, figures: Drawn) -> Content:
    """All that page and PDF show."""
    study = results.study
    colours = charts.colours(results.contestants)
    main, further = (_measured_of_any(results, measures) for measures in (MAIN, FURTHER))
    return Content(
        title=config.title or str(study.get("name", "study")),
        description=str(study.get("description") or ""),
        facts=_facts(results),
        finding=finding.find(results),
        has_greedy=results.has_greedy,
        main=_measures(results, main, colours),
        further=_measures(results, further, colours),
        differences=_differences(results, main, colours),
        comparisons=_comparisons("Announced beforehand", results.comparisons),
        explored=_comparisons("All other pairs, explored", results.explored),
        knowledge=knowledge.knowledge(results),
        knowledge_meanings=knowledge.MEANINGS,
        probes=(probes.safety(results), probes.system_prompts(results), probes.leaks(results)),
        probes_said=probes.said(results),
        probe_figures=figures.of_safety,
        writing=writing.writing(results),
        writing_meanings=writing.MEANINGS,
        speed=writing.speed(results),
        speed_meanings=writing.SPEED_MEANINGS,
        reference=reference_findings(results),
        judges=(*judges.figures(results), *votes.figures(results.ratings)),
        trust=(*judges.trust(results), *votes.said(results.ratings)),
        answer_figures=figures.of_answers,
        training_figures=figures.of_training,
        examples=examples(results, config.examples, colours),
        while_training=while_training(results.runs, colours),
        poems=best_and_worst(results, colours),
        command=background.command(results),
        corpus=background.corpus(results),
        runs=background.run_settings(results.runs),
        study=background.study_settings(study),
        stages=background.stages(results.manifests),
        packages=background.packages(results.manifests),
        digests=background.digests(results.manifests),
        notes=background.notes(results.manifests),
        how=method.how(results),
        limits=method.limits(results),
        printed=(BASE, *ranking(results)[:2]),
    )


def _facts(results: Results) -> tuple[tuple[str, str], ...]:
    names = [run.name for run in results.runs]
    seconds = sum(manifest.seconds for manifest in results.manifests.values())
    facts = (
        ("base model", str(results.study.get("model", {}).get("base", ""))),
        ("runs", ", ".join(names) if len(names) <= 4 else str(len(names))),
        ("configurations", str(len(results.contestants)) if results.is_imported else ""),
        ("training conversations", str(len(results.train) or "")),
        ("held-out prompts", str(len(results.heldout))),
        ("seed", str(results.study.get("seed", ""))),
        ("time of all stages", background.duration(seconds) if seconds else ""),
    )
    return tuple(fact for fact in facts if fact[1])


def _measured_of_any(results: Results, measures: Sequence[Measure]) -> list[Measure]:
    """Without those that no contestant has, such as facts where none was asked."""
    return [one for one in measures if any(one.name in results.measures(who, "sampled") for who in results.contestants)]


def _measures(results: Results, measures: Sequence[Measure], colours: dict[str, str]) -> CellTable:
    """Sampled means with intervals and, beside, greedy means; a run without numbers has a remark instead."""
    rows = [_measured(results, name, measures, colours[name]) for name in by_quality(results)]
    for run in results.runs:
        if run.failure is not None:
            remedy = f" {run.failure.remedy}" if run.failure.remedy else ""
            rows.append(Row(run.name, "", "", (), f"failed, no numbers: {run.failure.what.rstrip('.')}.{remedy}"))
        elif run.name not in results.contestants:
            rows.append(Row(run.name, "", "", (), "no numbers: unfinished, or not measured"))
    return _table(measures, rows)


def _table(measures: Sequence[Measure], rows: Sequence[Row]) -> CellTable:
    meanings = tuple(f"{measure.label}: {measure.meaning}" for measure in measures)
    return CellTable(tuple(measure.label for measure in measures), meanings, tuple(rows))


def _measured(results: Results, contestant: str, measures: Sequence[Measure], colour: str) -> Row:
    sampled, greedy = (results.measures(contestant, decoding) for decoding in ("sampled", "greedy"))
    cells = []
    for measure in measures:
        estimate, other = sampled.get(measure.name), greedy.get(measure.name)
        beside = value(measure, other.mean) if other else ""
        if estimate is None:
            cells.append(Cell(measure.label, "not measured", beside=beside, faint=True))
            continue
        text = bounds(measure, estimate)
        if measure.name == "fact_kept":
            text += f" n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{estimate.prompts}"
        cells.append(Cell(measure.label, value(measure, estimate.mean), text, beside))
    prompts = max((estimate.prompts for estimate in sampled.values()), default=0)
    answers = len(results.scores_of(contestant, "sampled"))
    unscored = sum(score.error is not None for score in results.scores_of(contestant, "sampled"))
    size = f"{prompts} prompts, {answers} answers" + (f", {unscored} unscored" if unscored else "")
    return Row(contestant, colour, size, tuple(cells))


def _differences(results: Results, measures: Sequence[Measure], colours: dict[str, str]) -> CellTable:
    rows = []
    for contestant in results.contestants:
        differences = results.differences_to_base(contestant)
        if not differences:
            continue
        cells = []
        for measure in measures:
            difference = differences.get(measure.name)
            if difference is None:
                cells.append(Cell(measure.label, "not measured", faint=True))
            else:
                text = change(measure, difference.mean)
                cells.append(Cell(measure.label, text, bounds(measure, difference), faint=not is_shown(difference)))
        rows.append(Row(contestant, colours[contestant], "", tuple(cells)))
    return _table(measures, rows)


def _comparisons(caption: str, members: Sequence[Comparison]) -> Grid:
    head = ("comparison", "measure", "difference", "p, adjusted", "verdict", "found reliably from", "prompts", "remark")
    rows = tuple(
        (
            sides(one),
            BY_NAME[one.measure].label.lower(),
            difference(one),
            probability(one.p_adjusted),
            verdict(one),
            size(one, one.detectable),
            str(one.prompts),
            f"chosen {one.chosen}" if one.chosen else ", ".join(f"{a} less {b}" for a, b in one.over),
        )
        for one in members
    )
    return Grid(caption, head, rows)


def training_lines(results: Results) -> dict[str, Lines]:
    """By key of the metrics: a list of (step, value) a run, only of runs that have any."""
    keys = ("loss", "validation_loss", "validation_verse", "grad_norm")
    return {key: {run.name: points for run in results.runs if (points := _points(run.metrics, key))} for key in keys}


def _points(metrics: Sequence[MetricsLine], key: str) -> list[tuple[int, float]]:
    points = [(line.step, getattr(line, key)) for line in metrics]
    return [(step, number if math.isfinite(number) else math.nan) for step, number in points if number is not None]
