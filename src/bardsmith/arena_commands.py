"""`bardsmith arena STUDY`: answers what is missing and opens the page, or asks in the terminal. No logic."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bardsmith.arena.live import Live
    from bardsmith.outputs import StudyFolder
    from bardsmith.study.spec import Study

StudyArgument = Annotated[str, typer.Argument(metavar="STUDY", help="A study that was begun, or its folder.")]
OutputsOption = Annotated[Path, typer.Option("--outputs", help="Where study folders are.")]
PortOption = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Of the page; 0 takes a free one.")]
HostOption = Annotated[str, typer.Option("--host", help="Another address than loopback; a token is then asked for.")]
BrowserOption = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")]
TerminalOption = Annotated[bool, typer.Option("--terminal", help="Read and vote right here, without a page.")]
RaterOption = Annotated[str | None, typer.Option("--rater", help="Who votes in the terminal.")]


def arena(
    study: StudyArgument = "embedded",
    outputs: OutputsOption = Path("outputs"),
    browser: BrowserOption = True,
    port: PortOption = None,
    host: HostOption = "127.0.0.1",
    in_terminal: TerminalOption = False,
    rater: RaterOption = None,
) -> None:
    """Read all contestants side by side, vote blind, and see how they rank."""
    from bardsmith import pipeline, terminal
    from bardsmith.arena.stored import read_stored
    from bardsmith.arena.votes import Ballots
    from bardsmith.outputs import StudyFolder
    from bardsmith.study.load import study_of_folder

    spec, root = study_of_folder(study, outputs)
    folder = StudyFolder(root.absolute())
    with terminal.Bars() as bars:
        pipeline.answer(spec, folder, bars)
    stored = read_stored(spec.name, folder)
    with Ballots(folder.ballots, stored) as ballots:
        if in_terminal:
            from bardsmith.arena.terminal import vote

            vote(stored, ballots, rater or getpass.getuser(), folder.arena_ratings, spec.seed)
        else:
            from bardsmith.arena.app import Arena
            from bardsmith.arena.serving import serve

            serve(Arena(stored, folder, ballots, _live(spec, folder), spec.seed), host, port, browser, typer.echo)


def _live(spec: Study, folder: StudyFolder) -> Live:
    """The base and every trained run."""
    from bardsmith.arena.live import Live
    from bardsmith.pipeline import trained_runs

    adapters = {"base": None, **{run: str(folder.run(run) / "adapter") for run in trained_runs(spec, folder)}}
    request = {
        "model": spec.model.model_dump(mode="json"),
        "adapters": adapters,
        "sampling": spec.arena.sampling.model_dump(mode="json"),
        "system": spec.corpus.system_prompt,
    }
    return Live(list(adapters), request, folder.arena / "live.log")
