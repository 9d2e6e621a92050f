"""Small parts of the report: numbers in words, paired differences, the choice of examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.records import Kind, Message, Prompt, Score
from bardsmith.report.background import duration
from bardsmith.report.comparison import paired_difference
from bardsmith.report.examples import PRINTED_CHARACTERS, PRINTED_LINES, shorten, spread_over_kinds
from bardsmith.report.measures import BY_NAME, change, is_shown, value

QUALITY, VERSE = BY_NAME["quality"], BY_NAME["verse"]


def score(contestant: str, prompt: int, quality: float | None, item: int | None = None) -> Score:
    return Score(
        contestant=contestant,
        prompt=f"p{prompt}",
        item=f"i{prompt if item is None else item}",
        kind="chat",
        decoding="sampled",
        sample=0,
        quality=quality,
        error=None if quality is not None else "unreadable",
    )


def test_numbers_are_written_for_people() -> None:
    assert value(QUALITY, 2.837) == "2.84"
    assert value(VERSE, 0.954) == "95\N{NO-BREAK SPACE}%"
    assert change(QUALITY, 2.1) == "+2.10"
    assert change(VERSE, -0.31) == "\N{MINUS SIGN}31\N{NO-BREAK SPACE}points"
    assert change(QUALITY, -0.001) == "0.00"
    assert change(VERSE, 0.0) == "0\N{NO-BREAK SPACE}points"


def test_durations() -> None:
    assert [duration(s) for s in (2.51, 48, 192, 7500)] == ["2.5 s", "48 s", "3 min 12 s", "2 h 5 min"]


def test_a_constant_difference_is_certain() -> None:
    ours = [score("a", i, 3) for i in range(10)]
    theirs = [score("b", i, 1) for i in range(10)]
    pair = paired_difference(QUALITY, ours, theirs, 0.95, seed=0)
    assert pair is not None
    assert (pair.mean, pair.low, pair.high, pair.prompts) == (2, 2, 2, 10)


def test_a_handful_of_prompts_shows_nothing() -> None:
    """Five coins that all fall alike are no proof; six are."""
    for prompts, shown in ((5, False), (6, True)):
        ours, theirs = ([score(name, i, level) for i in range(prompts)] for name, level in (("a", 3), ("b", 1)))
        pair = paired_difference(QUALITY, ours, theirs, 0.95, seed=0)
        assert pair is not None
        assert is_shown(pair) is shown


def test_unscored_and_unpaired_answers_stay_out_of_the_difference() -> None:
    ours = [score("a", 0, 4), score("a", 1, None), score("a", 2, 5)]
    theirs = [score("b", 0, 1), score("b", 1, 5)]
    pair = paired_difference(QUALITY, ours, theirs, 0.95, seed=0)
    assert pair is not None
    assert (pair.mean, pair.prompts) == (3, 1)
    assert paired_difference(QUALITY, ours[1:2], theirs, 0.95, seed=0) is None


def test_the_interval_is_that_of_the_mean_and_wider_for_more_confidence() -> None:
    """Ten thousand resamples of 400 differences of variance 1: the half width is 1.96 / sqrt(400) = 0.098."""
    ours = [score("a", i, 2 + (i % 2)) for i in range(400)]
    theirs = [score("b", i, 3 - (i % 2)) for i in range(400)]
    pair = paired_difference(QUALITY, ours, theirs, 0.95, seed=0)
    wide = paired_difference(QUALITY, ours, theirs, 0.99, seed=0)
    assert pair is not None
    assert wide is not None
    assert pair.high - pair.low == pytest.approx(2 * 0.098, rel=0.05)
    assert wide.high - wide.low > 1.2 * (pair.high - pair.low)


def test_prompts_of_one_item_are_resampled_together() -> None:
    """Four items of a hundred equal prompts each know no more than four prompts do."""
    ours = [score("a", i, 1 + i // 100, item=i // 100) for i in range(400)]
    theirs = [score("b", i, 0, item=i // 100) for i in range(400)]
    pair = paired_difference(QUALITY, ours, theirs, 0.95, seed=0)
    assert pair is not None
    assert pair.high - pair.low > 1.5


def prompt(number: int, kind: Kind) -> Prompt:
    return Prompt(id=f"p{number}", item=f"i{number}", kind=kind, messages=(Message(role="user", content="?"),))


@given(st.lists(st.sampled_from(["fact", "chat", "howto"]), min_size=1, max_size=40), st.integers(1, 20))
def test_examples_are_spread_over_the_kinds(kinds: list[Kind], count: int) -> None:
    prompts = [prompt(i, kind) for i, kind in enumerate(kinds)]
    chosen = spread_over_kinds(prompts, count)
    assert len(chosen) == min(count, len(prompts)) == len({p.id for p in chosen})
    taken = {kind: sum(p.kind == kind for p in chosen) for kind in set(kinds)}
    left = {kind: kinds.count(kind) - taken[kind] for kind in taken}
    assert all(taken[a] + 1 >= taken[b] for a in taken for b in taken if left[a])


@given(st.text(max_size=2000))
def test_what_is_printed_is_a_beginning_and_the_rest_is_counted(text: str) -> None:
    answer = shorten("lora", "", text)
    assert answer.text.startswith(answer.printed)
    assert len(answer.printed) + answer.left_out == len(answer.text)
    assert len(answer.printed) <= PRINTED_CHARACTERS
    assert answer.printed.count("\n") < PRINTED_LINES
