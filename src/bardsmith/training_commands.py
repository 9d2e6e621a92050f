"""`bardsmith preflight`, `plan` and `train`: what training will do, before it does it, and the doing. No logic."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

StudyArgument = Annotated[str, typer.Argument(metavar="STUDY", help="A shipped study, a folder or a study.yaml.")]
OutputsOption = Annotated[Path, typer.Option("--outputs", help="Where study folders are.")]
WAIT_FOR_CORPUS = 3600.0
"""Seconds that a job which trains some of a study's runs waits for another one to make the corpus."""


def preflight(
    study: StudyArgument,
    outputs: OutputsOption = Path("outputs"),
    show: Annotated[
        int, typer.Option("--show", metavar="N", help="Print so many rows as the tokens that are fed.", min=0)
    ] = 0,
) -> None:
    """Look for what would make a night of training worthless: ends, masks, templates, leaks. Seconds, no weights."""
    from bardsmith import pipeline, terminal
    from bardsmith.outputs import StudyFolder
    from bardsmith.study.load import find_study, load_study
    from bardsmith.training.preflight.main import report, shown

    spec = load_study(find_study(study))
    folder = StudyFolder((outputs / spec.name).absolute())
    with terminal.Bars() as bars:
        found = pipeline.look_ahead(spec, folder, bars)
    if show:
        terminal.lines(shown(spec.training, spec.model, folder, spec.seed, show, bars))
    terminal.lines(report(found))
    if any(finding.refuses for finding in found.findings):
        raise typer.Exit(2)


def plan(
    study: StudyArgument,
    outputs: OutputsOption = Path("outputs"),
    card: Annotated[
        str | None,
        typer.Option("--card", metavar="NAME", help="For this card instead of this machine: '4070 Ti 12 GB'."),
    ] = None,
    probe: Annotated[
        bool, typer.Option("--probe", help="Train the largest run for some 20 seconds here, and measure.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything for machines.")] = False,
) -> None:
    """Tell for every run what memory and time it will take, whether it fits, and what API stages would cost."""
    import json

    from bardsmith import terminal
    from bardsmith.outputs import StudyFolder
    from bardsmith.study.load import find_study, load_study
    from bardsmith.training.plan import main as planning
    from bardsmith.workshop import prices

    spec = load_study(find_study(study))
    folder = StudyFolder((outputs / spec.name).absolute())
    measured = ""
    with terminal.Bars() as bars:
        found = planning.plan(spec.training, spec.model, folder, spec.seed, card, bars)
        if probe:
            found, measured = planning.probed(found, spec.training, spec.model, folder, spec.seed, bars)
    money = prices(spec, folder)
    if as_json:
        print(json.dumps({**found.model_dump(mode="json"), "probe": measured or None, "money": money}, indent=2))  # noqa: T201
        return
    tables, remarks = planning.shown(found)
    for table in tables:
        terminal.show(table)
    terminal.lines(remarks)
    for text in (measured, *(f"Money, corpus {act}: {told}" for act, told in money.items())):
        if text:
            print(text)  # noqa: T201


def train(
    study: StudyArgument,
    run: Annotated[
        list[str] | None, typer.Option("--run", metavar="NAME", help="Only this run; may be repeated.")
    ] = None,
    engine: Annotated[
        Literal["local", "ray", "slurm", "skypilot"],
        typer.Option("--engine", help="Here; on a Ray cluster; or write the job files for Slurm or SkyPilot."),
    ] = "local",
    adapter_backend: Annotated[
        Literal["bardsmith", "peft"] | None,
        typer.Option("--adapter-backend", help="Whose adapter layers all runs use, whatever the study says."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Run under another name, in a folder of its own.")] = None,
    outputs: OutputsOption = Path("outputs"),
) -> None:
    """Train a study's runs one after another. Killed or failed, the same command goes on where it was."""
    from bardsmith import pipeline, terminal
    from bardsmith.outputs import StudyFolder
    from bardsmith.runs_table import RunsTable
    from bardsmith.study.load import changed, find_study, load_study, renamed, runs_named

    file = find_study(study).absolute()
    spec = renamed(load_study(file), name)
    if adapter_backend is not None:
        spec = changed(spec, adapter_backend=adapter_backend)
    wanted = runs_named(spec, run or [])
    folder = StudyFolder((outputs / spec.name).absolute())
    if engine == "slurm" or engine == "skypilot":
        options = () if adapter_backend is None else ("--adapter-backend", adapter_backend)
        with terminal.Bars() as bars:
            told = pipeline.write_jobs(spec, file, folder, bars, wanted, engine, options)
        print(told)  # noqa: T201
        return
    try:
        with terminal.Bars(RunsTable(folder, wanted)) as bars:
            pipeline.train_study(spec, folder, bars, wanted, engine, WAIT_FOR_CORPUS if run else 0)
    finally:
        ended = RunsTable(folder, wanted)
        if ended.is_begun():
            terminal.show(ended)
    failed = [name for name in pipeline.failed_runs(spec, folder) if name in wanted]
    if failed:
        print(f"Failed: {', '.join(failed)}. The same command tries again.", file=sys.stderr)  # noqa: T201
        raise typer.Exit(1)
