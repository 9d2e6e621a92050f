"""Scores summed up: what each contestant does on average, and what may be said of two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from bardsmith.evaluation.comparisons import Trained, compare, components
from bardsmith.evaluation.config import EvaluationConfig
from bardsmith.evaluation.statistics.estimates import estimate, paired_difference
from bardsmith.evaluation.values import MEASURES, SHARES, values_of
from bardsmith.records import ContestantSummary, Decoding, Difference, Estimate, Measure, Score, Summary


def summarise(scores: Sequence[Score], runs: Mapping[str, Trained], config: EvaluationConfig, seed: int) -> Summary:
    """Estimates by contestant and decoding, each with its paired differences to the base under the same decoding.

    `runs`: the contestants that were trained, by name. The comparisons are of sampled answers.
    """
    resamples = config.bootstrap
    compared = compare(scores, runs, config.comparisons, resamples=resamples, seed=seed)
    decodings: tuple[Decoding, ...] = get_args(Decoding)
    groups = {
        (contestant, decoding): rows
        for contestant in dict.fromkeys(row.contestant for row in scores)
        for decoding in decodings
        if (rows := [row for row in scores if (row.contestant, row.decoding) == (contestant, decoding)])
    }
    return Summary(
        contestants=tuple(
            ContestantSummary(
                contestant=contestant,
                decoding=decoding,
                measures=_measures(rows, resamples, seed),
                difference_to_base=_differences(rows, groups.get(("base", decoding), []), resamples, seed)
                if contestant != "base"
                else {},
            )
            for (contestant, decoding), rows in groups.items()
        ),
        comparisons=compared.announced,
        not_compared=compared.not_compared,
        exploratory=compared.explored,
        components=components(scores),
    )


def _measures(rows: Sequence[Score], resamples: int, seed: int) -> dict[Measure, Estimate]:
    found = {
        measure: estimate(values_of(rows, measure), resamples=resamples, seed=seed, share=measure in SHARES)
        for measure in MEASURES
    }
    return {measure: value for measure, value in found.items() if value is not None}


def _differences(rows: Sequence[Score], base: Sequence[Score], resamples: int, seed: int) -> dict[Measure, Difference]:
    found = {
        measure: paired_difference(
            values_of(rows, measure), values_of(base, measure), resamples=resamples, seed=seed, share=measure in SHARES
        )
        for measure in MEASURES
    }
    return {measure: value for measure, value in found.items() if value is not None}
