"""Are two runs different? Paired by prompt, as the summary's differences to the base model are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bardsmith.records import Score
from bardsmith.report.inputs import BASE, Results
from bardsmith.report.measures import BY_NAME, Measure

RESAMPLES = 10_000
COMPARED = (BY_NAME["quality"], BY_NAME["verse"])


@dataclass(frozen=True)
class RunDifference:
    """Mean of the paired differences of two runs in one measure, with its interval."""

    measure: Measure
    first: str
    second: str
    """The difference is `first` less `second`."""
    mean: float
    low: float
    high: float
    prompts: int


def leading_run(results: Results) -> str | None:
    """The first of `ranking`, or None if no run has numbers."""
    return next(iter(ranking(results)), None)


def ranking(results: Results) -> list[str]:
    """The runs by the mean quality of their sampled answers, then by most verse, then in the study's order."""
    ranked = []
    for place, name in enumerate(results.contestants):
        measures = results.measures(name, "sampled")
        if name != BASE and "quality" in measures:
            verse = measures["verse"].mean if "verse" in measures else 0.0
            ranked.append((-measures["quality"].mean, -verse, place, name))
    return [name for *_, name in sorted(ranked)]


def against_leader(results: Results) -> list[RunDifference]:
    """The leader less every other run, in quality and verse.

    The intervals hold together: their level is 1 - 0.05 / number of comparisons (Bonferroni), so that with all of
    them one has 95 % confidence.
    """
    first = leading_run(results)
    others = [name for name in results.contestants if name not in (first, BASE)]
    if first is None or not others:
        return []
    confidence = 1 - 0.05 / (len(others) * len(COMPARED))
    seed = int(results.study.get("seed", 0))
    pairs = (
        paired_difference(
            measure,
            results.scores_of(first, "sampled"),
            results.scores_of(second, "sampled"),
            confidence,
            seed,
        )
        for second in others
        for measure in COMPARED
    )
    return [pair for pair in pairs if pair is not None]


def paired_difference(
    measure: Measure, first: Sequence[Score], second: Sequence[Score], confidence: float, seed: int
) -> RunDifference | None:
    """Percentile bootstrap of the mean difference by prompt; items are resampled, with all prompts of an item.

    None if no prompt was scored for both. Unscored answers are left out.
    """
    ours, theirs = _means_by_prompt(measure, first), _means_by_prompt(measure, second)
    item_of = {score.prompt: score.item for score in (*first, *second)}
    by_item: dict[str, list[float]] = defaultdict(list)
    for prompt in ours.keys() & theirs.keys():
        by_item[item_of[prompt]].append(ours[prompt] - theirs[prompt])
    if not by_item:
        return None
    items = sorted(by_item)
    sums = np.array([sum(sorted(by_item[item])) for item in items])
    counts = np.array([len(by_item[item]) for item in items])
    drawn = np.random.default_rng(seed).integers(0, len(items), size=(RESAMPLES, len(items)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return RunDifference(
        measure=measure,
        first=first[0].contestant,
        second=second[0].contestant,
        mean=float(sums.sum() / counts.sum()),
        low=float(low),
        high=float(high),
        prompts=int(counts.sum()),
    )


def _means_by_prompt(measure: Measure, scores: Sequence[Score]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        number = getattr(score, measure.name)
        if score.error is None and number is not None:
            values[score.prompt].append(float(number))
    return {prompt: sum(numbers) / len(numbers) for prompt, numbers in values.items()}
