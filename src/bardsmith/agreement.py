"""How far two raters agree: kappa, alpha, confusion, each with an interval by bootstrap over what was rated."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Ratings = Sequence[float] | NDArray[np.float64] | NDArray[np.int_]

ROUNDING = 1e-12
"""Squared levels up to which nothing varies."""


def kappa(ours: Ratings, theirs: Ratings) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968); of two values the plain kappa. NaN where nothing varies."""
    a, b = np.asarray(ours, float), np.asarray(theirs, float)
    observed = np.mean((a - b) ** 2)
    expected = np.mean(a**2) + np.mean(b**2) - 2 * np.mean(a) * np.mean(b)
    return float(1 - observed / expected) if expected > ROUNDING else float("nan")


def ordinal_alpha(ratings: Sequence[Sequence[float | None]]) -> float:
    """Krippendorff's alpha for ordinal values (Krippendorff 2019, 12.3): raters by items, None where one did not rate.

    NaN if no item has two ratings or nothing varies.
    """
    values = sorted({value for row in ratings for value in row if value is not None})
    place = {value: i for i, value in enumerate(values)}
    coincidences = np.zeros((len(values), len(values)))
    for item in zip(*ratings, strict=True):
        counts = np.bincount([place[value] for value in item if value is not None], minlength=len(values))
        if (number := counts.sum()) > 1:
            coincidences += (np.outer(counts, counts) - np.diag(counts)) / (number - 1)
    totals = coincidences.sum(axis=1)
    distances = _ordinal_distances(totals)
    pairs = totals.sum()
    expected = (np.outer(totals, totals) - np.diag(totals)) * distances
    if pairs < 2 or expected.sum() == 0:
        return float("nan")
    return float(1 - (pairs - 1) * (coincidences * distances).sum() / expected.sum())


def _ordinal_distances(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared: how many ratings lie between two values, each end counted by half."""
    ranks = np.cumsum(totals) - totals / 2
    squared: NDArray[np.float64] = (ranks[:, None] - ranks[None, :]) ** 2
    return squared


def confusion(ours: Sequence[int], theirs: Sequence[int], levels: int = 6) -> list[list[int]]:
    """Row: our level; column: theirs."""
    table = np.zeros((levels, levels), dtype=int)
    np.add.at(table, (np.asarray(ours, int), np.asarray(theirs, int)), 1)
    return [list(map(int, row)) for row in table]


def interval(
    measure: Callable[[Ratings, Ratings], float], ours: Ratings, theirs: Ratings, *, resamples: int, seed: int
) -> tuple[float, float]:
    """Percentile bootstrap over items, 95 %. Resamples in which nothing varies are left out; NaN if all are so."""
    a, b = np.asarray(ours, float), np.asarray(theirs, float)
    draws = np.random.default_rng(seed).integers(0, len(a), size=(resamples, len(a)))
    found = np.array([measure(a[draw], b[draw]) for draw in draws])
    found = found[~np.isnan(found)]
    if not len(found):
        return float("nan"), float("nan")
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)
