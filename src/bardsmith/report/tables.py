"""The figures behind the report as CSV files: plain numbers, an empty field where there is none."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bardsmith.outputs import write_text
from bardsmith.report.inputs import Results

Field = str | int | float | bool | None


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[Field, ...], ...]


def write_csv(path: Path, table: Table) -> None:
    """UTF-8, fields quoted where CSV needs it, truth as 1 and 0.

    Text is written as it is: a field that starts with `=` is not disarmed for spreadsheets, because a judge that
    reads the file must read what the model wrote.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_field(field) for field in row] for row in table.rows)
    write_text(path, buffer.getvalue())


def _field(field: Field) -> Field:
    if isinstance(field, bool):
        return int(field)
    if isinstance(field, float):
        return int(field) if field.is_integer() else round(field, 6)
    return field


def measures(results: Results) -> Table:
    """Every estimate: a row a contestant, decoding and measure."""
    rows = [
        (entry.contestant, entry.decoding, name, e.mean, e.low, e.high, e.prompts, e.rows, e.unscored)
        for entry in results.summary.contestants
        if entry.contestant in results.contestants
        for name, e in entry.measures.items()
    ]
    columns = ("contestant", "decoding", "measure", "mean", "low", "high", "prompts", "rows", "unscored")
    return Table(columns, tuple(rows))


def differences(results: Results) -> Table:
    """Every paired difference to the base model."""
    rows = [
        (entry.contestant, "base", entry.decoding, name, d.mean, d.low, d.high, d.p, d.prompts)
        for entry in results.summary.contestants
        if entry.contestant in results.contestants
        for name, d in entry.difference_to_base.items()
    ]
    return Table(("first", "second", "decoding", "measure", "mean", "low", "high", "p", "prompts"), tuple(rows))


def comparisons(results: Results) -> Table:
    """Announced comparisons first, then all other pairs."""
    names = ("a", "b", "measure", "mean", "low", "high", "p", "p_adjusted", "test", "prompts", "margin", "power",
             "detectable", "prompts_needed", "no_larger_than", "verdict", "chosen")  # fmt: skip
    families = (("announced", results.comparisons), ("exploratory", results.explored))
    rows = [
        (family, *(getattr(one, name) for name in names), " ".join(f"{a}/{b}" for a, b in one.over))
        for family, members in families
        for one in members
    ]
    return Table(("family", *names, "over"), tuple(rows))


def scores(results: Results) -> Table:
    """The judge's figures of every single answer."""
    names = ("contestant", "prompt", "kind", "decoding", "sample", "quality", "quality_raw", "override",
             "verse", "complete", "looping", "gibberish", "relevant", "failure", "hard_failure", "memorised",
             "fact_kept", "rhyme", "meter", "lines", "words", "tokens", "stock_words", "error")  # fmt: skip
    rows = [
        tuple(getattr(score, name) for name in names)
        for score in results.scores
        if score.contestant in results.contestants
    ]
    return Table(names, tuple(rows))


def probes(results: Results) -> Table:
    """Every figure of the probes: estimates by variant, then differences by contrast, then retention."""
    columns = ("contestant", "measure", "what", "mean", "low", "high", "p", "prompts", "rows", "unscored")
    if results.probed is None:
        return Table(columns, ())
    summary, shown = results.probed.summary, results.contestants
    rows: list[tuple[Field, ...]] = []
    for one in summary.estimates:
        e = one.estimate
        ends = (e.mean, e.low, e.high)
        rows.append((one.contestant, one.measure, one.variant, *ends, None, e.prompts, e.rows, e.unscored))
    for each in summary.differences:
        d = each.difference
        rows.append((each.contestant, each.measure, each.contrast, d.mean, d.low, d.high, d.p, d.prompts, None, None))
    for kept in summary.retention:
        retained = (kept.ratio, kept.low, kept.high)
        rows.append((kept.contestant, "fact_kept", "retention", *retained, None, kept.prompts, None, None))
    return Table(columns, tuple(row for row in rows if row[0] in shown))


def training(results: Results) -> Table:
    """Every training step and evaluation of every run that finished."""
    names = ("step", "loss", "learning_rate", "grad_norm", "validation_loss", "validation_score", "validation_verse",
             "validation_complete", "validation_loops", "prose_perplexity", "facts_known")  # fmt: skip
    rows = [(run.name, *(getattr(line, name) for name in names)) for run in results.runs for line in run.metrics]
    return Table(("run", *names), tuple(rows))


def sameness(results: Results) -> Table:
    """How alike each contestant's answers to different prompts are."""
    rows = [
        (entry.contestant, entry.decoding, runs.mean, runs.low, runs.high, runs.prompts, entry.sameness.openings)
        for entry in results.summary.contestants
        if entry.contestant in results.contestants and entry.sameness is not None
        for runs in (entry.sameness.shared_runs,)
    ]
    return Table(("contestant", "decoding", "shared_runs", "low", "high", "prompts", "openings"), tuple(rows))


def speed(results: Results) -> Table:
    """How fast the answers came: a row for every number of answers drawn at once. The only table that holds times."""
    rows = [(pace.contestant, pace.answers, pace.tokens, pace.seconds) for pace in results.paces]
    return Table(("contestant", "answers", "tokens", "seconds"), tuple(rows))


def corpus(results: Results) -> Table:
    """Conversations and prompts by split, kind and form."""
    parts = {"train": results.train, "validation": results.validation, "heldout": results.heldout}
    counts = Counter((part, d.kind, d.form or "") for part, dialogues in parts.items() for d in dialogues)
    return Table(("split", "kind", "form", "count"), tuple((*key, count) for key, count in counts.items()))


def write_all(folder: Path, results: Results) -> None:
    tables: Iterable[tuple[str, Table]] = (
        ("measures", measures(results)),
        ("differences", differences(results)),
        ("comparisons", comparisons(results)),
        ("scores", scores(results)),
        ("probes", probes(results)),
        ("training", training(results)),
        ("corpus", corpus(results)),
        ("sameness", sameness(results)),
        ("speed", speed(results)),
    )
    for name, table in tables:
        write_csv(folder / f"{name}.csv", table)
