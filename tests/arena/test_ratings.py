"""Ratings: as evalica has them, with intervals that cover, and refused where there is no common scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bardsmith.arena.ratings import Floats, groups, intervals, preferred, strengths


def votes_of(generator: np.random.Generator, strength: Floats, number: int) -> list[tuple[int, int, float]]:
    """Left, right and the left one's share of the win; one in five is a tie."""
    found = []
    for _ in range(number):
        left, right = generator.choice(len(strength), 2, replace=False).tolist()
        wins = generator.random() < 1 / (1 + np.exp(strength[right] - strength[left]))
        found.append((left, right, 0.5 if generator.random() < 0.2 else float(wins)))
    return found


def wins_of(votes: list[tuple[int, int, float]], k: int) -> Floats:
    wins = np.zeros((k, k))
    for left, right, share in votes:
        wins[left, right] += share
        wins[right, left] += 1 - share
    return wins


@pytest.mark.parametrize("seed", range(8))
def test_strengths_agree_with_evalica(seed: int) -> None:
    evalica = pytest.importorskip("evalica")
    generator = np.random.default_rng(seed)
    k = int(generator.integers(3, 12))
    votes = votes_of(generator, generator.normal(0, 1, k), 150 * k)
    words = {1.0: evalica.Winner.X, 0.0: evalica.Winner.Y, 0.5: evalica.Winner.Draw}
    names = [f"c{i}" for i in range(k)]
    result = evalica.bradley_terry(
        [names[left] for left, _, _ in votes],
        [names[right] for _, right, _ in votes],
        [words[share] for _, _, share in votes],
        tolerance=1e-12,
        limit=100_000,
    )
    theirs = np.log(result.scores[names].to_numpy())
    assert strengths(wins_of(votes, k)) == pytest.approx(theirs - theirs.mean(), abs=1e-3)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 6), st.integers(0, 10_000))
def test_who_wins_more_against_the_same_is_stronger_and_the_mean_is_kept(k: int, seed: int) -> None:
    wins = np.random.default_rng(seed).integers(0, 9, (k, k)).astype(float)
    np.fill_diagonal(wins, 0)
    found = strengths(wins)
    assert np.isfinite(found).all()
    assert found.mean() == pytest.approx(0, abs=1e-9)
    assert preferred(found).mean() == pytest.approx(0.5)
    better = wins.copy()
    better[0, 1] += 1
    assert strengths(better)[0] - strengths(better)[1] > found[0] - found[1]


def test_who_has_won_everything_is_far_ahead_and_not_infinitely() -> None:
    found = strengths(np.array([[0.0, 30.0, 30.0], [0.0, 0.0, 15.0], [0.0, 15.0, 0.0]]))
    assert 3 < found[0] - found[1] < 20
    assert found[1] == pytest.approx(found[2])


def test_intervals_by_prompt_cover_the_truth() -> None:
    """What is asked changes who is better: strengths vary from prompt to prompt, several votes share each prompt."""
    generator, k, prompts, studies = np.random.default_rng(11), 4, 80, 500
    typical = np.array([0.8, 0.2, -0.3, -0.7])

    def study(number: int) -> Floats:
        own = typical + generator.normal(0, 0.8, (number, k))
        chance = 1 / (1 + np.exp(own[:, None, :] - own[:, :, None]))
        above = np.triu(np.ones((k, k)), 1)
        won = generator.binomial(3, chance) * above
        return np.asarray(won + np.swapaxes((3 - won) * above, 1, 2), dtype=float)

    truth = preferred(strengths(study(400_000).sum(0)))
    inside = np.zeros(k)
    for seed in range(studies):
        _, share = intervals(study(prompts), resamples=400, seed=seed)
        inside += (share.low <= truth) & (truth <= share.high)
    assert 0.92 <= (inside / studies).mean() <= 0.97


def test_groups_that_no_vote_connects_are_found() -> None:
    wins = np.zeros((5, 5))
    wins[0, 1] = wins[3, 4] = wins[4, 1] = 1
    assert groups(wins) == [[0, 1, 3, 4], [2]]
