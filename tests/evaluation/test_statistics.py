"""Estimates against values worked by hand, coverage by simulation, and time."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.evaluation.statistics import estimate, paired_difference, wilson


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


def test_wilson_against_published_values() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=1e-4)


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


def test_intervals_cover_the_truth() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(200):
        prompts = rng.normal(2.5, 1, size=60)
        rows = {str(i): list(mean + rng.normal(0, 1, size=2)) for i, mean in enumerate(prompts)}
        found = estimate(rows, resamples=1000, seed=trial)
        assert found is not None
        hits += found.low <= 2.5 <= found.high
    assert 0.89 <= hits / 200 <= 0.99


def test_ten_thousand_resamples_are_quick() -> None:
    values = {str(i): [float(i % 6)] for i in range(60)}
    start = time.perf_counter()
    estimate(values, seed=99)
    assert time.perf_counter() - start < 0.5


@given(st.dictionaries(st.text(), st.lists(st.floats(0, 5), min_size=1), min_size=1))
def test_the_mean_lies_in_its_interval(values: dict[str, list[float]]) -> None:
    found = estimate(values, resamples=200)
    assert found is not None
    assert min(map(min, values.values())) - 1e-9 <= found.low <= found.high <= max(map(max, values.values())) + 1e-9
