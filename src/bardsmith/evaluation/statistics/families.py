"""Many comparisons at once: p values that still mean what they say."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values in the given order; rejecting those below 5 % errs anywhere in the family in at most 5 %.

    Holm 1979: the k-th smallest of m is multiplied by m - k + 1, and none is smaller than the one before.
    """
    count = len(p_values)
    order = sorted(range(count), key=lambda i: p_values[i])
    adjusted = [0.0] * count
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (count - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values in the given order; of those below 5 % at most 5 % are expected to be false (1995).

    For explored comparisons, which nobody announced beforehand.
    """
    count = len(p_values)
    order = sorted(range(count), key=lambda i: -p_values[i])
    adjusted = [0.0] * count
    smallest = 1.0
    for rank, index in enumerate(order):
        smallest = min(smallest, p_values[index] * count / (count - rank))
        adjusted[index] = smallest
    return adjusted
