"""`training_metrics_dashboard.png`: the training curves of all runs on one sheet, also while they are being trained."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bardsmith.outputs import StudyFolder
from bardsmith.report import charts
from bardsmith.standing import read_rows

Lines = Mapping[str, Sequence[tuple[int, float]]]
"""By run, its (step, value) points."""
NAME = "training_metrics_dashboard.png"
PANELS = {
    "loss": ("Training loss", "loss", False),
    "validation_loss": ("Validation loss", "loss", False),
    "validation_verse": ("Verse while training", "% of answers in verse", True),
    "grad_norm": ("Gradient norm", "norm before clipping", False),
}
"""Key of the metrics: title, y label, and whether it is a share."""


def draw_if_stale(folder: StudyFolder, runs: Sequence[str]) -> None:
    """Draws the sheet into the training folder, unless it is newer than all metrics or matplotlib is not installed."""
    logs = {run: log for run in runs if (log := folder.run(run) / "metrics.jsonl").exists()}
    sheet = folder.training / NAME
    newest = max((log.stat().st_mtime_ns for log in logs.values()), default=0)
    is_fresh = sheet.exists() and sheet.stat().st_mtime_ns >= newest
    if not logs or is_fresh or importlib.util.find_spec("matplotlib") is None:
        return
    metrics = {run: read_rows(log) for run, log in logs.items()}
    lines = {key: {run: points for run, rows in metrics.items() if (points := _points(rows, key))} for key in PANELS}
    with charts.drawing():
        draw(sheet, lines)


def draw(path: Path, lines: Mapping[str, Lines]) -> None:
    """Draws the curves, by key of the metrics; call it within `charts.drawing()`."""
    panels = {title: (label, lines[key], share) for key, (title, label, share) in PANELS.items()}
    charts.save_png(charts.dashboard(panels), path)


def _points(rows: Sequence[Mapping[str, Any]], key: str) -> list[tuple[int, float]]:
    return [(row["step"], row[key]) for row in rows if key in row]
