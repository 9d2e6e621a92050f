"""The report stage: result files in; a page, a PDF, figures and tables out. Needs neither model nor network."""

from __future__ import annotations

import importlib.util
import shutil

from bardsmith.errors import InputError, RunError
from bardsmith.outputs import StudyFolder, atomic
from bardsmith.progress import Progress
from bardsmith.report import charts, content, dashboard, figures, reference_files, render, tables
from bardsmith.report.config import ReportConfig
from bardsmith.report.inputs import read_results

TASK = "report"
STEPS = 4


def main(config: ReportConfig, folder: StudyFolder, progress: Progress) -> None:
    """Writes everything below `report/` but the manifest, the same bytes from the same results.

    Raises InputError if a library or a result file is missing, RunError if a file cannot be written.
    """
    _require("matplotlib", "typst") if config.pdf else _require("matplotlib")
    results = read_results(folder)
    try:
        _clear(folder)
        progress.update(TASK, 0, STEPS)
        tables.write_all(folder.report / "tables", results)
        progress.update(TASK, 1, STEPS)
        with charts.drawing():
            drawn = figures.draw_all(folder.report / "figures", results)
            reference_files.write_results(folder.report / "results", results)
            dashboard.draw(folder.report / "results" / dashboard.NAME, content.training_lines(results))
        progress.update(TASK, 2, STEPS)
        gathered = content.gather(config, results, drawn)
        render.write_page(folder.report / "index.html", gathered)
        progress.update(TASK, 3, STEPS)
        if config.pdf:
            render.write_pdf(folder.report / "report.pdf", gathered)
            with atomic(folder.report / "results" / "report.pdf") as temporary:
                shutil.copyfile(folder.report / "report.pdf", temporary)
        else:
            progress.say("report.pdf is left out, as was asked for.")
    except PermissionError as error:
        raise RunError(
            f"{error.filename} cannot be written", "Close the program that has it open and run the same command again."
        ) from None
    progress.update(TASK, STEPS, STEPS)


def write_reference_files(folder: StudyFolder) -> None:
    """The summaries and judged answers alone, under the reference study's names, into the study's own folder."""
    reference_files.write_figures(folder.root, read_results(folder))


def _require(*packages: str) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        remedy = 'Install what the report needs: pip install "bardsmith[report]"'
        if missing == ["typst"]:
            remedy += "\n  or do without the PDF: `report.pdf: false` in the study."
        raise InputError(f"{' and '.join(missing)} not found; the report is drawn and set with it", remedy)


def _clear(folder: StudyFolder) -> None:
    """Takes away an earlier report's files: those of a run that has since been renamed would mislead."""
    for name in ("figures", "tables", "results"):
        if (folder.report / name).exists():
            shutil.rmtree(folder.report / name)
    for name in ("index.html", "report.pdf"):
        (folder.report / name).unlink(missing_ok=True)
