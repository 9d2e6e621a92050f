"""How much alike one contestant's answers to different prompts are: a model that has one poem writes it for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bardsmith.evaluation.statistics.resampling import Vector
from bardsmith.overlap.runs import plain_words, run_hashes
from bardsmith.records import Completion
from bardsmith.results import Estimate, Sameness, Score

Matrix = NDArray[np.float64]
RUN = 4
"""Words in a row that two answers share."""
AT_ONCE = 500
"""Resamples that are held in memory together."""


def first_answers(scores: Sequence[Score], completions: Sequence[Completion]) -> list[str]:
    """One answer an item, the first there is: variants of one prompt may well be answered alike. Empty ones are left
    out. Both sequences go together row by row."""
    texts: dict[str, str] = {}
    for score, completion in zip(scores, completions, strict=True):
        if plain_words(completion.text):
            texts.setdefault(score.item, completion.text)
    return list(texts.values())


def sameness(texts: Sequence[str], *, resamples: int, seed: int) -> Sameness | None:
    """Of answers to different prompts; None with fewer than two. Time grows with the square of their number.

    The interval is the percentile bootstrap over prompts, of the mean over all pairs of different prompts: a pair that
    a resample drew twice counts twice, a prompt is never paired with itself.
    """
    if len(texts) < 2:
        return None
    alike = jaccard([plain_words(text) for text in texts])
    pairs = len(texts) * (len(texts) - 1)
    means = _resampled(alike, resamples, seed)
    low, high = np.percentile(means, [2.5, 97.5])
    openings = Counter(_opening(text) for text in texts)
    return Sameness(
        shared_runs=Estimate(
            mean=float(alike.sum() / pairs), low=float(low), high=float(high), prompts=len(texts), rows=len(texts)
        ),
        openings=sum(count for count in openings.values() if count > 1) / len(texts),
    )


def jaccard(texts: Sequence[Sequence[str]]) -> Matrix:
    """Similarity of every two texts by their different runs of RUN words, [texts, texts] in 0 to 1 with a diagonal of
    0. A shorter text is one run."""
    runs = [set(run_hashes(words, min(RUN, len(words)))) for words in texts]
    owners: dict[int, list[int]] = {}
    for number, own in enumerate(runs):
        for run in own:
            owners.setdefault(run, []).append(number)
    shared = np.zeros((len(texts), len(texts)))
    for having in owners.values():
        if len(having) > 1:
            shared[np.ix_(having, having)] += 1
    sizes = np.array([len(own) for own in runs])
    alike: Matrix = shared / (sizes[:, None] + sizes[None, :] - shared)
    np.fill_diagonal(alike, 0)
    return alike


def _resampled(alike: Matrix, resamples: int, seed: int) -> Vector:
    """The mean over pairs of different prompts in each resample that has any."""
    draw, prompts = np.random.default_rng(seed), len(alike)
    means = []
    for start in range(0, resamples, AT_ONCE):
        size = min(AT_ONCE, resamples - start)
        times = draw.multinomial(prompts, np.full(prompts, 1 / prompts), size=size).astype(float)
        pairs = prompts**2 - (times**2).sum(axis=1)
        kept = pairs > 0
        means.append(((times[kept] @ alike) * times[kept]).sum(axis=1) / pairs[kept])
    return np.concatenate(means)


def _opening(text: str) -> str:
    lines = (" ".join(plain_words(line)) for line in text.splitlines())
    return next(line for line in lines if line)
