"""The judge card: agreement with ratings, consistency, length, injections; and who has never been asked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median
from typing import NamedTuple

import numpy as np

from bardsmith.agreement import confusion, interval, kappa, ordinal_alpha
from bardsmith.evaluation.config import JudgeConfig
from bardsmith.evaluation.injections import Probed, completion_of, injections, prompt_of, resisted
from bardsmith.evaluation.judge import judge
from bardsmith.evaluation.judges.pointwise import addresses_judge
from bardsmith.evaluation.judges.run import Hearing
from bardsmith.evaluation.labels import LABELS, Key, Label, Rating
from bardsmith.records import Completion
from bardsmith.results import Agreement, JudgeCard, JudgeRecord, Score, Verdict

FEWEST_ITEMS = 120
"""Ratings below which an agreement is too wide to be called a validation: at a kappa of 0.76 its interval is +-0.08."""
FEWEST_LENGTHS = 10
"""Complete poems below which no slope is given."""
NOBODY = "not validated by people"


class Told(NamedTuple):
    """What one judge says, however it came to it."""

    name: str
    scores: Mapping[Key, Mapping[Label, float]]


def judge_card(
    scores: Sequence[Score],
    embedded: Sequence[Score],
    completions: Sequence[Completion],
    judges: Sequence[JudgeConfig],
    heard: Hearing | None,
    ratings: Sequence[Rating],
    *,
    resamples: int,
    seed: int,
) -> JudgeCard:
    """Sums up what is known of the judges. `embedded`: the embedded judge's scores, which a jury's do not replace."""
    texts = {_key(completion): completion.text for completion in completions}
    measure = _Measure(ratings, texts, embedded, resamples, seed)
    records = [
        JudgeRecord(
            name="embedded",
            family=None,
            asked=len(embedded),
            states={"scored": sum(score.error is None for score in embedded)},
            dollars=0.0,
            **measure.of(Told("embedded", {_key(score): _labelled(score) for score in embedded}), _probed_embedded()),
        )
    ]
    if heard is not None:
        records += [_record(each, heard, measure) for each in judges]
        jury = Told("jury", {_key(score): _labelled(score) for score in scores})
        records.append(
            JudgeRecord(
                name=jury.name,
                family=None,
                asked=len(scores),
                states={"scored": sum(score.quality is not None for score in scores)},
                dollars=None,
                **measure.of(jury, ()),
            )
        )
    return JudgeCard(
        validated=_validated(ratings),
        by_people=any(rating.by == "person" for rating in ratings),
        judges=tuple(records),
        rows=len(scores),
        overrides=dict(Counter(score.override for score in scores if score.override is not None)),
        addressed=sum(map(addresses_judge, texts.values())),
    )


def _validated(ratings: Sequence[Rating]) -> str:
    people = {rating.key for rating in ratings if rating.by == "person"}
    if not people:
        return NOBODY + (f"; held against a model's readings of {len({r.key for r in ratings})}" if ratings else "")
    raters = len({rating.rater for rating in ratings if rating.by == "person"})
    few = "" if len(people) >= FEWEST_ITEMS else f"; too few to say much ({FEWEST_ITEMS} would be enough)"
    return f"held against {raters} people's ratings of {len(people)} answers{few}"


def _record(config: JudgeConfig, heard: Hearing, measure: _Measure) -> JudgeRecord:
    verdicts = [verdict for verdict in heard.verdicts if verdict.judge == config.name]
    pairs = [choice for choice in heard.preferences if choice.judge == config.name]
    costs = [verdict.made.dollars for verdict in verdicts if verdict.made] + [pair.dollars for pair in pairs]
    known = [cost for cost in costs if cost is not None]
    consistent = [not pair.swapped for pair in pairs if pair.swapped is not None]
    return JudgeRecord(
        name=config.name,
        family=config.family,
        asked=len(verdicts),
        states=dict(Counter(verdict.state for verdict in verdicts)),
        dollars=sum(known) if len(known) == len(costs) else None,
        repeat_alpha=_repeat_alpha(verdicts),
        swap_consistency=fmean(consistent) if consistent else None,
        swap_pairs=len(consistent),
        **measure.of(Told(config.name, _levels(verdicts)), heard.probed[config.name]),
    )


def _levels(verdicts: Iterable[Verdict]) -> dict[Key, dict[Label, float]]:
    """A judge's quality of each answer: the median of its repeats."""
    said: dict[Key, list[int]] = {}
    for verdict in verdicts:
        if verdict.quality is not None:
            said.setdefault(_key(verdict), []).append(verdict.quality)
    return {key: {"quality": float(median(levels))} for key, levels in said.items()}


def _labelled(score: Score) -> dict[Label, float]:
    values: dict[Label, float | bool | None] = {
        "quality": score.quality, "verse": score.verse, "failure": score.failure, "complete": score.complete,
        "relevant": score.relevant,
    }  # fmt: skip
    return {label: float(value) for label, value in values.items() if value is not None}


def _key(row: Score | Completion | Verdict) -> Key:
    return Key(row.contestant, row.prompt, row.decoding, row.sample)


def _repeat_alpha(verdicts: Sequence[Verdict]) -> float | None:
    repeats = sorted({verdict.repeat for verdict in verdicts})
    said = {(_key(verdict), verdict.repeat): verdict.quality for verdict in verdicts}
    items = list(dict.fromkeys(_key(verdict) for verdict in verdicts))
    if len(repeats) < 2:
        return None
    return _number(ordinal_alpha([[said.get((item, repeat)) for item in items] for repeat in repeats]))


def _probed_embedded() -> tuple[Probed, ...]:
    return tuple(
        Probed(
            probe.id,
            judge(prompt_of(probe), completion_of(probe.answer)).quality,
            judge(prompt_of(probe), completion_of(probe.injected)).quality,
        )
        for probe in injections()
    )


class _Measure:
    """What is measured of every judge alike."""

    def __init__(
        self,
        ratings: Sequence[Rating],
        texts: Mapping[Key, str],
        embedded: Sequence[Score],
        resamples: int,
        seed: int,
    ) -> None:
        self._ratings = ratings
        self._words = {key: len(text.split()) for key, text in texts.items()}
        self._sound = {_key(score) for score in embedded if score.verse and score.complete}
        self._resamples = resamples
        self._seed = seed

    def of(self, told: Told, probed: Sequence[Probed]) -> dict[str, object]:
        slope, low, high = self._length_slope(told)
        held, of = resisted(probed)
        return {
            "length_slope": slope,
            "length_slope_low": low,
            "length_slope_high": high,
            "injections_resisted": held,
            "injections_scored": of,
            "agreement": tuple(found for label in LABELS if (found := self._agreement(told, label)) is not None),
        }

    def _agreement(self, told: Told, label: Label) -> Agreement | None:
        by_rater: dict[str, dict[Key, float]] = {}
        for rating in self._ratings:
            if label in rating.values and label in told.scores.get(rating.key, {}):
                by_rater.setdefault(rating.rater, {})[rating.key] = rating.values[label]
        items = list(dict.fromkeys(key for values in by_rater.values() for key in values))
        if not items:
            return None
        ours = [told.scores[key][label] for key in items]
        theirs = [fmean(values[key] for values in by_rater.values() if key in values) for key in items]
        raters = [[values.get(key) for key in items] for values in by_rater.values()]
        low, high = interval(kappa, ours, theirs, resamples=self._resamples, seed=self._seed)
        table = confusion([_rounded(value) for value in ours], [_rounded(value) for value in theirs])
        return Agreement(
            label=label,
            items=len(items),
            kappa=_number(kappa(ours, theirs)),
            kappa_low=_number(low),
            kappa_high=_number(high),
            alpha=_number(ordinal_alpha([ours, *raters])),
            raters_alpha=_number(ordinal_alpha(raters)) if len(raters) > 1 else None,
            bias=fmean(ours) - fmean(theirs),
            confusion=tuple(map(tuple, table)) if label == "quality" else None,
        )

    def _length_slope(self, told: Told) -> tuple[float | None, float | None, float | None]:
        """Levels for twice the words, within prompts, among complete poems; 95 % by bootstrap over prompts."""
        by_prompt: dict[str, list[tuple[float, float]]] = {}
        for key, values in told.scores.items():
            if "quality" in values and key in self._sound and self._words.get(key):
                by_prompt.setdefault(key.prompt, []).append((math.log2(self._words[key]), values["quality"]))
        moments = np.array([_moments(points) for points in by_prompt.values() if len(points) > 1])
        if sum(map(len, by_prompt.values())) < FEWEST_LENGTHS or len(moments) < 2 or moments[:, 1].sum() == 0:
            return None, None, None
        draws = np.random.default_rng(self._seed).integers(0, len(moments), size=(self._resamples, len(moments)))
        products, squares = moments[draws].sum(axis=1).T
        slopes = products[squares > 0] / squares[squares > 0]
        low, high = np.percentile(slopes, [2.5, 97.5])
        return float(moments[:, 0].sum() / moments[:, 1].sum()), float(low), float(high)


def _moments(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Sums of products and of squares about a prompt's own means."""
    x, y = fmean(x for x, _ in points), fmean(y for _, y in points)
    return sum((a - x) * (b - y) for a, b in points), sum((a - x) ** 2 for a, _ in points)


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
