"""The `results/` folder: the same figures under the reference study's file names and keys; and what probes add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bardsmith.outputs import write_json
from bardsmith.probing import ProbeDifference, ProbeEstimate, Retention
from bardsmith.report import charts
from bardsmith.report.inputs import Probed, Results
from bardsmith.report.tables import Field, Table, write_csv
from bardsmith.results import Estimate, Measure, Score

KEYS: dict[str, Measure] = {"avg_quality": "quality", "format_adherence_pct": "verse", "failure_rate_pct": "failure"}
"""The reference study's key to our measure; keys that end in `_pct` are in per cent."""
OURS = ("sample", "judge", "quality_raw", "override", "complete", "relevant", "hard_failure", "looping", "gibberish",
        "memorised", "fact_kept", "rhyme", "meter", "lines", "words", "tokens", "stock_words")  # fmt: skip
"""Columns that follow those of the reference study."""
COUNTS = ("sample_count", "error_count", "valid_count")


def write_results(folder: Path, results: Results) -> None:
    """Writes all but `report.pdf`. Of the sampled answers only: the reference study knew no others."""
    write_figures(folder, results)
    for name in results.contestants:
        estimate = results.measures(name, "sampled").get("quality")
        levels = quality_levels(results.scores_of(name, "sampled"))
        histogram = charts.quality_histogram(name, levels, estimate.mean if estimate else None)
        charts.save_png(histogram, folder / f"quality_dist_judge_arena_{name}.png")


def write_figures(folder: Path, results: Results) -> None:
    """The summaries and every answer with its scores: what needs nothing to draw with."""
    summary = {f"judge_arena_{name}": _summary(results, name) for name in results.contestants}
    write_json(folder / "eval_summary.json", summary)
    write_csv(folder / "eval_summary.csv", _summary_table(results))
    for name in results.contestants:
        write_csv(folder / f"eval_judge_arena_{name}.csv", _answers(results, name))
    if results.probed is not None:
        write_csv(folder / "eval_probes.csv", _probe_answers(results.probed, results.contestants))


def quality_levels(scores: Sequence[Score]) -> tuple[int, ...]:
    """How many scored answers are at each rubric level from 0 to 5; halves count upwards."""
    counts = Counter(int(score.quality + 0.5) for score in scores if score.error is None and score.quality is not None)
    return tuple(counts[level] for level in charts.LEVELS)


def _six_keys(results: Results, contestant: str) -> dict[str, Field]:
    """The reference's own six keys."""
    scores = results.scores_of(contestant, "sampled")
    errors = sum(score.error is not None for score in scores)
    means = _means(results.measures(contestant, "sampled"))
    counts = {"sample_count": len(scores), "error_count": errors, "valid_count": len(scores) - errors}
    return {**{key: means.get(key) for key in KEYS}, **counts}


def _summary(results: Results, contestant: str) -> dict[str, object]:
    """The six keys; then intervals, the greedy answers' means, every measure, and the comparisons it is a side of."""
    sampled, alike = results.measures(contestant, "sampled"), results.sameness(contestant)
    kept = results.summary.forgetting.get(contestant)
    tests = [
        _rounded(one.model_dump(mode="json")) | {"announced": one in results.comparisons}
        for one in (*results.comparisons, *results.explored)
        if contestant in (one.a, one.b)
    ]
    return {
        **_six_keys(results, contestant),
        "intervals_95": {key: list(_scaled(key, sampled[name])[1:]) for key, name in KEYS.items() if name in sampled},
        "prompts": len({score.prompt for score in results.scores_of(contestant, "sampled")}),
        "greedy": _means(results.measures(contestant, "greedy")),
        "measures": {name: _rounded(estimate.model_dump(mode="json")) for name, estimate in sampled.items()},
        "sameness": alike
        and {"shared_runs": _rounded(alike.shared_runs.model_dump(mode="json")), "openings": round(alike.openings, 6)},
        "dev_quality": results.summary.dev_quality.get(contestant),
        "forgetting": kept and _rounded(kept.model_dump(mode="json")),
        "dollars": results.dollars(contestant),
        "tests": tests,
        "probes": _probes(results, contestant),
    }


def _probes(results: Results, contestant: str) -> list[dict[str, object]]:
    """The contestant's estimates and differences; empty without probes."""
    if results.probed is None:
        return []
    summary = results.probed.summary
    figures: tuple[ProbeEstimate | ProbeDifference | Retention, ...]
    figures = (*summary.estimates, *summary.differences, *summary.retention)
    fields = (one.model_dump(exclude={"contestant"}) for one in figures if one.contestant == contestant)
    return [
        {key: _rounded(field) if isinstance(field, dict) else field for key, field in each.items()} for each in fields
    ]


def _rounded(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in fields.items()}


def _means(measures: dict[Measure, Estimate]) -> dict[str, float]:
    return {key: _scaled(key, measures[name])[0] for key, name in KEYS.items() if name in measures}


def _scaled(key: str, estimate: Estimate) -> tuple[float, float, float]:
    scale = 100 if key.endswith("_pct") else 1
    mean, low, high = (round(scale * number, 6) for number in (estimate.mean, estimate.low, estimate.high))
    return mean, low, high


def _summary_table(results: Results) -> Table:
    """The six keys a row, and both ends of every interval."""
    rows: list[tuple[Field, ...]] = []
    for contestant in results.contestants:
        measures = results.measures(contestant, "sampled")
        ends = [_scaled(key, measures[name])[1:] if name in measures else (None, None) for key, name in KEYS.items()]
        row = (f"judge_arena_{contestant}", *_six_keys(results, contestant).values())
        rows.append((*row, *(end for pair in ends for end in pair)))
    ends_of = tuple(f"{key}_{end}" for key in KEYS for end in ("low", "high"))
    return Table(("configuration", *KEYS, *COUNTS, *ends_of), tuple(rows))


def _probe_answers(probed: Probed, contestants: Sequence[str]) -> Table:
    """One row an answer to a probe; `source` is the probe's id."""
    names = ("refused", "leaked", "fact_kept", "verse", "quality", "failure", "error")
    rows = [
        (
            f"judge_arena_{score.contestant}",
            probed.asked[score.prompt].question,
            probed.texts[score.contestant, score.prompt],
            score.probe,
            score.variant,
            score.kind,
            *(getattr(score, name) for name in names),
            score.prompt,
        )
        for score in probed.scores
        if score.contestant in contestants
    ]
    return Table(("configuration", "prompt", "text", "probe", "variant", "kind", *names, "source"), tuple(rows))


def _answers(results: Results, contestant: str) -> Table:
    """One row a sampled answer: the reference study's columns, then ours; `source` is the prompt's id."""
    questions = {prompt.id: prompt.question for prompt in (*results.heldout, *results.anchors)}
    completions = results.completions_of(contestant)
    rows: list[tuple[Field, ...]] = []
    for score in results.scores_of(contestant, "sampled"):
        completion = completions.get((score.prompt, score.decoding, score.sample))
        rows.append(
            (
                questions.get(score.prompt),
                completion.text if completion else None,
                score.quality,
                score.verse,
                score.failure,
                "; ".join(score.notes),
                score.error,
                score.prompt,
                *(getattr(score, name) for name in OURS),
            )
        )
    columns = ("prompt", "text", "quality_score", "format_adherence", "failure", "notes", "error", "source")
    return Table((*columns, *OURS), tuple(rows))
