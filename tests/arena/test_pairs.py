"""Which pairs a rater sees: all of them, balanced from any beginning, sides exactly counterbalanced, some twice."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from fake_arena import fake_study
from hypothesis import given, settings
from hypothesis import strategies as st

from bardsmith.arena.pairs import REPEATED, Item, items, session
from bardsmith.arena.stored import Place, Stored, read_stored
from bardsmith.records import Completion, Prompt


def stored_of(prompts: int, contestants: int, missing: frozenset[tuple[int, int]] = frozenset()) -> Stored:
    names = [f"c{number}" for number in range(contestants)]
    asked = [
        Prompt.model_validate(
            {"id": f"p{i}", "item": f"p{i}", "kind": "chat", "messages": [{"role": "user", "content": "?"}]}
        )
        for i in range(prompts)
    ]
    answers = {
        Place(prompt.id, name, "sampled", 0): Completion(
            contestant=name,
            prompt=prompt.id,
            decoding="sampled",
            sample=0,
            seed=0,
            text=f"{name}{i}",
            tokens=1,
            finish="stop",
        )
        for i, prompt in enumerate(asked)
        for j, name in enumerate(names)
        if (i, j) not in missing
    }
    return Stored("made", {prompt.id: prompt for prompt in asked}, tuple(names), answers, {})


def sides(shown: list[Item]) -> Counter[tuple[str, str]]:
    return Counter((item.left.contestant, item.right.contestant) for item in shown if item.right)


@given(prompts=st.integers(1, 9), contestants=st.integers(2, 5), rater=st.integers(0, 3))
@settings(deadline=None, max_examples=30)
def test_every_pair_on_every_prompt_comes_once(prompts: int, contestants: int, rater: int) -> None:
    shown = items(stored_of(prompts, contestants), "pairs", rater)
    met = [(item.left.prompt, frozenset({item.left.contestant, item.right.contestant})) for item in shown if item.right]
    assert len(met) == len(set(met)) == prompts * contestants * (contestants - 1) // 2


@given(prompts=st.integers(1, 9), contestants=st.integers(2, 5))
@settings(deadline=None, max_examples=30)
def test_sides_are_exactly_counterbalanced(prompts: int, contestants: int) -> None:
    """With an even number of prompts for each rater, else to one; over two raters always."""
    stored = stored_of(prompts, contestants)
    first, second = (sides(items(stored, "pairs", rater)) for rater in (0, 1))
    for one, other in combinations(stored.contestants, 2):
        assert abs(first[one, other] - first[other, one]) == prompts % 2
        assert (first + second)[one, other] == (first + second)[other, one] == prompts


@pytest.mark.parametrize("length", [6, 12, 20, 45])
def test_any_beginning_is_balanced(length: int) -> None:
    """No pair is more than one ahead of another, nor the left side more than one ahead of the right."""
    stored = stored_of(20, 4)
    met = sides(items(stored, "pairs", 0)[:length])
    totals = [met[pair] + met[pair[::-1]] for pair in combinations(stored.contestants, 2)]
    assert max(totals) - min(totals) <= 1
    assert all(abs(met[pair] - met[pair[::-1]]) <= 1 for pair in combinations(stored.contestants, 2))


def test_a_round_asks_different_prompts() -> None:
    shown = items(stored_of(12, 4), "pairs", 0)[:6]
    assert len({item.left.prompt for item in shown}) == 6


def test_a_missing_answer_makes_no_pair() -> None:
    shown = items(stored_of(3, 3, frozenset({(0, 0), (2, 1)})), "pairs", 0)
    assert sorted(
        (item.left.prompt, *sorted((item.left.contestant, item.right.contestant))) for item in shown if item.right
    ) == [("p0", "c1", "c2"), ("p1", "c0", "c1"), ("p1", "c0", "c2"), ("p1", "c1", "c2"), ("p2", "c0", "c2")]


@given(length=st.integers(1, 60))
def test_a_tenth_are_repeats_with_their_sides_swapped(length: int) -> None:
    shown = session(items(stored_of(20, 3), "pairs", 0), length)
    repeats = [(number, item) for number, item in enumerate(shown) if item.repeat_of is not None]
    assert len(shown) == length
    assert len(repeats) == length // REPEATED
    for number, again in repeats:
        assert again.repeat_of is not None
        first = shown[again.repeat_of]
        assert (again.left, again.right) == (first.right, first.left)
        assert number - again.repeat_of > 5


def test_single_answers_are_scored_in_turn() -> None:
    shown = items(stored_of(4, 3), "scores", 0)
    assert len(shown) == 12
    assert all({item.left.contestant for item in shown[i : i + 3]} == {"c0", "c1", "c2"} for i in range(0, 12, 3))


def test_scores_of_other_answers_are_left_out(tmp_path: Path) -> None:
    """Whoever runs the arena again must not read yesterday's verdicts on today's answers."""
    folder = fake_study(tmp_path)
    assert read_stored("grove", folder).scores
    folder.completions.write_text(folder.completions.read_text(encoding="utf-8").replace('"tokens":40', '"tokens":41'))
    assert not read_stored("grove", folder).scores
