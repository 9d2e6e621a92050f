"""Which checkpoint is kept: the one that writes best, and of those that no one could tell apart the earliest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
LOOPING = 0.5
"""Share of looping answers above which an evaluation counts as a breakdown."""
IN_A_ROW = 2
"""Breakdowns in a row after which there is nothing to wait for."""


@dataclass(frozen=True)
class Evaluation:
    """What one evaluation found; all shares are of the validation prompts."""

    step: int
    loss: float
    """Cross-entropy of the validation rows. It is shown, and does not choose: it falls while poems break."""
    scores: tuple[float, ...]
    """The verse room's score of each validation prompt's answer, 0 to 1, always in the same order."""
    verse: float
    complete: float
    loops: float

    @property
    def score(self) -> float:
        return float(np.mean(self.scores))

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean score."""
        return interval(self.scores)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % percentile bootstrap interval of a mean (Efron 1979), the same every time."""
    own = np.asarray(values)
    picks = np.random.default_rng(0).integers(len(own), size=(RESAMPLES, len(own)))
    low, high = np.quantile(own[picks].mean(1), [0.025, 0.975])
    return float(low), float(high)


def best(evaluations: Sequence[Evaluation]) -> Evaluation:
    """The earliest evaluation that the one with the highest mean score does not beat.

    Answers to the same prompts with the same seeds are compared in pairs: a score is beaten if the interval of the
    differences lies above 0. A later checkpoint that is better by luck only has seen more and forgotten more.
    """
    highest = max(evaluations, key=lambda evaluation: (evaluation.score, -evaluation.step))
    return next(one for one in sorted(evaluations, key=lambda one: one.step) if not _beats(highest, one))


def _beats(one: Evaluation, other: Evaluation) -> bool:
    differences = [a - b for a, b in zip(one.scores, other.scores, strict=True)]
    return interval(differences)[0] > 0


def breaks_down(evaluations: Sequence[Evaluation]) -> bool:
    """The last evaluations all found that most answers loop."""
    last = evaluations[-IN_A_ROW:]
    return len(last) == IN_A_ROW and all(evaluation.loops > LOOPING for evaluation in last)
