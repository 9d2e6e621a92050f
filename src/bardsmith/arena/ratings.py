"""Bradley-Terry: how strong each contestant is, from who was preferred to whom.

The odds that i is preferred to j are exp(s_i - s_j) (Bradley and Terry 1952). Intervals come from resampling prompts,
not votes: votes on one prompt are not independent, and intervals that take them for it are too narrow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RIDGE = 1e-3
"""Weight of the pull towards equality (a penalty of RIDGE / 2 times each strength squared). It only matters where a
contestant has won, or lost, everything: the likelihood then has no maximum."""
STEPS = 100
LARGEST_STEP = 2.0
"""In log-odds: a Newton step may overshoot where one side has won everything."""
SCALE = 400 / np.log(10)
CENTRE = 1000.0
"""Ratings are told on the scale of chess: 400 points are odds of ten to one, and the mean is 1000."""


class Intervals(NamedTuple):
    """Each of shape [contestants]."""

    value: Floats
    low: Floats
    high: Floats


def strengths(wins: Floats) -> Floats:
    """Log-odds strengths with mean 0, [..., k], of the counts `wins` [..., k, k], i preferred to j; a tie is half a
    win for each. Maximises the likelihood less a small ridge, by Newton's method for all of `...` at once."""
    k = wins.shape[-1]
    met = wins + np.swapaxes(wins, -1, -2)
    found = np.zeros(wins.shape[:-1])
    for _ in range(STEPS):
        chance = _chances(found)
        slope = (wins - met * chance).sum(-1) - RIDGE * found
        weight = met * chance * (1 - chance)
        bend = weight.sum(-1)[..., None] * np.eye(k) - weight + RIDGE * np.eye(k)
        step = np.linalg.solve(bend, slope[..., None])[..., 0]
        largest = np.abs(step).max(-1, keepdims=True, initial=0)
        found = found + step * np.minimum(1, LARGEST_STEP / np.maximum(largest, 1e-300))
        if largest.max(initial=0) < 1e-9:
            break
    centred: Floats = found - found.mean(-1, keepdims=True)
    return centred


def preferred(strength: Floats) -> Floats:
    """How often each is preferred to the others on the average, 0 to 1; [..., k] of strengths [..., k]."""
    k = strength.shape[-1]
    shares: Floats = (_chances(strength).sum(-1) - 0.5) / (k - 1)
    return shares


def intervals(wins_by_prompt: Floats, resamples: int = 1000, seed: int = 0) -> tuple[Intervals, Intervals]:
    """Ratings and average shares preferred, with 95 % intervals, of counts [prompts, k, k]; prompts are resampled."""
    prompts = len(wins_by_prompt)
    drawn = np.random.default_rng(seed).multinomial(prompts, np.full(prompts, 1 / prompts), size=resamples)
    fitted = strengths(wins_by_prompt.sum(0))
    again = strengths(np.einsum("rp,pij->rij", drawn.astype(np.float64), wins_by_prompt))
    return (
        Intervals(CENTRE + SCALE * fitted, *(CENTRE + SCALE * np.percentile(again, [2.5, 97.5], axis=0))),
        Intervals(preferred(fitted), *np.percentile(preferred(again), [2.5, 97.5], axis=0)),
    )


def groups(wins: Floats) -> list[list[int]]:
    """The contestants that votes connect with one another, largest group first. With more than one group there is no
    common scale: contestants of different groups cannot be ranked."""
    met = (wins + wins.T) > 0
    left, found = set(range(len(wins))), []
    while left:
        group, edge = set[int](), {min(left)}
        while edge:
            group |= edge
            edge = {j for i in edge for j in np.flatnonzero(met[i]).tolist()} - group
        left -= group
        found.append(sorted(group))
    return sorted(found, key=len, reverse=True)


def _chances(strength: Floats) -> Floats:
    """[..., i, j]: how likely i is preferred to j."""
    chances: Floats = 1 / (1 + np.exp(strength[..., None, :] - strength[..., :, None]))
    return chances
