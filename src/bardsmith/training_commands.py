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
