"""Intervals and tests that assume nothing of how scores are spread: the prompts are drawn anew, or their signs.

One number a prompt goes in. A seed fixes every draw, so two runs over the same results print the same figures.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
PERMUTATIONS = 10_000
_NORMAL = NormalDist()


class Interval(NamedTuple):
    low: float
    high: float


def bca(values: Vector, resamples: int, seed: int, confidence: float = 0.95) -> Interval:
    """Interval of the mean by the bias-corrected and accelerated bootstrap (Efron 1987, section 2).

    `values` [n] are independent of one another. Where they are all equal, the interval has no width.
    """
    if np.ptp(values) == 0:
        return Interval(float(values[0]), float(values[0]))
    means = np.sort(_weights(len(values), resamples, seed) @ values)
    mean = values.mean()
    step = 1e-9 * np.ptp(values)  # means that differ by rounding only are equal
    below = (np.count_nonzero(means < mean - step) + np.count_nonzero(means <= mean + step)) / 2
    bias = _NORMAL.inv_cdf(min(max(below, 0.5), resamples - 0.5) / resamples)
    centred = values - mean
    acceleration = float((centred**3).sum() / (6 * (centred**2).sum() ** 1.5))

    def end(share: float) -> float:
        z = bias + _NORMAL.inv_cdf(share)
        shifted = _NORMAL.cdf(bias + z / (1 - acceleration * z))
        return float(np.quantile(means, shifted))

    tail = (1 - confidence) / 2
    return Interval(end(tail), end(1 - tail))


@lru_cache(maxsize=8)
def _weights(number: int, resamples: int, seed: int) -> Vector:
    """How much each prompt counts in each resample [resamples, number]: the same for every measure."""
    return np.random.default_rng(seed).multinomial(number, np.full(number, 1 / number), size=resamples) / number


def interval_of_ratio(above: Vector, below: Vector, resamples: int, seed: int) -> Interval | None:
    """95 % percentile interval of mean(above) / mean(below), paired by prompt; None if a resample has only 0 below."""
    weights = _weights(len(below), resamples, seed)
    means = weights @ below
    if not means.all():
        return None
    low, high = np.quantile(weights @ above / means, (0.025, 0.975))
    return Interval(float(low), float(high))


def sign_flip(differences: Vector, seed: int) -> float:
    """Two-sided p of no difference: how often random signs give a mean as far from 0 (the observed one counts, too)."""
    flipped = np.abs(_signs(len(differences), seed) @ differences)
    extreme = int(np.count_nonzero(flipped >= abs(differences.sum()) - 1e-12))
    return (extreme + 1) / (PERMUTATIONS + 1)


@lru_cache(maxsize=8)
def _signs(number: int, seed: int) -> Vector:
    heads = np.random.default_rng(seed).integers(0, 2, size=(PERMUTATIONS, number))
    return np.where(heads, 1.0, -1.0).astype(np.float64)
