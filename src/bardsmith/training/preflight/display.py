"""Pre-flight on the terminal: how long the rows are, what was found, and rows as tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from bardsmith.models.rendering import IGNORED, Row
from bardsmith.records import Finding, Lengths, Preflight
from bardsmith.token_view import as_tokens, told

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

WIDTH = 40
"""Columns of a histogram's longest bar."""


def report(found: Preflight) -> Iterator[Text]:
    """Everything that was found, in lines."""
    for lengths in found.lengths:
        yield from histogram(lengths)
        yield Text("")
    for finding in sorted(found.findings, key=lambda finding: not finding.refuses):
        yield from _told(finding)
    refusals = sum(finding.refuses for finding in found.findings)
    warnings = len(found.findings) - refusals
    verdict = f"{refusals} refusal{'s' * (refusals != 1)}, {warnings} warning{'s' * (warnings != 1)}"
    yield Text(f"Pre-flight: {verdict}", style="bold red" if refusals else "bold green")


def histogram(lengths: Lengths) -> Iterator[Text]:
    """Rows by their tokens, those beyond max_length in red."""
    runs = f"{len(lengths.runs)} run{'s' * (len(lengths.runs) != 1)}"
    yield Text(
        f"Tokens of {lengths.rows} rows: median {lengths.median}, 99 % have at most {lengths.keeps_99}, the longest "
        f"{lengths.longest}; max_length {lengths.max_length} ({runs})",
        style="bold",
    )
    most = max(lengths.bars)
    for number, rows in enumerate(lengths.bars):
        start, end = number * lengths.step + 1, (number + 1) * lengths.step
        style = "red" if start > lengths.max_length else "yellow" if end > lengths.max_length else "green"
        yield Text(f"{start:>6}-{end:<6}") + Text("\u2588" * -(-WIDTH * rows // most), style=style) + Text(f" {rows}")


def _told(finding: Finding) -> Iterator[Text]:
    kind, style = ("refused", "bold red") if finding.refuses else ("warning", "bold yellow")
    yield Text(kind, style=style) + Text(f"  {finding.check}", style="bold") + Text(f"  {finding.what}")
    for label, names in (("Runs", finding.runs), ("Rows", finding.rows)):
        if names:
            yield Text("  ") + told(label, ", ".join(names))
    yield Text("  ") + told("Remedy", finding.remedy)


def row_view(tokenizer: PreTrainedTokenizerBase, row: Row, whole: Row, max_length: int) -> Iterator[Text]:
    """One row as it is fed, and what of the whole row was cut away."""
    yield Text(row.id, style="bold underline")
    pairs = zip(row.input_ids, row.labels, strict=True)
    yield from as_tokens((tokenizer.decode([token]), label != IGNORED) for token, label in pairs)
    missing = len(whole.input_ids) - len(row.input_ids)
    if missing > 0:
        yield Text(f"Cut at max_length {max_length}: {missing} tokens of its end are lost", style="bold red")
    yield Text("")
