"""What may be said of two contestants: comparisons announced beforehand, adjusted together; all others are explored.

Sampled answers only. Answers are averaged within a prompt, prompts are paired, and each comparison says what it shows
and what it could have shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from bardsmith.evaluation.config import BESTS, ComparisonConfig
from bardsmith.evaluation.runs import Trained
from bardsmith.evaluation.statistics.components import variance_components
from bardsmith.evaluation.statistics.estimates import Values, paired, paired_difference, prompt_means
from bardsmith.evaluation.statistics.families import benjamini_hochberg, holm
from bardsmith.evaluation.statistics.power import LEVEL, detectable, no_larger_than, power, prompts_needed
from bardsmith.evaluation.statistics.resampling import Vector
from bardsmith.evaluation.statistics.shares import mcnemar
from bardsmith.evaluation.values import SHARES, values_of
from bardsmith.records import HUMAN
from bardsmith.results import Comparison, ComparisonVerdict, Measure, Score, VarianceComponents

HEADLINE: tuple[Measure, ...] = ("quality", "verse")
EXPLORED: tuple[Measure, ...] = (*HEADLINE, "fact_kept")
RIVALS = ("base", "base+verse")
LEVEL_MARGIN = 0.25
SHARE_MARGIN = 0.05
"""Differences that nobody would choose a run for."""
FEWEST_FOR_EQUAL = 20
"""With fewer prompts two contestants are never called equal, however alike they look."""


@dataclass(frozen=True)
class Asked:
    """A comparison to be made."""

    a: str
    b: str
    measure: Measure
    over: tuple[tuple[str, str], ...] = ()
    chosen: str = ""
    margin: float | None = None


class Compared(NamedTuple):
    announced: tuple[Comparison, ...]
    not_compared: tuple[str, ...]
    explored: tuple[Comparison, ...]


def compare(
    scores: Sequence[Score],
    runs: Mapping[str, Trained],
    announced: Sequence[ComparisonConfig] | None,
    *,
    resamples: int,
    seed: int,
) -> Compared:
    """Holm's adjustment over what was announced, Benjamini and Hochberg's over all other pairs.

    `announced` None takes the comparisons that every study has.
    """
    answers = _Answers(scores, resamples, seed)
    runs = {name: run for name, run in runs.items() if name in answers.contestants}
    asked, missing = _announced(answers, runs, announced)
    done = {(frozenset((one.a, one.b)), one.measure) for one in asked}
    others = [
        Asked(a, b, measure)
        for measure in EXPLORED
        for b, a in combinations(answers.contestants, 2)
        if (frozenset((a, b)), measure) not in done
    ]
    found = {one: answers.compare(one) for one in [*asked, *others]}
    missing += [f"{one.a} and {one.b} in {one.measure}: too few prompts have both" for one in asked if not found[one]]
    return Compared(
        _adjusted([each for one in asked if (each := found[one])], holm),
        tuple(missing),
        _adjusted([each for one in others if (each := found[one])], benjamini_hochberg),
    )


def components(scores: Sequence[Score]) -> VarianceComponents | None:
    """Of the quality of sampled answers, without the poems by people, which answer other prompts.

    None where there are too few contestants or prompts to tell.
    """
    cells: dict[tuple[str, str], list[float]] = {}
    for score in scores:
        counts = score.decoding == "sampled" and score.contestant != HUMAN
        if counts and score.error is None and score.quality is not None:
            cells.setdefault((score.contestant, score.prompt), []).append(score.quality)
    found = variance_components(cells)
    return VarianceComponents.model_validate(found._asdict()) if found else None


def _announced(
    answers: _Answers, runs: Mapping[str, Trained], announced: Sequence[ComparisonConfig] | None
) -> tuple[list[Asked], list[str]]:
    """What is to be compared, and in words what cannot be."""
    best = {"best lora": _best(answers, runs, False), "best dora": _best(answers, runs, True)}
    if announced is None:
        return list(_usual(answers, runs, best)), []
    asked, missing = [], []
    for wanted in announced:
        a, b = (best[name][0] if name in BESTS else name for name in (wanted.a, wanted.b))
        absent = [name for name, found in ((wanted.a, a), (wanted.b, b)) if found not in answers.contestants]
        if absent:
            missing.append(f"{wanted.a} and {wanted.b} in {wanted.measure}: {' and '.join(absent)} gave no answers")
            continue
        chosen = "; ".join(f"{name}: {best[name][1]}" for name in (wanted.a, wanted.b) if name in BESTS)
        asked.append(Asked(a, b, wanted.measure, chosen=chosen, margin=wanted.margin))
    return asked, missing


def _usual(answers: _Answers, runs: Mapping[str, Trained], best: Mapping[str, tuple[str, str]]) -> Iterator[Asked]:
    """Every run against the base, plain and asked for verse; best DoRA against best LoRA; method against method."""
    (dora, how_dora), (lora, how_lora) = best["best dora"], best["best lora"]
    matched = _matched(runs)
    for measure in HEADLINE:
        for rival in RIVALS:
            if rival in answers.contestants:
                yield from (Asked(name, rival, measure) for name in runs)
        if dora and lora:
            chosen = how_dora if how_dora == how_lora else f"best dora: {how_dora}; best lora: {how_lora}"
            yield Asked(dora, lora, measure, chosen=chosen)
        if matched and (len(matched) > 1 or matched[0] != (dora, lora)):
            yield Asked("dora", "lora", measure, over=matched)


def _best(answers: _Answers, runs: Mapping[str, Trained], is_dora: bool) -> tuple[str, str]:
    """The best run of a method and how it was chosen; empty where there is none."""
    own = {name: run for name, run in runs.items() if run.is_dora is is_dora}
    if not own:
        return "", ""
    if len(own) == 1:
        return next(iter(own)), "the only one"
    ways = (
        ("by the dev prompts", {name: run.dev for name, run in own.items()}),
        ("by validation score", {name: run.validation for name, run in own.items()}),
    )
    for way, levels in ways:
        known = {name: level for name, level in levels.items() if level is not None}
        if len(known) == len(own):
            return max(known, key=lambda name: known[name]), way
    quality = {name: answers.mean(name, "quality") for name in own}
    return max(quality, key=lambda name: quality[name]), "by the very answers compared, which flatters the chosen"


def _matched(runs: Mapping[str, Trained]) -> tuple[tuple[str, str], ...]:
    """Pairs of a DoRA and a LoRA run that differ in nothing else."""
    return tuple(
        (dora, lora)
        for dora, one in runs.items()
        for lora, other in runs.items()
        if one.is_dora and other.is_dora is False and one.settings is not None and one.settings == other.settings
    )


class _Answers:
    """The sampled answers' values by contestant and measure, and how two are compared."""

    def __init__(self, scores: Sequence[Score], resamples: int, seed: int) -> None:
        self._rows: dict[str, list[Score]] = {}
        for score in scores:
            if score.decoding == "sampled":
                self._rows.setdefault(score.contestant, []).append(score)
        self._values: dict[tuple[str, Measure], Values] = {}
        self._resamples, self._seed = resamples, seed

    @property
    def contestants(self) -> tuple[str, ...]:
        return tuple(self._rows)

    def values(self, contestant: str, measure: Measure) -> Values:
        key = (contestant, measure)
        if key not in self._values:
            self._values[key] = values_of(self._rows[contestant], measure)
        return self._values[key]

    def mean(self, contestant: str, measure: Measure) -> float:
        means = prompt_means(self.values(contestant, measure))
        return sum(means.values()) / len(means) if means else -np.inf

    def compare(self, asked: Asked) -> Comparison | None:
        """None with fewer than two prompts in common. `p_adjusted` and `verdict` are set where the family is known."""
        sides = asked.over or ((asked.a, asked.b),)
        own = _mean_values([self.values(a, asked.measure) for a, _ in sides])
        other = _mean_values([self.values(b, asked.measure) for _, b in sides])
        is_share = asked.measure in SHARES
        found = paired_difference(own, other, resamples=self._resamples, seed=self._seed, share=is_share)
        if found is None or found.p is None:
            return None
        differences = np.subtract(*paired(own, other))
        exact = mcnemar_p(own, other) if is_share and not asked.over else None
        margin = asked.margin or (SHARE_MARGIN if is_share else LEVEL_MARGIN)
        deviation, prompts = float(differences.std(ddof=1)), len(differences)
        return Comparison(
            a=asked.a,
            b=asked.b,
            measure=asked.measure,
            over=asked.over,
            chosen=asked.chosen,
            mean=found.mean,
            low=found.low,
            high=found.high,
            p=found.p if exact is None else exact,
            test="sign flips" if exact is None else "McNemar",
            p_adjusted=1.0,
            prompts=prompts,
            margin=margin,
            power=power(margin, deviation, prompts),
            detectable=detectable(deviation, prompts),
            prompts_needed=prompts_needed(found.mean, deviation),
            no_larger_than=self._bound(differences, max(abs(found.low), abs(found.high))),
            verdict="cannot tell",
        )

    def _bound(self, differences: Vector, of_interval: float) -> float:
        """Where all differences are equal their own spread says nothing; the 95 % interval's far end stands in."""
        if np.ptp(differences) == 0:
            return of_interval
        return no_larger_than(differences, self._resamples, self._seed)


def _mean_values(each: Sequence[Values]) -> Values:
    """By prompt the mean over several contestants, of the prompts that all have; one contestant's as they are."""
    if len(each) == 1:
        return each[0]
    means = [prompt_means(values) for values in each]
    common = [prompt for prompt in means[0] if all(prompt in other for other in means)]
    return {prompt: [sum(own[prompt] for own in means) / len(means)] for prompt in common}


def mcnemar_p(own: Values, other: Values) -> float | None:
    """The exact p of a yes-or-no measure; None where a prompt has several answers, or values between 0 and 1."""
    common = [prompt for prompt in own if prompt in other]
    rows = [(*own[prompt], *other[prompt]) for prompt in common]
    if any(len(row) != 2 or not {*row} <= {0, 1, None} for row in rows):
        return None
    scored = [row for row in rows if None not in row]
    return mcnemar(scored.count((1, 0)), scored.count((0, 1)))


def _adjusted(family: Sequence[Comparison], adjust: Callable[[Sequence[float]], list[float]]) -> tuple[Comparison, ...]:
    adjusted = adjust([one.p for one in family])
    return tuple(
        one.model_copy(update={"p_adjusted": p, "verdict": verdict(one, p)})
        for one, p in zip(family, adjusted, strict=True)
    )


def verdict(comparison: Comparison, p_adjusted: float) -> ComparisonVerdict:
    """What the comparison shows, given the p value that its family leaves it."""
    if p_adjusted < LEVEL:
        return "shown"
    if comparison.prompts >= FEWEST_FOR_EQUAL and comparison.no_larger_than <= comparison.margin:
        return "within"
    return "cannot tell"
