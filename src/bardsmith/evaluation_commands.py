"""`bardsmith evaluate ...`: one subcommand an act, no logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

evaluate = typer.Typer(help="Judge and compare answers.", no_args_is_help=True)


@evaluate.callback()
def acts() -> None:
    """Judge and compare answers."""


@evaluate.command("study")
def study_(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="A shipped study, a folder or a study.yaml.")],
    outputs: Annotated[Path, typer.Option("--outputs", help="Where study folders are.")] = Path("outputs"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would ask and cost; send nothing.")] = False,
) -> None:
    """Judge and compare the answers that a study has, without its report."""
    from bardsmith import pipeline, terminal
    from bardsmith.outputs import StudyFolder
    from bardsmith.results import Summary
    from bardsmith.study.load import find_study, load_study

    spec = load_study(find_study(study))
    folder = StudyFolder((outputs / spec.name).absolute())
    if dry_run:
        told = pipeline.forecast(spec, folder)
        print("\n".join(told) or "Nobody is asked: the study has neither judges nor a ceiling.")  # noqa: T201
        return
    with terminal.Bars() as bars:
        pipeline.evaluate(spec, folder, bars)
    summary = Summary.model_validate_json(folder.summary.read_text(encoding="utf-8"))
    terminal.show(terminal.results(summary))
    terminal.show(terminal.comparisons(summary))


@evaluate.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="CSV files, one a configuration: prompt,text.")],
    out: Annotated[Path, typer.Option("--out", help="Where the scores, the comparisons and the report go.")],
    keep_verdicts: Annotated[
        bool, typer.Option("--keep-verdicts", help="Take quality_score, format_adherence and failure from the files.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Of the resamples behind intervals and tests.")] = 0,
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Also set the report as a PDF.")] = True,
) -> None:
    """Judge, compare and report anybody's answers: judge_arena_<configuration>.csv, one file a configuration."""
    from bardsmith import terminal
    from bardsmith.evaluation.config import EvaluationConfig
    from bardsmith.evaluation.importing import import_answers
    from bardsmith.outputs import StudyFolder
    from bardsmith.report.config import ReportConfig
    from bardsmith.report.main import main, write_reference_files
    from bardsmith.results import Summary

    study = StudyFolder(out.absolute())
    with terminal.Bars() as bars:
        import_answers(EvaluationConfig(), folder, study, keep_verdicts, seed, bars)
        write_reference_files(study)
        main(ReportConfig(pdf=pdf), study, bars)
    summary = Summary.model_validate_json(study.summary.read_text(encoding="utf-8"))
    terminal.show(terminal.results(summary))
    terminal.show(terminal.comparisons(summary))
    print(f"Report: {study.report / 'index.html'}")  # noqa: T201


def report(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="The name of a study's folder, or its path.")],
    outputs: Annotated[Path, typer.Option("--outputs", help="Where study folders are.")] = Path("outputs"),
    pdf: Annotated[bool | None, typer.Option("--pdf/--no-pdf", help="As the study says, if not given.")] = None,
) -> None:
    """Build a study's report anew from its result files alone: no model, no network."""
    from bardsmith import terminal
    from bardsmith.outputs import StudyFolder
    from bardsmith.report.inputs import report_settings
    from bardsmith.report.main import main

    folder = StudyFolder(next((path for path in (outputs / study, Path(study)) if path.is_dir()), outputs / study))
    settings = report_settings(folder)
    with terminal.Bars() as bars:
        main(settings if pdf is None else settings.model_copy(update={"pdf": pdf}), folder, bars)
    print(f"Report: {folder.report / 'index.html'}")  # noqa: T201
