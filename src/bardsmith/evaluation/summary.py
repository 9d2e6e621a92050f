"""Scores summed up: what each contestant does on average, and what may be said of two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from bardsmith.evaluation.comparisons import compare, components
from bardsmith.evaluation.config import EvaluationConfig
from bardsmith.evaluation.runs import Trained
from bardsmith.evaluation.sameness import first_answers, sameness
from bardsmith.evaluation.statistics.estimates import estimate, paired_difference
from bardsmith.evaluation.values import MEASURES, SHARES, values_of
from bardsmith.records import Completion, Decoding
from bardsmith.results import ContestantSummary, Difference, Estimate, Measure, Score, Summary


def summarise(
    scores: Sequence[Score],
    completions: Sequence[Completion],
    runs: Mapping[str, Trained],
    config: EvaluationConfig,
    seed: int,
) -> Summary:
    """Estimates by contestant and decoding, each with its paired differences to the base under the same decoding.

    `completions`: what was scored, row by row. `runs`: the contestants that were trained, by name. The comparisons are
    of sampled answers.
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
    answers: dict[tuple[str, Decoding], list[Completion]] = {}
    for completion in completions:
        answers.setdefault((completion.contestant, completion.decoding), []).append(completion)
    return Summary(
        contestants=tuple(
            ContestantSummary(
                contestant=contestant,
                decoding=decoding,
                measures=_measures(rows, resamples, seed),
                difference_to_base=_differences(rows, groups.get(("base", decoding), []), resamples, seed)
                if contestant != "base"
                else {},
                sameness=sameness(first_answers(rows, answers[contestant, decoding]), resamples=resamples, seed=seed),
                dollars=_dollars(answers[contestant, decoding]),
            )
            for (contestant, decoding), rows in groups.items()
        ),
        comparisons=compared.announced,
        not_compared=compared.not_compared,
        exploratory=compared.explored,
        components=components(scores),
        forgetting={name: run.forgetting for name, run in runs.items() if run.forgetting},
        dev_quality={name: run.dev for name, run in runs.items() if run.dev is not None},
    )


def _dollars(answers: Sequence[Completion]) -> float | None:
    """What a service took for them; None where no service was asked, or not every price is known."""
    costs = [each.made.dollars if each.made else None for each in answers]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known and len(known) == len(costs) else None


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
