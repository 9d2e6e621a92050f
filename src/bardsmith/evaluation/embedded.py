"""The embedded judge: a small ordinal model over a dozen features, without a network or a heavy library.

Proportional odds (McCullagh 1980): the probability of a level above k is the logistic function of one weighted sum of
the features plus a threshold of that k. Every weight has the sign that was wished for it, so that no repetition can
raise a level and no end lower one. scripts/calibrate_judge.py fits it; embedded.json says from what, and how far it
agreed with readers on prompts that it had not seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, JsonValue

from bardsmith.evaluation.features import Features
from bardsmith.records import Closed

HeadName = Literal["quality", "failure", "relevant"]
FILE = Path(__file__).parent / "embedded.json"
TAIL = 0.05
"""Probability that is left out on either side of the likely levels."""


class Head(Closed):
    """One question that the judge answers with a level from 0 to the number of thresholds."""

    weights: dict[str, float]
    """By feature."""
    thresholds: tuple[float, ...] = Field(min_length=1)
    """Log-odds of a level above 0, above 1, ... where all features are 0; they fall."""


class Calibration(Closed):
    heads: dict[HeadName, Head]
    origin: dict[str, JsonValue]
    """What it was fitted to, by which command, and its agreement under cross-validation."""


class Levels(NamedTuple):
    """A verdict with its uncertainty."""

    level: int
    """The one with the smallest expected squared error."""
    confidence: float
    """Probability of exactly that level."""
    low: int
    high: int
    """Levels between which nine tenths of the probability lie."""


@cache
def calibration() -> Calibration:
    """The coefficients that ship."""
    return Calibration.model_validate_json(FILE.read_text(encoding="utf-8"))


def probabilities(head: Head, features: Features) -> tuple[float, ...]:
    """How likely each level is, from 0 up; they sum to 1."""
    score = sum(weight * getattr(features, feature) for feature, weight in head.weights.items())
    above = [1.0, *(_logistic(score + threshold) for threshold in head.thresholds), 0.0]
    return tuple(more - less for more, less in pairwise(above))


def capped(chances: Sequence[float], cap: int) -> tuple[float, ...]:
    """The probabilities with all above a level put on that level."""
    return (*chances[:cap], sum(chances[cap:])) + (0.0,) * (len(chances) - cap - 1)


def verdict(chances: Sequence[float]) -> Levels:
    """The level to be said, and how sure that is."""
    level = math.floor(sum(i * chance for i, chance in enumerate(chances)) + 0.5)
    up_to = [sum(chances[: i + 1]) for i in range(len(chances))]
    low = next(i for i, total in enumerate(up_to) if total > TAIL)
    high = next((i for i, total in enumerate(up_to) if total >= 1 - TAIL), len(chances) - 1)
    return Levels(level, min(1.0, chances[level]), min(low, level), max(high, level))


def weakest(head: Head, features: Features, best: Features) -> list[str]:
    """The features that cost most, beside the best that they could be; the dearest first."""
    costs = {name: weight * (getattr(best, name) - getattr(features, name)) for name, weight in head.weights.items()}
    return sorted((name for name, cost in costs.items() if cost > 0), key=lambda name: -costs[name])


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
