"""The table of a study's runs: how far each is, how fast, and how well it writes; live, or from the files alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from bardsmith.outputs import StudyFolder
from bardsmith.standing import Standing, standing

COLUMNS = ("run", "state", "step", "loss", "score", "loops", "tokens/s", "memory", "left")
REFRESH = 1.0
"""Seconds between two looks at the files."""
STYLES = {"done": "green", "failed": "red", "running": "bold", "stopped": "yellow", "open": "dim"}


class RunsTable:
    """Looks at the runs' folders at most once a second, however often it is drawn."""

    def __init__(self, folder: StudyFolder, runs: Sequence[str]) -> None:
        self.folder, self.runs = folder, tuple(runs)
        self.tasks = {f"run {run}" for run in runs}
        """What the training stage calls the runs when it tells their progress."""
        self.looked, self.standings = float("-inf"), tuple[Standing, ...]()

    def look(self) -> tuple[Standing, ...]:
        if time.monotonic() - self.looked >= REFRESH:
            self.standings = tuple(standing(self.folder, run) for run in self.runs)
            self.looked = time.monotonic()
        return self.standings

    def is_begun(self) -> bool:
        return any(run.state != "open" for run in self.look())

    def __rich__(self) -> Group:
        """A line for every run, and below them why some failed."""
        table = Table(title=f"Runs in {self.folder.training}", title_justify="left", box=SIMPLE_HEAD)
        for name in COLUMNS:
            table.add_column(name, justify="left" if name in ("run", "state") else "right")
        for run in self.look():
            table.add_row(*_cells(run))
        return Group(table, *(Text(f"{run.run} failed: {run.failure}\n") for run in self.look() if run.failure))


def _cells(run: Standing) -> list[Text]:
    """What is not known is a dash; what a run says of itself is text, never markup."""
    return [
        Text(run.run),
        Text(run.state, STYLES[run.state]),
        Text("-" if run.step is None else f"{run.step}/{run.steps}"),
        Text("-" if run.loss is None else f"{run.loss:.3f}"),
        Text("-" if run.score is None else f"{run.score:.2f}"),
        Text("-" if run.loops is None else f"{run.loops:.0%}"),
        Text("-" if run.tokens_per_second is None else f"{run.tokens_per_second:,.0f}"),
        Text("-" if run.memory is None else f"{run.memory / 2**30:.1f} GiB"),
        Text("-" if run.seconds_left is None else str(timedelta(seconds=round(run.seconds_left)))),
    ]
