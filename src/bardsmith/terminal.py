"""What a person sees on the terminal: bars while a study runs, a table of what came out, the state of a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from bardsmith.outputs import StudyFolder, read_manifest
from bardsmith.records import Estimate, Measure, Summary
from bardsmith.study.spec import Study


class Bars:
    """Progress on standard error: live bars on a terminal, one line a finished task elsewhere."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )
        self.tasks: dict[str, TaskID] = {}
        self.closed: set[str] = set()

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def update(self, task: str, done: int, total: int) -> None:
        if task not in self.tasks:
            self.tasks[task] = self.bars.add_task(task, total=total)
        self.bars.update(self.tasks[task], completed=done, total=total)
        if done >= total and task not in self.closed:
            self.closed.add(task)
            if not self.console.is_terminal:
                self.console.print(f"{task}: done")

    def say(self, text: str) -> None:
        # Model text may hold anything that looks like markup.
        self.console.print(Text(text))


def show(table: Table) -> None:
    """Prints a table on standard output."""
    Console(highlight=False).print(table)


def lines(texts: Iterable[Text]) -> None:
    """Prints lines on standard output, in colour where there is a terminal and NO_COLOR is not set."""
    console = Console(highlight=False)
    for text in texts:
        console.print(text, soft_wrap=True)


COLUMNS: tuple[Measure, ...] = ("quality", "verse", "complete", "looping", "failure", "relevant", "rhyme")


def results(summary: Summary) -> Table:
    """The main table: a line for every contestant and decoding, means with their 95 % intervals."""
    table = Table(title="Held-out prompts: mean and 95 % interval", title_justify="left")
    for name in ("contestant", *COLUMNS):
        table.add_column(name, justify="left" if name == "contestant" else "right")
    for entry in summary.contestants:
        cells = [_cell(entry.measures.get(name), name == "quality") for name in COLUMNS]
        table.add_row(f"{entry.contestant}\n[dim]{entry.decoding}[/dim]", *cells)
    return table


def _cell(found: Estimate | None, is_level: bool) -> str:
    """The mean above its interval; a measure that no row has, such as the rhyme of prose, stays a dash."""
    if found is None:
        return "-"
    if is_level:
        return f"{found.mean:.2f}\n[dim]{found.low:.2f}..{found.high:.2f}[/dim]"
    return f"{found.mean:.0%}\n[dim]{100 * found.low:.0f}..{100 * found.high:.0f}[/dim]"


def state(study: Study, folder: StudyFolder) -> Table:
    """Which stages and runs of a study folder are done, failed or open."""
    table = Table(title=str(folder.root), title_justify="left")
    for name in ("stage", "state", "seconds", "remarks"):
        table.add_column(name, justify="right" if name == "seconds" else "left")
    runs = [(f"run {run.name}", folder.run(run.name)) for run in study.training.runs]
    ends = [("arena", folder.arena), ("evaluation", folder.evaluation), ("report", folder.report)]
    for stage, place in [("corpus", folder.corpus), *runs, *ends]:
        manifest = read_manifest(place)
        failure = place / "failure.json"
        if manifest is not None:
            remarks = [f"{key} {value}" for key, value in manifest.counts.items()]
            table.add_row(stage, "done", f"{manifest.seconds:.0f}", ", ".join([*remarks, *manifest.notes]))
        elif failure.exists():
            table.add_row(stage, "failed", "", Text(json.loads(failure.read_text(encoding="utf-8"))["what"]))
        else:
            table.add_row(stage, "begun" if place.exists() else "open", "", "")
    return table
