"""Patterns of beats, names of measures, departures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.rhythm.regularity import FEET, departures, expected_beats, measure_name, regularity


@pytest.mark.parametrize(
    ("foot", "marks", "count"),
    [
        ("iambic", "-+-+-+-+-+", 0),
        ("iambic", "+--+-+-+-+", 0 + 1),
        ("iambic", "-+-+-+-+-+-", 0),
        ("iambic", "-+-+--+-+-+", 1),
        ("iambic", "+-+-+-+", 1),
        ("iambic", "--++-+-+", 2),
        ("trochaic", "+-+-+-+", 0),
        ("trochaic", "-+-+-+-+", 1),
        ("anapestic", "--+--+--+", 0),
        ("anapestic", "-+--+--+", 0),
        ("anapestic", "-+-+--+", 1),
        ("dactylic", "+--+--", 0),
        ("dactylic", "+--+-+", 1),
    ],
)
def test_departures(foot: str, marks: str, count: int) -> None:
    assert departures(foot, marks) == count


def test_one_length_is_expected_if_most_lines_have_it() -> None:
    assert expected_beats([5], [5, 5, 4, 5, 5]) == [5] * 5
    assert expected_beats([4], [5, 4, 3, 2]) == [None] * 4


def test_the_place_in_the_stanza_tells_what_is_expected() -> None:
    assert expected_beats([3, 3, 3], [4, 4, 2, 4, 4, 2, 4, 3, 2]) == [4, 4, 2] * 3


def test_two_ballad_stanzas_alternate() -> None:
    assert expected_beats([4, 4], [4, 3, 4, 3, 4, 3, 4, 2]) == [4, 3] * 4


def test_a_stanza_may_be_known_by_its_beats() -> None:
    assert expected_beats([5], [3, 3, 2, 2, 3]) == [3, 3, 2, 2, 3]
    assert expected_beats([5], [3, 3, 2, 2, 4]) == [3, 3, 2, 2, 3]
    assert expected_beats([4], [3, 3, 4, 3]) == [3, 3, 4, 3]
    assert expected_beats([5], [3, 3, 3, 3, 3]) == [3] * 5


def test_two_stanzas_share_a_pattern() -> None:
    assert expected_beats([5, 5], [5, 2, 4, 3, 1, 5, 2, 4, 3, 1]) == [5, 2, 4, 3, 1] * 2
    assert expected_beats([5, 5], [5, 2, 4, 3, 1, 5, 2, 4, 3, 2]) == [5, 2, 4, 3, None] * 2
    assert expected_beats([4, 4], [5, 2, 4, 3, 2, 2, 5, 3]) == [None] * 8


@pytest.mark.parametrize("beats", [[4, 3, 4, 3], [4, 3, 4, 3, 4, 3, 4, 3]])
def test_common_measure_is_a_pattern_from_the_first_stanza_on(beats: list[int]) -> None:
    assert expected_beats([4] * (len(beats) // 4), beats) == beats


def test_measures_are_named_by_foot_and_length() -> None:
    assert measure_name("iambic", ["-+-+-+-+-+"] * 4) == "iambic pentameter"
    assert measure_name("iambic", ["-+-+-+-+", "-+-+-+"] * 2) == "iambic tetrameter/trimeter"
    assert measure_name("iambic", ["-+-+-+-+-+", "+-++--", "--+--+-++-+-", "+"]) == ""
    assert measure_name("iambic", []) == measure_name("iambic", ["", "---"]) == ""


def test_regularity_is_the_share_of_lines_that_keep_the_pattern() -> None:
    lines = ["-+-+-+", "-+-+-+", "+--+-+", "--++--++-"]
    assert regularity("iambic", lines, [3] * 4) == 0.75
    assert regularity("iambic", lines, [None] * 4) == 0.0
    assert regularity("iambic", [], []) == 0.0


@given(st.sampled_from(FEET), st.text("+-"))
def test_any_marks_have_departures(foot: str, marks: str) -> None:
    assert 0 <= departures(foot, marks) <= len(marks) + 2
