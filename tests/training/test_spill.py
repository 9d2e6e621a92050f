"""Steps that have become ten times as slow are noticed; single slow ones, and slow runs, are not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.training.spill import SpillWatch


def warnings(seconds: Sequence[float]) -> list[int]:
    """The steps, from 0, at which a warning comes."""
    watch = SpillWatch()
    return [step for step, taken in enumerate(seconds) if watch(taken) is not None]


def test_a_lasting_jump_is_told_once_at_its_third_step() -> None:
    assert warnings([2.0] * 10 + [30.0] * 20) == [12]
    watch = SpillWatch()
    told = [watch(seconds) for seconds in [2.0] * 10 + [30.0] * 3][-1]
    assert told is not None
    assert "30.0 s now, 2.0 s before" in told
    assert "Sysmem Fallback" in told


@pytest.mark.parametrize(
    "seconds",
    [
        [2.0] * 10 + [60.0] + [2.0] * 10 + [60.0] * 2 + [2.0] * 10,  # a disk, a lid
        [2.0] * 10 + [19.0] * 20,  # slower, but not by as much as a spill
        [60.0, 2.0, 2.0, 2.0, 2.0],  # the first step compiles
        [40.0] * 30,
    ],
)
def test_what_is_no_spill(seconds: list[float]) -> None:
    assert warnings(seconds) == []


@given(st.lists(st.floats(1.0, 9.9), max_size=200))
def test_steps_within_a_factor_of_ten_never_warn(seconds: list[float]) -> None:
    assert warnings(seconds) == []
