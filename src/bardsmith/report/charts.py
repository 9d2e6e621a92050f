"""Figures, each from plain numbers: intervals, score distributions, training curves.

Drawn without pyplot and without the reader's own matplotlib settings, so that the same numbers give the same bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bardsmith.outputs import atomic
from bardsmith.records import CEILING, HUMAN, is_untrained
from bardsmith.report.inputs import BASE
from bardsmith.report.measures import Interval, Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

INK = "#1b1b1f"
"""The colour of text and axes; the page puts its own ink in its place, light or dark."""
PAPER = "#ffffff"
BASE_COLOUR = "#7a7a7a"
RUN_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito (2008), told apart with any colour vision; yellow is left out, too faint on paper."""
DASHES = ("-", "--", ":", "-.")
LEVEL_COLOURS = ("#8c510a", "#d8b365", "#f0dfb8", "#c7e3e8", "#5ab4c4", "#01665e")
"""Rubric levels 0 to 5: brown to teal, light in the middle (ColorBrewer BrBG, safe for colour-blind readers)."""
LEVELS = range(6)

WIDTH = 4.6
"""Inches: small enough that a phone shows the letters at reading size."""
STYLE: dict[Any, Any] = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.alpha": 0.15,
    "grid.color": INK,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "svg.hashsalt": "bardsmith",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib's own defaults and then ours, whatever the machine's settings say; put back afterwards."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


def colours(contestants: Sequence[str]) -> dict[str, str]:
    """One colour a contestant, the same in every figure and table; grey is whoever was not tuned."""
    runs = [name for name in contestants if not is_untrained(name) and name not in (CEILING, HUMAN)]
    of_runs = {name: RUN_COLOURS[i % len(RUN_COLOURS)] for i, name in enumerate(runs)}
    return {name: of_runs.get(name, BASE_COLOUR) for name in contestants}


def intervals(measure: Measure, estimates: Mapping[str, Interval], of: Mapping[str, str]) -> Figure:
    """Mean and 95 % interval of one measure, a row a contestant in its colour."""
    figure, axes = _blank(0.8 + 0.3 * len(estimates))
    scale = 100 if measure.unit == "share" else 1
    for row, (name, estimate) in enumerate(estimates.items()):
        low, mean, high = (scale * number for number in (estimate.low, estimate.mean, estimate.high))
        axes.plot([low, high], [row, row], color=of[name], linewidth=2.2, solid_capstyle="butt")
        axes.plot([mean], [row], "o", color=of[name], markersize=6.5)
    axes.set_yticks(range(len(estimates)), list(estimates))
    axes.set_ylim(len(estimates) - 0.5, -0.5)
    axes.set_xlim(*((-2, 102) if measure.unit == "share" else (-0.1, 5.1)))
    axes.set_xlabel("% of answers" if measure.unit == "share" else "rubric level, 0 to 5")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    return figure


def bars(label: str, rows: Mapping[str, Mapping[str, Interval]], of: Mapping[str, str]) -> Figure:
    """Shares with their 95 % intervals: a group of bars a contestant, one a variant; all but the first are hollow."""
    names = list(dict.fromkeys(variant for each in rows.values() for variant in each))
    figure, axes = _blank(1.0 + 0.24 * len(names) * len(rows))
    height = 0.8 / len(names)
    for group, (contestant, each) in enumerate(rows.items()):
        for variant, found in each.items():
            place = group + (names.index(variant) - (len(names) - 1) / 2) * height
            low, mean, high = (100 * number for number in (found.low, found.mean, found.high))
            fill = of[contestant] if variant == names[0] else PAPER
            axes.barh(place, mean, height=0.85 * height, color=fill, edgecolor=of[contestant], linewidth=1)
            axes.plot([low, high], [place, place], color=INK, linewidth=0.9, solid_capstyle="butt")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 102)
    axes.set_xlabel(label)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    if len(names) > 1:
        keys = [_patch(BASE_COLOUR), *(_patch(PAPER, BASE_COLOUR) for _ in names[1:])]
        figure.legend(keys, names, loc="outside upper right", ncols=len(names), handlelength=0.9, fontsize=8)
    return figure


def forest(label: str, rows: Sequence[tuple[str, Interval, bool]], share: bool) -> Figure:
    """Paired differences with their 95 % intervals, a row each; filled where the difference is shown."""
    figure, axes = _blank(0.9 + 0.26 * len(rows))
    scale = 100 if share else 1
    for row, (_, found, is_shown) in enumerate(rows):
        low, mean, high = (scale * number for number in (found.low, found.mean, found.high))
        colour = RUN_COLOURS[0] if is_shown else BASE_COLOUR
        axes.plot([low, high], [row, row], color=colour, linewidth=2, solid_capstyle="butt")
        axes.plot([mean], [row], "o", color=colour, markerfacecolor=colour if is_shown else PAPER, markersize=6)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=7.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(label)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    return figure


def against(labels: tuple[str, str], points: Mapping[str, tuple[Interval, Interval]], of: Mapping[str, str]) -> Figure:
    """Two measures of every contestant as a cross of intervals: (across in per cent, up in rubric levels)."""
    figure, axes = _blank(3.4)
    for name, (across, up) in points.items():
        low, mean, high = (100 * number for number in (across.low, across.mean, across.high))
        axes.plot([low, high], [up.mean, up.mean], color=of[name], linewidth=1.2, alpha=0.6)
        axes.plot([mean, mean], [up.low, up.high], color=of[name], linewidth=1.2, alpha=0.6)
        axes.plot([mean], [up.mean], "o", color=of[name], markersize=6)
        axes.annotate(name, (mean, up.mean), textcoords="offset points", xytext=(5, 5), fontsize=7.5, color=of[name])
    axes.set_xlim(-4, 104)
    axes.set_ylim(-0.15, 5.15)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.grid()
    axes.set_axisbelow(True)
    return figure


def score_shares(counts: Mapping[str, Sequence[int]]) -> Figure:
    """Share of the answers at every rubric level, a stacked bar a contestant."""
    figure, axes = _blank(1.15 + 0.34 * len(counts))
    for row, levels in enumerate(counts.values()):
        total, left = sum(levels), 0.0
        for level, count in enumerate(levels):
            width = 100 * count / total if total else 0.0
            axes.barh(row, width, left=left, height=0.72, color=LEVEL_COLOURS[level])
            if width >= 7:
                ink = PAPER if level in (0, 5) else "#000000"
                axes.text(left + width / 2, row, f"{width:.0f}", ha="center", va="center", color=ink, fontsize=8)
            left += width
    axes.set_yticks(range(len(counts)), list(counts))
    axes.set_ylim(len(counts) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of answers")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    keys = [_patch(LEVEL_COLOURS[level]) for level in LEVELS]
    figure.legend(keys, [str(level) for level in LEVELS], loc="outside upper right", ncols=6, handlelength=0.9,
                  columnspacing=0.9, handletextpad=0.35, fontsize=8)  # fmt: skip
    return figure


def curves(label: str, lines: Mapping[str, Sequence[tuple[int, float]]], share: bool = False) -> Figure:
    """Training curves: a line a run, over optimiser steps; `share` scales 0 to 1 to per cent."""
    figure, axes = _blank(2.7)
    draw_curves(axes, label, lines, share)
    return figure


def draw_curves(axes: Axes, label: str, lines: Mapping[str, Sequence[tuple[int, float]]], share: bool = False) -> None:
    """Fills `axes`; points that are not finite leave a gap."""
    of = colours([BASE, *lines])
    for place, (name, points) in enumerate(lines.items()):
        steps = [step for step, _ in points]
        values = [number * (100 if share else 1) if math.isfinite(number) else math.nan for _, number in points]
        dash = DASHES[place // len(RUN_COLOURS) % len(DASHES)]
        marker = "o" if len(points) <= 20 else ""
        axes.plot(steps, values, dash, color=of[name], linewidth=1.5, marker=marker, markersize=3, label=name)
    if share:
        axes.set_ylim(-3, 103)
    axes.set_xlabel("optimiser step")
    axes.set_ylabel(label)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    if lines:
        axes.legend(fontsize=7.5, ncols=1 + (len(lines) > 6), handlelength=1.6)


def quality_histogram(contestant: str, levels: Sequence[int], mean: float | None) -> Figure:
    """How many answers of one contestant are at each rubric level."""
    from matplotlib.ticker import MaxNLocator

    figure, axes = _blank(3.0)
    bars = axes.bar(list(LEVELS), list(levels), color=LEVEL_COLOURS, edgecolor=INK, linewidth=0.5)
    axes.bar_label(bars, fontsize=8.5, padding=2)
    middle = "" if mean is None else f", mean {mean:.2f}"
    axes.set_title(f"Quality of {contestant} (n = {sum(levels)}{middle})")
    axes.set_xlabel("rubric level")
    axes.set_ylabel("answers")
    axes.margins(y=0.12)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def dashboard(panels: Mapping[str, tuple[str, Mapping[str, Sequence[tuple[int, float]]], bool]]) -> Figure:
    """Up to four training curves on one sheet: title to y label, lines and whether they are shares."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 6.4))
    for axes, (title, (label, lines, share)) in zip(figure.subplots(2, 2).flat, panels.items(), strict=True):
        draw_curves(axes, label, lines, share)
        axes.set_title(title)
    return figure


def svg(figure: Figure) -> str:
    """The figure as an SVG element, letters as outlines, without prolog and date."""
    buffer = io.StringIO()
    empty = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(buffer, format="svg", transparent=True, metadata=empty)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def save_png(figure: Figure, path: Path) -> None:
    with atomic(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150, facecolor=PAPER, metadata={"Software": None})


def _blank(height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    return figure, figure.subplots()


def _patch(colour: str, edge: str | None = None) -> Patch:
    from matplotlib.patches import Patch

    return Patch(facecolor=colour, edgecolor=edge or colour)
