"""The checkpoint that is kept: the best writer, the earliest of equals; and when there is nothing to wait for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bardsmith.training.choice import Evaluation, best, breaks_down, interval

scores = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def evaluation(step: int, *scores: float, loss: float = 1.0, loops: float = 0.0) -> Evaluation:
    return Evaluation(step, loss, scores, verse=1.0, complete=1.0, loops=loops)


def test_a_clearly_better_checkpoint_is_kept_though_its_loss_is_worse() -> None:
    bad, good = evaluation(10, *[0.2] * 12, loss=1.0), evaluation(20, *[0.8] * 12, loss=2.0)
    assert best([bad, good]) is good
    assert best([evaluation(30, *[0.2] * 12, loss=0.1), good, bad]) is good


def test_a_checkpoint_that_is_better_by_luck_gives_way_to_the_earlier_one() -> None:
    early = evaluation(10, 0.9, 0.1, 0.8, 0.2, 0.9, 0.1)
    lucky = evaluation(20, 0.1, 0.9, 0.2, 0.9, 0.8, 0.3)
    assert lucky.score > early.score
    assert best([early, lucky]) is early


def test_small_differences_count_where_every_prompt_shows_them() -> None:
    """Pairs tell more than two separate intervals, which overlap widely here."""
    early = evaluation(10, *(0.1 * i for i in range(8)))
    late = evaluation(20, *(0.1 * i + 0.05 for i in range(8)))
    assert early.interval[1] > late.interval[0]
    assert best([early, late]) is late


@given(scores=scores, steps=st.integers(1, 5))
def test_of_equals_the_first_is_kept(scores: list[float], steps: int) -> None:
    found = [evaluation(step, *scores) for step in range(1, steps + 1)]
    assert best(found) is found[0]


@given(scores=scores)
def test_an_interval_holds_the_mean_and_is_the_same_every_time(scores: list[float]) -> None:
    low, high = interval(scores)
    mean = sum(scores) / len(scores)
    assert low - 1e-9 <= mean <= high + 1e-9 or len(set(scores)) > 1
    assert min(scores) - 1e-9 <= low <= high <= max(scores) + 1e-9
    assert (low, high) == interval(scores)


def test_a_run_breaks_down_at_the_second_looping_evaluation_in_a_row() -> None:
    loops = [0.9, 0.1, 0.6, 0.7]
    found = [evaluation(step, 0.5, loops=share) for step, share in enumerate(loops)]
    assert [breaks_down(found[:n]) for n in range(5)] == [False, False, False, False, True]
