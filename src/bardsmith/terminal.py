"""What a person sees on the terminal: bars while a study runs, a table of what came out, the state of a folder."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from bardsmith.outputs import StudyFolder, read_manifest
from bardsmith.results import Estimate, Measure, Summary
from bardsmith.runs_table import RunsTable


class Bars:
    """Progress on standard error: live bars on a terminal, one line a finished task elsewhere.

    `runs`, if given, is a table of the study's runs that stands above the bars in place of their own ones.
    """

    def __init__(self, runs: RunsTable | None = None) -> None:
        self.console = Console(stderr=True, highlight=False)
        self.runs = runs if self.console.is_terminal else None
        self.bars = _BarsUnderTable(
            self.runs,
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
        if self.runs is not None and task in self.runs.tasks:
            return
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


class _BarsUnderTable(Progress):
    def __init__(self, runs: RunsTable | None, *columns: ProgressColumn, console: Console, disable: bool) -> None:
        self.runs = runs
        super().__init__(*columns, console=console, disable=disable)

    def get_renderables(self) -> Iterable[RenderableType]:
        if self.runs is not None and self.runs.is_begun():
            yield self.runs
        yield from super().get_renderables()


def show(table: RenderableType) -> None:
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


def comparisons(summary: Summary) -> Table:
    """The announced comparisons: difference, interval, adjusted p and what they show."""
    table = Table(title="Announced comparisons, adjusted together", title_justify="left")
    for name in ("comparison", "measure", "difference", "95 % interval", "p", "verdict"):
        table.add_column(name, justify="left" if name in ("comparison", "measure", "verdict") else "right")
    for one in summary.comparisons:
        interval = f"{one.low:+.2f}..{one.high:+.2f}"
        said = f"within {one.no_larger_than:.2f}" if one.verdict == "within" else one.verdict
        table.add_row(f"{one.a} - {one.b}", one.measure, f"{one.mean:+.2f}", interval, f"{one.p_adjusted:.3f}", said)
    return table


def _cell(found: Estimate | None, is_level: bool) -> str:
    """The mean above its interval; a measure that no row has, such as the rhyme of prose, stays a dash."""
    if found is None:
        return "-"
    if is_level:
        return f"{found.mean:.2f}\n[dim]{found.low:.2f}..{found.high:.2f}[/dim]"
    return f"{found.mean:.0%}\n[dim]{100 * found.low:.0f}..{100 * found.high:.0f}[/dim]"


def state(folder: StudyFolder) -> Table:
    """Which stages of a study folder are done or open; how far its runs are is in a table of their own."""
    table = Table(title=str(folder.root), title_justify="left")
    for name in ("stage", "state", "seconds", "remarks"):
        table.add_column(name, justify="right" if name == "seconds" else "left")
    ends = [("arena", folder.arena), ("evaluation", folder.evaluation), ("report", folder.report)]
    for stage, place in [("corpus", folder.corpus), *ends]:
        manifest = read_manifest(place)
        if manifest is not None:
            remarks = [f"{key} {value}" for key, value in manifest.counts.items()]
            table.add_row(stage, "done", f"{manifest.seconds:.0f}", ", ".join([*remarks, *manifest.notes]))
        else:
            table.add_row(stage, "begun" if place.exists() else "open", "", "")
    return table
