"""What a person sees on the terminal: bars while a study runs, a table of what came out, the state of a folder."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from bardsmith.outputs import StudyFolder, read_manifest
from bardsmith.records import Estimate, Summary
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


def results(summary: Summary) -> Table:
    """The main table: every contestant sampled, greedy figures beside."""
    table = Table(title="Held-out prompts, mean with 95 % interval (greedy beside)", title_justify="left")
    columns = ("quality", "verse", "complete", "looping", "failure", "relevant", "rhyme")
    table.add_column("contestant")
    for name in columns:
        table.add_column(name, justify="right")
    greedy = {c.contestant: c.measures for c in summary.contestants if c.decoding == "greedy"}
    for entry in summary.contestants:
        if entry.decoding == "sampled":
            beside = greedy.get(entry.contestant, {})
            cells = [_cell(entry.measures.get(name), beside.get(name), name == "quality") for name in columns]
            table.add_row(entry.contestant, *cells)
    return table


def _cell(sampled: Estimate | None, greedy: Estimate | None, is_level: bool) -> str:
    if sampled is None:
        return "-"
    digits = ".2f" if is_level else ".0%"
    text = f"{sampled.mean:{digits}} [{sampled.low:{digits}}, {sampled.high:{digits}}]"
    return f"{text} ({greedy.mean:{digits}})" if greedy is not None else text


def state(study: Study, folder: StudyFolder) -> Table:
    """Which stages and runs of a study folder are done, failed or open."""
    table = Table(title=str(folder.root), title_justify="left")
    for name in ("stage", "state", "seconds", "remarks"):
        table.add_column(name, justify="right" if name == "seconds" else "left")
    for stage, place in (("corpus", folder.corpus), *((f"run {r.name}", folder.run(r.name)) for r in study.training.runs),
                         ("arena", folder.arena), ("evaluation", folder.evaluation), ("report", folder.report)):  # fmt: skip
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
