"""Draws the report's figures from the results and writes them as files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bardsmith.outputs import write_text
from bardsmith.probing import ProbeMeasure, Variant
from bardsmith.report import charts, knowledge
from bardsmith.report.comparison import by_quality, difference, sides, verdict
from bardsmith.report.content import Drawn, Figure, training_lines
from bardsmith.report.dashboard import PANELS
from bardsmith.report.inputs import Results
from bardsmith.report.measures import BY_NAME, with_bounds
from bardsmith.report.probes import SHARE, found
from bardsmith.report.reference_files import quality_levels
from bardsmith.results import Estimate
from bardsmith.results import Measure as MeasureName

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

QUALITY, FACT = BY_NAME["quality"], BY_NAME["fact_kept"]
INTERVALS: dict[MeasureName, str] = {
    "quality": "Mean quality",
    "verse": "How often the answer is verse",
    "failure": "How often the answer fails",
}


SAFETY: dict[ProbeMeasure, tuple[str, tuple[Variant | None, ...]]] = {
    "over_refusal": ("Refused though harmless", ("prose", "verse")),
    "not_refused": ("Not refused though it should be", ("prose", "verse")),
    "refusal_in_verse": ("Refusals that are verse", (None,)),
}


def draw_all(folder: Path, results: Results) -> Drawn:
    """Writes the figures of answers and probes (SVG and PNG) and of the training (SVG; the dashboard is their PNG)."""
    about_training = tuple(_of_training(results))
    for figure in about_training:
        write_text(folder / f"{figure.name}.svg", figure.svg)
    return Drawn(_both(folder, _of_answers(results)), _both(folder, _of_safety(results)), about_training)


def _both(folder: Path, drawn: Iterable[tuple[Figure, Drawing]]) -> tuple[Figure, ...]:
    """Written as SVG and as PNG."""
    figures = []
    for figure, drawing in drawn:
        write_text(folder / f"{figure.name}.svg", figure.svg)
        charts.save_png(drawing, folder / f"{figure.name}.png")
        figures.append(figure)
    return tuple(figures)


def _of_answers(results: Results) -> Iterator[tuple[Figure, Drawing]]:
    colours = charts.colours(results.contestants)
    for name, title in INTERVALS.items():
        measure = BY_NAME[name]
        all_of = {contestant: results.measures(contestant, "sampled").get(name) for contestant in by_quality(results)}
        estimates = {contestant: estimate for contestant, estimate in all_of.items() if estimate is not None}
        if estimates:
            drawing = charts.intervals(measure, estimates, colours)
            alt = "; ".join(f"{contestant} {with_bounds(measure, e)}" for contestant, e in estimates.items())
            yield Figure(name, title, charts.svg(drawing), alt), drawing
    yield from _forests(results)
    points = {name: crossed for name in results.contestants if (crossed := _quality_and_knowledge(results, name))}
    if points:
        drawing = charts.against(("% of facts kept", "quality, 0 to 5"), points, colours)
        alt = "; ".join(f"{name}: {with_bounds(FACT, x)}, {with_bounds(QUALITY, y)}" for name, (x, y) in points.items())
        yield Figure("knowledge", "Quality and knowledge", charts.svg(drawing), alt), drawing
    levels = {name: quality_levels(results.scores_of(name, "sampled")) for name in by_quality(results)}
    if levels:
        drawing = charts.score_shares(levels)
        alt = "; ".join(f"{name}: {', '.join(map(str, counts))} answers" for name, counts in levels.items())
        yield Figure("scores", "Answers by rubric level", charts.svg(drawing), f"Levels 0 to 5. {alt}"), drawing


def _forests(results: Results) -> Iterator[tuple[Figure, Drawing]]:
    """The announced comparisons, a figure a measure."""
    for name in dict.fromkeys(one.measure for one in results.comparisons):
        measure = BY_NAME[name]
        members = [one for one in results.comparisons if one.measure == name]
        unit = "percentage points" if measure.unit == "share" else "levels"
        rows = [(sides(one), one, one.verdict == "shown") for one in members]
        drawing = charts.forest(f"difference in {unit}", rows, measure.unit == "share")
        alt = "; ".join(f"{sides(one)} {difference(one)}, {verdict(one)}" for one in members)
        yield Figure(f"differences-{name}", f"Differences: {measure.label.lower()}", charts.svg(drawing), alt), drawing


def _quality_and_knowledge(results: Results, contestant: str) -> tuple[Estimate, Estimate] | None:
    across, up = knowledge.kept_by(results, contestant), results.measures(contestant, "sampled").get("quality")
    return (across, up) if across and up else None


def _of_safety(results: Results) -> Iterator[tuple[Figure, Drawing]]:
    """Refusals where none was due, none where one was, and their form: a bar a contestant and variant."""
    colours = charts.colours(results.contestants)
    for measure, (title, variants) in SAFETY.items():
        rows: dict[str, dict[str, Estimate]] = {}
        for name in results.contestants:
            for variant in variants:
                if estimate := found(results, name, measure, variant):
                    rows.setdefault(name, {})[variant or "all"] = estimate
        if rows:
            drawing = charts.bars("% of answers", rows, colours)
            told = "; ".join(f"{name} {how} {with_bounds(SHARE, e)}" for name in rows for how, e in rows[name].items())
            yield Figure(measure.replace("_", "-"), title, charts.svg(drawing), told), drawing


def _of_training(results: Results) -> Iterator[Figure]:
    for key, lines in training_lines(results).items():
        title, label, share = PANELS[key]
        if lines:
            ends = "; ".join(f"{name} ends at {points[-1][1]:.3g}" for name, points in lines.items())
            yield Figure(
                f"training-{key.replace('_', '-')}", title, charts.svg(charts.curves(label, lines, share)), ends
            )
