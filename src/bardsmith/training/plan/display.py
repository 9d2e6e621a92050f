"""A plan on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from bardsmith.training.plan.estimate import RunPlan, TrainingPlan

PARTS = {
    "weights": "weights",
    "embeddings": "embeddings and head",
    "adapters": "adapters",
    "gradients": "their gradients",
    "optimizer": "optimiser",
    "activations": "activations kept",
    "layer": "one layer's pass",
    "logits": "logits",
    "dora": "DoRA",
    "evaluation": "an evaluation",
    "framework": "framework",
    "desktop": "desktop, others",
}


def runs_table(plan: TrainingPlan) -> Table:
    """A line for every run: what it trains, whether it fits, how long it takes."""
    table = Table(title=f"{plan.card}, {plan.card_gib:.1f} GiB", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("", justify="right")
    table.add_column("run")
    for name in ("trained", "GiB", "", "tokens", "steps", "time"):
        table.add_column(name, justify="right")
    for number, run in enumerate(plan.runs, start=1):
        fits = Text("fits", style="green") if run.fits else Text("too large", style="bold red")
        steps = "?" if run.steps is None else f"{run.steps:,}"
        time = "?" if run.seconds is None else duration(run.seconds)
        trained = f"{run.trainable / 1e6:.1f} M" if run.trainable >= 1e5 else f"{run.trainable:,}"
        table.add_row(str(number), run.run, trained, f"{run.total_gib:.2f}", fits, f"{run.tokens:,}", steps, time)
    return table


def parts_table(plan: TrainingPlan) -> Table:
    """Memory part by part; runs that take the same stand in one column, by their numbers."""
    alike: dict[tuple[float, ...], list[int]] = {}
    for number, run in enumerate(plan.runs, start=1):
        alike.setdefault(tuple(run.gib[name] for name in PARTS), []).append(number)
    table = Table(title="GiB by part and run", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    for numbers in alike.values():
        table.add_column(",".join(map(str, numbers)), justify="right")
    for place, label in enumerate(PARTS.values()):
        table.add_row(label, *(f"{values[place]:.2f}" for values in alike))
    return table


def remarks(plan: TrainingPlan) -> Iterator[Text]:
    """What is to be known about the table."""
    for run in plan.runs:
        if not run.fits:
            knobs = " and ".join(run.knobs)
            yield Text(
                f"{run.run} would fit with {knobs}" if knobs else f"{run.run} fits with none of the settings tried"
            )
    total = sum(run.seconds or 0 for run in plan.runs)
    if all(run.seconds is not None for run in plan.runs):
        yield Text(f"All runs one after another: {duration(total)}. Times are estimates: --probe measures.")
    yield Text(
        "Not all of it stands at one time: of one layer's pass and the logits the larger counts, and an evaluation "
        "comes when gradients, activations, pass, logits and DoRA's part are free.",
        style="dim",
    )
    for line in plan.assumed:
        yield Text(f"Assumed: {line}.", style="dim")


def duration(seconds: float) -> str:
    """`45 s`, `12 min` or `3.4 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def as_measured(plan: TrainingPlan, run: RunPlan, measured: Mapping[str, float]) -> str:
    """What a probe found, beside what was estimated."""
    memory = run.allocated_gib if plan.on_gpu else run.total_gib - run.gib["desktop"]
    time = "" if run.step_seconds is None else f" (estimated {run.step_seconds:.2f})"
    return (
        f"Probe of {run.run}, {measured['steps']:.0f} steps on its {measured['rows']:.0f} longest rows: "
        f"{measured['seconds']:.2f} seconds a step{time}, {measured['gib']:.2f} GiB at the highest point "
        f"(estimated {memory:.2f})"
    )
