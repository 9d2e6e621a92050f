"""How alike answers are: runs of four words, openings, and an interval that takes prompts for what is drawn."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from answers import answered, asked
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.evaluation.judge import judge
from bardsmith.evaluation.sameness import RUN, first_answers, jaccard, sameness
from bardsmith.evaluation.writing import with_writing
from bardsmith.overlap.runs import plain_words

WORDS = st.lists(st.sampled_from(["sea", "sky", "oak", "fire"]), min_size=1, max_size=12)


@given(st.lists(WORDS, min_size=2, max_size=5))
def test_jaccard_is_of_the_different_runs_of_both(texts: list[list[str]]) -> None:
    found = jaccard(texts)
    runs = [{tuple(w[i : i + RUN]) for i in range(max(1, len(w) - RUN + 1))} for w in texts]
    for i, j in combinations(range(len(texts)), 2):
        assert found[i, j] == found[j, i] == pytest.approx(len(runs[i] & runs[j]) / len(runs[i] | runs[j]))
    assert not found.diagonal().any()


def test_one_poem_for_all_is_all_alike_and_poems_of_their_own_are_not() -> None:
    poem = "The kettle sings, the morning wakes,\nthe butter melts on barley cakes;"
    same = sameness([poem] * 8, resamples=200, seed=1)
    assert same is not None
    assert (same.shared_runs.mean, same.shared_runs.low, same.shared_runs.high, same.openings) == (1, 1, 1, 1)
    own = sameness([f"{word} one two three {word}\n{word}" for word in "abcdefgh"], resamples=200, seed=1)
    assert own is not None
    assert (own.shared_runs.mean, own.openings) == (0, 0)
    assert sameness([poem], resamples=200, seed=1) is None


def test_a_shared_opening_counts_for_each_that_has_it_whatever_its_marks() -> None:
    found = sameness(["Oh, hear me!\nI", "oh hear me\nyou", "\n\nElse\nwhere"], resamples=50, seed=0)
    assert found is not None
    assert found.openings == pytest.approx(2 / 3)


def test_the_interval_holds_the_mean_of_all_prompts_about_as_often_as_it_says() -> None:
    """Of 400 prompts half are answered with one stanza and the rest anew; 40 are drawn 200 times."""
    held, draw = 0, random.Random(2)
    for _ in range(200):
        stock = [draw.random() < 0.5 for _ in range(40)]
        texts = ["a b c d e f g h" if one else f"w{i} x{i} y{i} z{i} v{i}" for i, one in enumerate(stock)]
        found = sameness(texts, resamples=400, seed=3)
        assert found is not None
        held += found.shared_runs.low <= 0.25 <= found.shared_runs.high
    assert 0.9 <= held / 200 <= 0.99


def test_variants_of_a_prompt_give_one_answer_and_empty_ones_none() -> None:
    said = ["first", "", "second of the item", "other"]
    completions = [answered(text) for text in said]
    items = ["a", "b", "a", "c"]
    scores = [
        judge(asked("Why?"), completion).model_copy(update={"item": item})
        for item, completion in zip(items, completions, strict=True)
    ]
    assert first_answers(scores, completions) == ["first", "other"]


def test_the_columns_of_the_writing() -> None:
    text = "My heart, the whisper of the sea,\nmy soul, a tapestry to me."
    prompt, completion = asked("What of the sea?"), answered(text)
    score = with_writing(judge(prompt, completion), prompt, completion)
    assert score.words == len(plain_words(text)) == 13
    assert score.stock_words == pytest.approx(1000 * 4 / 13)
    assert score.tokens == completion.tokens
    assert score.meter is not None
    assert score.meter > 0.9
    elsewhere = completion.model_copy(update={"tokens": 0, "text": ""})
    empty = with_writing(judge(prompt, elsewhere), prompt, elsewhere)
    assert (empty.words, empty.tokens, empty.meter, empty.stock_words) == (0, None, None, None)


def test_time_is_bounded_where_all_answers_are_long_and_alike() -> None:
    poem = " ".join(f"w{i}" for i in range(400))
    alike = jaccard([plain_words(poem)] * 300)
    assert np.count_nonzero(alike) == 300 * 299
