"""What is said of two contestants: which pairs are announced, how they are adjusted, and when nothing can be told."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from bardsmith.evaluation.comparisons import Compared, compare, components, mcnemar_p
from bardsmith.evaluation.config import ComparisonConfig
from bardsmith.evaluation.runs import Trained
from bardsmith.evaluation.statistics.families import benjamini_hochberg, holm
from bardsmith.evaluation.statistics.shares import mcnemar
from bardsmith.results import Comparison, Measure, Score

RUNS = {
    "lora-a": Trained(False, {"rank": 8}, 0.5),
    "lora-b": Trained(False, {"rank": 16}, 0.7),
    "dora-a": Trained(True, {"rank": 8}, 0.6),
    "dora-b": Trained(True, {"rank": 16}, 0.4),
}
MEANS = {"base": 0.8, "base+verse": 1.6, "lora-a": 2.5, "lora-b": 2.5, "dora-a": 2.6, "dora-b": 2.4}


def scores(means: Mapping[str, float], prompts: int = 60, samples: int = 1, spread: float = 1.0) -> list[Score]:
    dice = random.Random(3)
    return [
        Score(
            contestant=name, prompt=f"p{number}", item=f"p{number}", kind="howto", decoding="sampled", sample=sample,
            quality=min(5, max(0, round(mean + dice.gauss(0, spread)))), verse=dice.random() < mean / 3,
        )
        for name, mean in means.items()
        for number in range(prompts)
        for sample in range(samples)
    ]  # fmt: skip


def test_facts_are_compared_where_they_were_asked() -> None:
    rows = [row.model_copy(update={"fact_kept": row.contestant != "lora-a"}) for row in scores(MEANS)]
    found = next(
        one for one in compared(rows).explored if (one.a, one.b, one.measure) == ("lora-a", "base+verse", "fact_kept")
    )
    assert (found.mean, found.verdict) == (-1, "shown")


def compared(rows: list[Score], announced: list[ComparisonConfig] | None = None) -> Compared:
    return compare(rows, RUNS, announced, resamples=500, seed=1)


def named(compared: Compared, a: str, b: str, measure: Measure = "quality") -> Comparison:
    return next(one for one in compared.announced if (one.a, one.b, one.measure) == (a, b, measure))


def test_every_study_announces_its_rivals_the_best_two_and_the_methods() -> None:
    pairs = [(one.a, one.b) for one in compared(scores(MEANS)).announced if one.measure == "quality"]
    assert pairs == [
        *((run, "base") for run in RUNS),
        *((run, "base+verse") for run in RUNS),
        ("dora-a", "lora-b"),
        ("dora", "lora"),
    ]


def test_the_best_two_are_chosen_by_validation_and_not_by_what_is_compared() -> None:
    one = named(compared(scores({**MEANS, "lora-a": 4.5})), "dora-a", "lora-b")
    assert one.chosen == "by validation score"


def test_dev_prompts_choose_before_the_validation_score_if_all_runs_answered_them() -> None:
    """By validation score lora-b and dora-a are the best; the dev prompts say lora-a and dora-b."""
    levels = {"lora-a": 3.0, "lora-b": 2.0, "dora-a": 1.0, "dora-b": 2.5}
    runs = {name: run._replace(dev=levels[name]) for name, run in RUNS.items()}
    one = next(each for each in compare(scores(MEANS), runs, None, resamples=200, seed=1).announced if each.chosen)
    assert (one.a, one.b, one.chosen) == ("dora-b", "lora-a", "by the dev prompts")
    runs["dora-a"] = RUNS["dora-a"]
    one = next(each for each in compare(scores(MEANS), runs, None, resamples=200, seed=1).announced if each.chosen)
    assert (one.a, one.b) == ("dora-a", "lora-a")
    assert one.chosen == "best dora: by validation score; best lora: by the dev prompts"


def test_without_validation_scores_the_choice_is_said_to_flatter() -> None:
    runs = {name: run._replace(validation=None, settings=None) for name, run in RUNS.items()}
    found = compare(scores({**MEANS, "lora-a": 4.5}), runs, None, resamples=500, seed=1)
    one = next(one for one in found.announced if {one.a, one.b} <= {*RUNS})
    assert one.b == "lora-a"
    assert "flatters" in one.chosen
    assert not any(one.over for one in found.announced)


def test_methods_are_compared_over_runs_with_the_same_settings() -> None:
    rows = scores(MEANS)
    one = named(compared(rows), "dora", "lora")
    assert one.over == (("dora-a", "lora-a"), ("dora-b", "lora-b"))
    mean = {name: sum(r.quality or 0 for r in rows if r.contestant == name) / 60 for name in RUNS}
    halves = (mean["dora-a"] - mean["lora-a"], mean["dora-b"] - mean["lora-b"])
    assert one.mean == pytest.approx(sum(halves) / 2)


def test_a_large_difference_is_shown_and_a_small_one_is_not() -> None:
    found = compared(scores(MEANS))
    assert named(found, "lora-b", "base").verdict == "shown"
    small = named(found, "dora-a", "lora-b")
    assert small.verdict == "cannot tell"
    assert abs(small.mean) < small.detectable
    assert small.prompts_needed is not None
    assert small.prompts_needed > 60


def test_the_same_answers_of_many_prompts_are_shown_to_be_within_the_margin() -> None:
    rows = scores({"lora-a": 3, "dora-a": 3}, prompts=200, spread=0.4)
    one = named(compared(rows, [ComparisonConfig(a="dora-a", b="lora-a")]), "dora-a", "lora-a")
    assert one.verdict == "within"
    assert one.no_larger_than < one.margin == 0.25


def test_a_handful_of_equal_answers_is_not_called_equal() -> None:
    rows = [row.model_copy(update={"quality": 3.0}) for row in scores({"lora-a": 3, "dora-a": 3}, prompts=8)]
    assert (
        named(compared(rows, [ComparisonConfig(a="dora-a", b="lora-a")]), "dora-a", "lora-a").verdict == "cannot tell"
    )


def test_announced_pairs_are_one_family_and_all_others_another() -> None:
    found = compared(
        scores(MEANS), [ComparisonConfig(a="best dora", b="best lora"), ComparisonConfig(a="lora-a", b="base")]
    )
    assert [(one.a, one.b) for one in found.announced] == [("dora-a", "lora-b"), ("lora-a", "base")]
    assert [one.p_adjusted for one in found.announced] == holm([one.p for one in found.announced])
    assert [one.p_adjusted for one in found.explored] == benjamini_hochberg([one.p for one in found.explored])
    assert len(found.explored) == 2 * 15 - 2


def test_an_announced_contestant_that_gave_no_answers_is_told() -> None:
    rows = [row for row in scores(MEANS) if row.contestant != "dora-b"]
    found = compared(rows, [ComparisonConfig(a="dora-b", b="base")])
    assert found.announced == ()
    assert found.not_compared == ("dora-b and base in quality: dora-b gave no answers",)


def test_one_answer_a_prompt_takes_mcnemars_test_and_several_the_sign_flips() -> None:
    rows = scores(MEANS)
    one = named(compared(rows), "lora-b", "base", "verse")
    own, base = ([r.verse for r in rows if r.contestant == name] for name in ("lora-b", "base"))
    only = [sum(bool(a) > bool(b) for a, b in zip(x, y, strict=True)) for x, y in ((own, base), (base, own))]
    assert (one.test, one.p) == ("McNemar", mcnemar(*only))
    assert named(compared(scores(MEANS, samples=2)), "lora-b", "base", "verse").test == "sign flips"
    assert mcnemar_p({"p": [0.5]}, {"p": [1.0]}) is None


def test_components_need_two_contestants() -> None:
    found = components(scores(MEANS, samples=2))
    assert found is not None
    assert found.sample is not None
    assert components(scores({"base": 1})) is None
