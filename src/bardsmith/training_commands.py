"""`bardsmith preflight` and `bardsmith plan`: what training will do, before it does it. No logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyArgument = Annotated[str, typer.Argument(metavar="STUDY", help="A shipped study, a folder or a study.yaml.")]
OutputsOption = Annotated[Path, typer.Option("--outputs", help="Where study folders are.")]


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
