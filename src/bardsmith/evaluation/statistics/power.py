"""What a comparison of so many prompts can show, and how many it would take."""

from __future__ import annotations

import math
from statistics import NormalDist

from bardsmith.evaluation.statistics.resampling import Interval, Vector, bca

_NORMAL = NormalDist()
LEVEL = 0.05
POWER = 0.8


def power(difference: float, deviation: float, prompts: int, level: float = LEVEL) -> float:
    """Chance that a paired two-sided test finds a true mean `difference`, if single differences have this deviation.

    By the normal distribution: within .03 of the exact value from 30 prompts on, within .01 from 100 on.
    """
    if deviation == 0:
        return 1.0 if difference else level
    shift = abs(difference) * math.sqrt(prompts) / deviation
    critical = _NORMAL.inv_cdf(1 - level / 2)
    return _NORMAL.cdf(shift - critical) + _NORMAL.cdf(-shift - critical)


def detectable(deviation: float, prompts: int, level: float = LEVEL, wanted: float = POWER) -> float:
    """Smallest true difference that would be found with the wanted power."""
    return (_NORMAL.inv_cdf(1 - level / 2) + _NORMAL.inv_cdf(wanted)) * deviation / math.sqrt(prompts)


def prompts_needed(difference: float, deviation: float, level: float = LEVEL, wanted: float = POWER) -> int | None:
    """Prompts after which such a difference would be found with the wanted power; None for no difference."""
    if difference == 0:
        return None
    factor = _NORMAL.inv_cdf(1 - level / 2) + _NORMAL.inv_cdf(wanted)
    return max(2, math.ceil((factor * deviation / difference) ** 2))


def no_larger_than(differences: Vector, resamples: int, seed: int) -> float:
    """The margin within which two contestants are shown to be equal at the 5 % level.

    Two one-sided tests (Schuirmann 1987): the 90 % interval lies within plus and minus this margin.
    """
    low, high = equivalence_interval(differences, resamples, seed)
    return max(abs(low), abs(high))


def equivalence_interval(differences: Vector, resamples: int, seed: int) -> Interval:
    """The 90 % interval of the mean that two one-sided tests at 5 % go by."""
    return bca(differences, resamples, seed, confidence=0.9)
