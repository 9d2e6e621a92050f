"""The command line: one subcommand an act, no logic. Heavy rooms are imported by the subcommand that needs them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bardsmith import arena_commands, corpus_commands, evaluation_commands, training_commands

app = typer.Typer(
    name="bardsmith",
    help="Turns a language model into a bard that answers every conversation in verse, and proves that it worked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # importing rich would be half of the time that --help takes
)

app.add_typer(corpus_commands.corpus, name="corpus")
app.add_typer(corpus_commands.replies, name="replies")
app.command()(training_commands.preflight)
app.command()(training_commands.plan)
app.command()(training_commands.train)
app.command()(arena_commands.arena)
app.add_typer(evaluation_commands.evaluate, name="evaluate")
app.command()(evaluation_commands.report)

WHICH_STUDY = "A study that ships (embedded, tiny, bardic), a folder or a study.yaml."
StudyArgument = Annotated[str, typer.Argument(metavar="STUDY", help=WHICH_STUDY)]
OutputsOption = Annotated[Path, typer.Option("--outputs", help="Where study folders are.")]


@app.command()
def run(
    study: Annotated[str, typer.Option("--study", metavar="STUDY", help=WHICH_STUDY)] = "embedded",
    name: Annotated[str | None, typer.Option("--name", help="Run under another name, in a folder of its own.")] = None,
    outputs: OutputsOption = Path("outputs"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew; an old folder is moved aside.")] = False,
    until: Annotated[
        Literal["corpus", "training", "arena", "evaluation", "report"],
        typer.Option("--until", help="Stop after this stage."),
    ] = "report",
) -> None:
    """Carry a study from its corpus to its report. Killed or failed, the same command goes on where it was."""
    from bardsmith import pipeline, terminal
    from bardsmith.outputs import StudyFolder
    from bardsmith.results import Summary
    from bardsmith.runs_table import RunsTable
    from bardsmith.study.load import find_study, load_study, renamed

    spec = renamed(load_study(find_study(study)), name)
    folder = StudyFolder((outputs / spec.name).absolute())
    if fresh:
        pipeline.move_aside(folder)
    with terminal.Bars(RunsTable(folder, [run.name for run in spec.training.runs])) as bars:
        pipeline.run_study(spec, folder, bars, until)
    if until == "report":
        summary = Summary.model_validate_json(folder.summary.read_text(encoding="utf-8"))
        terminal.show(terminal.results(summary))
        print(f"Report: {folder.report / 'index.html'}")  # noqa: T201
    failed = pipeline.failed_runs(spec, folder)
    if failed:
        print(f"Failed and left out: {', '.join(failed)}. The same command tries again.", file=sys.stderr)  # noqa: T201
        raise typer.Exit(1)


@app.command()
def check(study: StudyArgument) -> None:
    """Read a study and tell all its faults at once; nothing is run."""
    from bardsmith.study.load import find_study, load_study

    spec = load_study(find_study(study))
    print(f"{spec.name}: {len(spec.training.runs)} runs from {spec.model.base}; no faults")  # noqa: T201


@app.command()
def show(study: StudyArgument = "embedded", outputs: OutputsOption = Path("outputs")) -> None:
    """Print how far a study's folder is."""
    from bardsmith import terminal
    from bardsmith.outputs import StudyFolder
    from bardsmith.runs_table import RunsTable
    from bardsmith.study.load import study_of_folder

    spec, root = study_of_folder(study, outputs)
    folder = StudyFolder(root.absolute())
    terminal.show(terminal.state(folder))
    terminal.show(RunsTable(folder, [run.name for run in spec.training.runs]))


@app.command()
def verse(
    source: Annotated[str, typer.Argument(metavar="FILE|-", help="A text file, or - for what is piped in.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything that is measured, for machines.")] = False,
    batch: Annotated[
        bool, typer.Option("--batch", help="Read JSONL rows with text or messages; print a JSON line for each.")
    ] = False,
) -> None:
    """Show the beats, the rhymes and the form of a text, and whether it is verse."""
    import json

    from bardsmith import recital
    from bardsmith.verse import analyse

    if batch:
        for name, text in recital.read_rows(source):
            print(json.dumps({"id": name, **analyse(text).as_dict()}, ensure_ascii=False))  # noqa: T201
    elif as_json:
        print(json.dumps(analyse(recital.read_text(source)).as_dict(), ensure_ascii=False, indent=1))  # noqa: T201
    else:
        recital.recite(analyse(recital.read_text(source)))


EXTRAS = {"torch": "train", "transformers": "train", "peft": "train", "trl": "train",
          "starlette": "arena", "uvicorn": "arena"}  # fmt: skip
"""What comes with which extra, and is imported where it is needed."""


def main() -> None:
    """The entry point: errors that have a name are told in words, an unknown one is loud."""
    from bardsmith.errors import BardsmithError

    try:
        app()
    except BardsmithError as error:
        print(f"bardsmith: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in EXTRAS:
            raise
        print(f'bardsmith: {missing} is needed for this\n  pip install "bardsmith[{EXTRAS[missing]}]"', file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except OSError as error:
        from bardsmith.workers import disk_error

        told = disk_error(error, Path.cwd())
        if told is None:
            raise
        print(f"bardsmith: {told}", file=sys.stderr)  # noqa: T201
        sys.exit(told.exit_code)
    except KeyboardInterrupt:
        print("bardsmith: stopped; the same command goes on from here", file=sys.stderr)  # noqa: T201
        sys.exit(130)
