"""Estimates and tests against scipy, against values worked by hand, and against what they promise in simulations."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from bardsmith.evaluation.statistics.components import variance_components
from bardsmith.evaluation.statistics.estimates import estimate, paired_difference
from bardsmith.evaluation.statistics.families import benjamini_hochberg, holm
from bardsmith.evaluation.statistics.power import detectable, no_larger_than, power, prompts_needed
from bardsmith.evaluation.statistics.resampling import bca, sign_flip
from bardsmith.evaluation.statistics.shares import mcnemar, wilson

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)
scores = st.lists(st.integers(0, 5), min_size=2, max_size=60)


def test_rows_are_averaged_within_their_prompt_first() -> None:
    found = estimate({"a": [1, 1, 1, 1], "b": [0]})
    assert found is not None
    assert (found.mean, found.prompts, found.rows, found.unscored) == (0.5, 2, 5, 0)


def test_unscored_rows_are_counted_and_left_out() -> None:
    found = estimate({"a": [4, None], "b": [None], "c": [2]})
    assert found is not None
    assert (found.mean, found.prompts, found.rows, found.unscored) == (3.0, 2, 2, 2)
    assert estimate({"a": [None]}) is None
    assert estimate({}) is None


def test_a_share_of_nothing_or_all_has_wilsons_interval() -> None:
    none = estimate({str(i): [0.0] for i in range(50)}, share=True)
    every = estimate({str(i): [True] for i in range(50)}, share=True)
    assert none is not None
    assert every is not None
    assert (none.low, none.high) == pytest.approx((0, 0.0713), abs=1e-4)
    assert (every.low, every.high) == pytest.approx((0.9287, 1), abs=1e-4)


@given(trials=st.integers(1, 400), data=st.data())
def test_wilson_is_scipys(trials: int, data: st.DataObject) -> None:
    yes = data.draw(st.integers(0, trials))
    theirs = scipy.stats.binomtest(yes, trials).proportion_ci(method="wilson")
    assert wilson(yes, trials) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(one=st.integers(0, 60), other=st.integers(0, 60))
def test_mcnemar_is_the_binomial_test_of_the_pairs_that_differ(one: int, other: int) -> None:
    theirs = scipy.stats.binomtest(one, one + other).pvalue if one + other else 1.0
    assert mcnemar(one, other) == pytest.approx(theirs, rel=1e-9)


def test_differences_are_paired_by_prompt() -> None:
    base = {str(i): [float(i % 5)] for i in range(40)}
    better = {prompt: [value + (1.0 if int(prompt) % 2 else 0.5)] for prompt, [value] in base.items()}
    found = paired_difference(better | {"only here": [5.0]}, base)
    assert found is not None
    assert found.prompts == 40
    assert found.mean == pytest.approx(0.75)
    assert 0.6 < found.low < 0.75 < found.high < 0.9
    assert found.p is not None
    assert found.p < 0.001
    assert paired_difference({"a": [1.0]}, {"b": [1.0]}) is None


def test_equal_shares_have_an_interval_and_no_evidence() -> None:
    found = paired_difference({str(i): [1.0] for i in range(30)}, {str(i): [1.0] for i in range(30)}, share=True)
    assert found is not None
    assert found.low < -0.05 < 0 < 0.05 < found.high
    assert found.p == 1.0


def test_the_seed_fixes_the_interval() -> None:
    values = {str(i): [float(i % 6)] for i in range(60)}
    assert estimate(values, seed=3) == estimate(values, seed=3)
    assert estimate(values, seed=3) != estimate(values, seed=4)


@pytest.mark.parametrize("seed", range(6))
def test_bca_is_scipys_up_to_the_luck_of_the_draw(seed: int) -> None:
    values = np.random.default_rng(seed).exponential(size=40)  # skewed, so that bias and acceleration matter
    theirs = scipy.stats.bootstrap((values,), np.mean, n_resamples=20_000, method="BCa", rng=seed).confidence_interval
    ours = bca(values, 20_000, seed)
    plain = np.quantile(np.random.default_rng(1).choice(values, (20_000, 40)).mean(1), [0.025, 0.975])
    luck = 0.04 * (theirs.high - theirs.low)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=luck)
    assert abs(ours.high - plain[1]) > luck / 2  # the percentile bootstrap is another thing


@given(values=st.lists(st.integers(-5, 5), min_size=2, max_size=9))
@settings(max_examples=30, deadline=None)
def test_sign_flips_are_scipys_permutations(values: list[int]) -> None:
    differences = np.array(values, float)

    def mean(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        found: np.ndarray = np.mean(x - y, axis=axis)
        return found

    theirs = scipy.stats.permutation_test(
        (differences, np.zeros_like(differences)), mean, permutation_type="samples", vectorized=True
    ).pvalue
    luck = 4 * math.sqrt(0.25 / 10_000)
    assert sign_flip(differences, 1) == pytest.approx(theirs, abs=luck)


@given(p_values)
def test_benjamini_and_hochberg_are_scipys(values: list[float]) -> None:
    assert benjamini_hochberg(values) == pytest.approx(list(scipy.stats.false_discovery_control(values)), abs=1e-12)


@given(p_values)
def test_holm_rejects_what_stepping_down_rejects(values: list[float]) -> None:
    adjusted = holm(values)
    rejected = set()
    for rank, index in enumerate(sorted(range(len(values)), key=lambda i: values[i])):
        if values[index] * (len(values) - rank) > 0.05:
            break
        rejected.add(index)
    assert {index for index, p in enumerate(adjusted) if p <= 0.05} == rejected
    assert all(p >= given for p, given in zip(adjusted, values, strict=True))
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


@pytest.mark.parametrize("prompts", [30, 100, 300])
@pytest.mark.parametrize("difference", [0.05, 0.18, 0.5])
def test_power_is_that_of_the_paired_t_test(prompts: int, difference: float) -> None:
    shift, critical = difference * math.sqrt(prompts) / 1.2, scipy.stats.t.ppf(0.975, prompts - 1)
    exact = scipy.stats.nct.sf(critical, prompts - 1, shift) + scipy.stats.nct.cdf(-critical, prompts - 1, shift)
    assert power(difference, 1.2, prompts) == pytest.approx(exact, abs=0.03)


def test_what_can_be_detected_is_detected_with_the_wanted_power() -> None:
    assert power(detectable(1.2, 300), 1.2, 300) == pytest.approx(0.8, abs=1e-3)
    needed = prompts_needed(0.18, 1.2)
    assert needed is not None
    assert power(0.18, 1.2, needed) >= 0.8 > power(0.18, 1.2, needed - 1)
    assert prompts_needed(0.0, 1.2) is None
    assert (power(0.1, 0, 10), power(0, 0, 10)) == (1.0, 0.05)


def test_no_difference_is_shown_within_a_margin_only() -> None:
    differences = np.tile([0.1, -0.1, 0.0], 100)
    margin = no_larger_than(differences, 4000, 1)
    assert 0.005 < margin < 0.015
    theirs = scipy.stats.ttest_1samp(differences, -margin, alternative="greater").pvalue
    assert theirs == pytest.approx(0.05, abs=0.015)


def test_components_of_variance_are_found_again() -> None:
    rng = np.random.default_rng(3)
    prompts, contestants, samples = 400, 6, 3
    hard = rng.normal(0, 0.9, prompts)
    liking = rng.normal(0, 0.5, (contestants, prompts))
    cells = {
        (str(c), str(p)): list(c + hard[p] + liking[c, p] + rng.normal(0, 0.7, samples))
        for c in range(contestants)
        for p in range(prompts)
    }
    found = variance_components(cells)
    assert found is not None
    assert found.sample is not None
    assert (found.prompt, found.interaction, found.sample) == pytest.approx((0.81, 0.25, 0.49), rel=0.15)
    assert found.total == pytest.approx(0.81 + 0.25 + 0.49, rel=0.1)
    single = variance_components({key: values[:1] for key, values in cells.items()})
    assert single is not None
    assert single.sample is None
    assert single.interaction == pytest.approx(0.25 + 0.49, rel=0.15)
    assert variance_components({("a", "p"): [1.0], ("a", "q"): [2.0]}) is None


def test_intervals_cover_the_truth_at_three_hundred_prompts_with_clustered_samples() -> None:
    """Scores 0 to 5 of two samples a prompt that share the prompt's luck, as judged answers do."""
    rng = np.random.default_rng(1)
    trials, hits = 1000, 0
    edges = np.array([-1.2, -0.5, 0.1, 0.8, 1.6])
    whole = rng.normal(0, 1, 2_000_000)
    truth = np.searchsorted(edges, whole).mean()
    for _ in range(trials):
        prompts = rng.normal(0, math.sqrt(0.6), (300, 1)) + rng.normal(0, math.sqrt(0.4), (300, 2))
        rows = np.searchsorted(edges, prompts)
        found = estimate({str(i): list(row) for i, row in enumerate(rows)}, resamples=2000, seed=0)
        assert found is not None
        hits += found.low <= truth <= found.high
    assert 0.93 <= hits / trials <= 0.97


def test_ten_thousand_resamples_are_quick() -> None:
    values = {str(i): [float(i % 6)] for i in range(60)}
    start = time.perf_counter()
    estimate(values, seed=99)
    assert time.perf_counter() - start < 0.5


@given(st.dictionaries(st.text(max_size=3), st.lists(st.floats(0, 5), min_size=1, max_size=4), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_the_mean_lies_in_its_interval(values: dict[str, list[float]]) -> None:
    found = estimate(values, resamples=200)
    assert found is not None
    assert min(map(min, values.values())) - 1e-9 <= found.low <= found.high <= max(map(max, values.values())) + 1e-9
