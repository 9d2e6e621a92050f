"""Every measure's values by prompt, as the statistics take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from bardsmith.evaluation.statistics.estimates import Values
from bardsmith.results import Measure, Score

MEASURES: tuple[Measure, ...] = get_args(Measure)
SHARES: tuple[Measure, ...] = (
    "verse", "complete", "looping", "failure", "hard_failure", "relevant", "fact_kept", "memorised", "overridden",
    "rhyme", "meter",
)  # fmt: skip
_ONLY_WHERE_MEASURED: tuple[Measure, ...] = (
    "fact_kept", "relevant", "rhyme", "meter", "memorised", "overridden", "words", "tokens", "stock_words",
)  # fmt: skip
"""Measures that many rows rightly lack: no fact was asked, the answer is prose, or an older file does not have them."""


def values_of(rows: Iterable[Score], measure: Measure) -> Values:
    """A measure's values by item: variants of one prompt are not independent of one another, so they count as one.

    A row with an error is None; one that rightly lacks the measure is not there.
    """
    values: dict[str, list[float | None]] = {}
    for row in rows:
        value = getattr(row, measure)
        if row.error is not None:
            values.setdefault(row.item, []).append(None)
        elif value is not None or measure not in _ONLY_WHERE_MEASURED:
            values.setdefault(row.item, []).append(value)
    return values
