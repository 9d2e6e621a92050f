"""Agreement statistics against scikit-learn and krippendorff."""

from __future__ import annotations

import math

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from bardsmith.agreement import confusion, interval, kappa, ordinal_alpha

LEVELS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=60)


@given(LEVELS)
def test_kappa_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    ours, theirs = zip(*pairs, strict=True)
    if len({*ours, *theirs}) < 2:
        assert math.isnan(kappa(ours, theirs))
        return
    wanted = cohen_kappa_score(ours, theirs, weights="quadratic", labels=range(6))
    assert kappa(ours, theirs) == pytest.approx(wanted, abs=1e-12)


def test_kappa_of_the_same_of_nothing_in_common_and_of_the_opposite() -> None:
    assert kappa([0, 1, 5], [0, 1, 5]) == 1
    assert kappa([0, 0, 5, 5], [0, 5, 0, 5]) == pytest.approx(0)
    assert kappa([0, 5], [5, 0]) == pytest.approx(-1)
    assert math.isnan(kappa([3.3] * 7, [3.3] * 7))


@given(st.lists(st.tuples(*[st.one_of(st.none(), st.integers(0, 5))] * 3), min_size=3, max_size=40))
def test_alpha_is_krippendorffs(items: list[tuple[int | None, ...]]) -> None:
    ratings = list(zip(*items, strict=True))
    table = np.array([[np.nan if value is None else value for value in row] for row in ratings], dtype=float)
    counted = [[value for value in item if value is not None] for item in items]
    paired = [value for item in counted if len(item) > 1 for value in item]
    found = ordinal_alpha(ratings)
    if len(set(paired)) < 2:
        assert math.isnan(found)
        return
    wanted = krippendorff.alpha(reliability_data=table, level_of_measurement="ordinal")
    assert found == pytest.approx(wanted, abs=1e-9)


@given(LEVELS)
def test_confusion_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    ours, theirs = zip(*pairs, strict=True)
    assert confusion(ours, theirs) == confusion_matrix(ours, theirs, labels=range(6)).tolist()


def test_the_interval_holds_the_value_and_narrows_with_more_items() -> None:
    draw = np.random.default_rng(3)
    theirs = draw.integers(0, 6, 400)
    ours = np.clip(theirs + draw.integers(-1, 2, 400), 0, 5)
    low, high = interval(kappa, ours, theirs, resamples=500, seed=1)
    assert low < kappa(ours, theirs) < high
    few_low, few_high = interval(kappa, ours[:40], theirs[:40], resamples=500, seed=1)
    assert few_high - few_low > high - low
    assert interval(kappa, ours, theirs, resamples=500, seed=1) == (low, high)


def test_an_interval_of_what_never_varies_is_not_a_number() -> None:
    assert all(map(math.isnan, interval(kappa, [1, 1, 1], [1, 1, 1], resamples=20, seed=1)))
