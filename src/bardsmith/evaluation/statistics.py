"""Means over prompts with honest intervals.

Rows of one prompt are not independent: where they are treated as if they were, '95 %' intervals cover 65 % of cases
(simulated: 50 prompts, 2 samples, 3 judges). So rows are averaged within a prompt first, and prompts are resampled
(percentile bootstrap; for the reasons see Miller 2024, "Adding Error Bars to Evals"). Where every prompt has the same
value a bootstrap has no width; for shares the Wilson interval stands in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bardsmith.records import Difference, Estimate

Values = Mapping[str, Sequence[float | None]]
"""By prompt, the values of its rows; None for a row that could not be scored."""

_Z = 1.959963984540054
"""The normal distribution's 97.5th percentile."""
PERMUTATIONS = 10_000


def estimate(
    values_by_prompt: Values, *, resamples: int = 10_000, seed: int = 0, share: bool = False
) -> Estimate | None:
    """Mean over prompts of the mean over rows, with its 95 % interval; None if no row was scored.

    Unscored rows are counted and left out. `share` says that values are shares (0 to 1): where all prompts are 0, or
    all are 1, the interval is Wilson's.
    """
    means = _prompt_means(values_by_prompt)
    unscored = sum(value is None for values in values_by_prompt.values() for value in values)
    rows = sum(map(len, values_by_prompt.values())) - unscored
    if not means:
        return None
    values = np.array(list(means.values()))
    if share and np.all(values == values[0]) and values[0] in (0.0, 1.0):
        low, high = wilson(int(values.sum()), len(values))
    else:
        low, high = _bootstrap(values, resamples, seed)
    return Estimate(mean=float(values.mean()), low=low, high=high, prompts=len(values), rows=rows, unscored=unscored)


def paired_difference(
    values_by_prompt: Values, base_by_prompt: Values, *, resamples: int = 10_000, seed: int = 0, share: bool = False
) -> Difference | None:
    """Mean difference to the base over the prompts that both have, paired; None if there is no such prompt.

    `share`: where all differences are equal, the interval is Newcombe's, from the two Wilson intervals (which takes the
    two as independent and so is rather too wide than too narrow).
    """
    means, base_means = _prompt_means(values_by_prompt), _prompt_means(base_by_prompt)
    common = [prompt for prompt in means if prompt in base_means]
    if not common:
        return None
    own = np.array([means[prompt] for prompt in common])
    base = np.array([base_means[prompt] for prompt in common])
    differences = own - base
    if share and np.all(differences == differences[0]):
        low, high = _newcombe(float(own.mean()), float(base.mean()), len(common))
    else:
        low, high = _bootstrap(differences, resamples, seed)
    p = _sign_flip(differences, seed) if len(common) > 1 else None
    return Difference(mean=float(differences.mean()), low=low, high=high, p=p, prompts=len(common))


def wilson(successes: float, trials: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share (Wilson 1927)."""
    share = successes / trials
    centre = share + _Z**2 / (2 * trials)
    spread = _Z * float(np.sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2)))
    scale = 1 + _Z**2 / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def _prompt_means(values_by_prompt: Values) -> dict[str, float]:
    scored = {
        prompt: [float(value) for value in values if value is not None] for prompt, values in values_by_prompt.items()
    }
    return {prompt: sum(values) / len(values) for prompt, values in scored.items() if values}


def _bootstrap(values: NDArray[np.float64], resamples: int, seed: int) -> tuple[float, float]:
    """Percentile bootstrap of the mean, 95 %."""
    means = values[_draws(len(values), resamples, seed)].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


@lru_cache(maxsize=8)
def _draws(number: int, resamples: int, seed: int) -> NDArray[np.intp]:
    """The same draws for every measure of as many prompts, so that a seed fixes every interval."""
    return np.random.default_rng(seed).integers(0, number, size=(resamples, number))


def _newcombe(share: float, base: float, trials: int) -> tuple[float, float]:
    """Newcombe's hybrid score interval of a difference of shares (Newcombe 1998, method 10)."""
    low, high = wilson(share * trials, trials)
    base_low, base_high = wilson(base * trials, trials)
    below = float(np.hypot(share - low, base_high - base))
    above = float(np.hypot(high - share, base - base_low))
    return share - base - below, share - base + above


def _sign_flip(differences: NDArray[np.float64], seed: int) -> float:
    """Two-sided p of no difference: how often random signs give a mean as far from 0 (the observed one counts, too)."""
    flipped = np.abs(_signs(len(differences), seed) @ differences)
    extreme = int(np.count_nonzero(flipped >= abs(differences.sum()) - 1e-12))
    return (extreme + 1) / (PERMUTATIONS + 1)


@lru_cache(maxsize=8)
def _signs(number: int, seed: int) -> NDArray[np.float64]:
    heads = np.random.default_rng(seed).integers(0, 2, size=(PERMUTATIONS, number))
    return np.where(heads, 1.0, -1.0).astype(np.float64)
