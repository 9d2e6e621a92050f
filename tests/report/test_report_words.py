"""Small parts of the report: numbers in words, paired differences, the choice of examples."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bardsmith.records import Kind, Message, Prompt
from bardsmith.report.background import duration
from bardsmith.report.comparison import turned
from bardsmith.report.comparison import verdict as told
from bardsmith.report.examples import PRINTED_CHARACTERS, PRINTED_LINES, shorten, spread_over_kinds
from bardsmith.report.measures import BY_NAME, change, is_shown, value
from bardsmith.results import Comparison, ComparisonVerdict, Difference, Measure

QUALITY, VERSE = BY_NAME["quality"], BY_NAME["verse"]


def test_numbers_are_written_for_people() -> None:
    assert value(QUALITY, 2.837) == "2.84"
    assert value(VERSE, 0.954) == "95\N{NO-BREAK SPACE}%"
    assert change(QUALITY, 2.1) == "+2.10"
    assert change(VERSE, -0.31) == "\N{MINUS SIGN}31\N{NO-BREAK SPACE}points"
    assert change(QUALITY, -0.001) == "0.00"
    assert change(VERSE, 0.0) == "0\N{NO-BREAK SPACE}points"


def test_durations() -> None:
    assert [duration(s) for s in (2.51, 48, 192, 7500)] == ["2.5 s", "48 s", "3 min 12 s", "2 h 5 min"]


def test_a_handful_of_prompts_shows_nothing() -> None:
    """Five coins that all fall alike are no proof; six are."""
    for prompts, shown in ((5, False), (6, True)):
        assert is_shown(Difference(mean=2, low=2, high=2, p=0.06, prompts=prompts)) is shown


def comparison(mean: float, verdict: ComparisonVerdict, measure: Measure = "quality") -> Comparison:
    return Comparison(
        a="dora", b="lora", measure=measure, mean=mean, low=mean - 0.3, high=mean + 0.3, p=0.24, test="sign flips",
        p_adjusted=0.24, prompts=50, margin=0.25, power=0.4, detectable=0.42, prompts_needed=273, no_larger_than=0.41,
        verdict=verdict,
    )  # fmt: skip


def test_a_comparison_is_told_with_what_it_shows_and_no_more() -> None:
    assert told(comparison(0.18, "cannot tell")) == "not shown: cannot tell"
    assert told(comparison(0.6, "shown")) == "shown"
    assert told(comparison(0.02, "within")) == "shown to be within 0.41"
    assert told(comparison(0.02, "within", "verse")) == "shown to be within 41\N{NO-BREAK SPACE}points"


def test_a_comparison_turned_round_is_the_same() -> None:
    one = comparison(0.18, "cannot tell")
    other = turned(one)
    assert (other.a, other.b, other.mean) == ("lora", "dora", -0.18)
    assert (other.low, other.high) == (-one.high, -one.low)
    assert turned(other) == one


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
