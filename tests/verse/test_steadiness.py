"""Syllables by spelling and the measure of lines."""

from __future__ import annotations

import pytest

from bardsmith.verse.steadiness import steadiness, syllables


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("Shall I compare thee to a summer's day?", 10),
        ("It is Tokyo", 5),
        ("The little table shakes", 6),
        ("They loved and walked and wanted", 7),
        ("houses and roses", 5),
        ("the the", 2),
        ("", 0),
    ],
)
def test_syllables(line: str, count: int) -> None:
    assert syllables(line) == pytest.approx(count, abs=1 if "Tokyo" in line else 0)


def test_blank_verse_and_ballads_are_steady_and_ragged_lines_are_not() -> None:
    ballad = [
        "The wind went up the hill today,",
        "the wind came down again,",
        "it took my hat and went away,",
        "and then it brought the rain.",
    ]
    ragged = [
        "Rain.",
        "It is coming down on every roof in the whole of the town,",
        "and I",
        "am in bed with a very good book about whales",
    ]
    assert steadiness(ballad) == 1.0
    assert steadiness(ragged) < 0.8


def test_a_haiku_is_steady_and_a_couplet_is_too_short_to_tell() -> None:
    assert steadiness(["Hold your breath. Count ten.", "Sip cold water steadily.", "Repeat if needed."]) == 1.0
    assert steadiness(["The wind went up the hill today,", "the wind came down again."]) == 0.0
