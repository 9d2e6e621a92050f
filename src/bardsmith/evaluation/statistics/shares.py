"""Shares of yes and no: intervals that hold at 0 of n, and the exact test of a pair."""

from __future__ import annotations

import math

from bardsmith.evaluation.statistics.resampling import Interval

_Z = 1.959963984540054
"""The normal distribution's 97.5th percentile."""


def wilson(successes: float, trials: int) -> Interval:
    """Wilson's 95 % score interval of a share (Wilson 1927)."""
    share = successes / trials
    centre = share + _Z**2 / (2 * trials)
    spread = _Z * math.sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2))
    scale = 1 + _Z**2 / trials
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def newcombe(share: float, other: float, trials: int) -> Interval:
    """Newcombe's 95 % hybrid score interval of `share - other` (Newcombe 1998, method 10).

    It takes the two as independent, so for pairs it is rather too wide than too narrow.
    """
    low, high = wilson(share * trials, trials)
    other_low, other_high = wilson(other * trials, trials)
    below = math.hypot(share - low, other_high - other)
    above = math.hypot(high - share, other - other_low)
    return Interval(share - other - below, share - other + above)


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact two-sided p of equal shares, from the pairs in which just one said yes (McNemar 1947; binomial form)."""
    pairs = only_first + only_second
    tail = sum(math.comb(pairs, k) for k in range(min(only_first, only_second) + 1))
    return min(1.0, 2 * tail / (1 << pairs))
