"""The words of a line and the shapes that verse may give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.rhythm.syllabification import (
    CLASSES,
    ELIDABLE,
    HYPHEN,
    MOST_WORDS,
    SPACE,
    STOP,
    TABLE,
    shapes,
    word_row,
)


def test_the_words_of_a_line_know_what_follows_them() -> None:
    row = word_row("O deep-voiced sea, 'tis thou!")
    assert row.words == ["o", "deep", "voiced", "sea", "'tis", "thou"]
    assert row.gaps == "".join([SPACE, HYPHEN, SPACE, STOP, SPACE, STOP])


@pytest.mark.parametrize(
    ("line", "gaps"),
    [
        ("go (my love) home", [STOP, SPACE, STOP, SPACE]),
        ("( (go) ( home", [STOP, SPACE]),
        ("go - to-day", [SPACE, HYPHEN, SPACE]),
        ("...", []),
    ],
)
def test_a_stop_that_opens_a_word_follows_the_word_before(line: str, gaps: list[str]) -> None:
    assert word_row(line).gaps == "".join(gaps)


@pytest.mark.parametrize(("line", "first"), [("the eclipsing curse", "the" + ELIDABLE), ("the curse", "the")])
def test_the_may_lose_its_vowel_only_before_another(line: str, first: str) -> None:
    assert word_row(line).words[0] == first
    assert any(shape.classes == "" for shape in shapes(first)) == (ELIDABLE in first)


def test_stress_gives_the_classes() -> None:
    assert shapes("above")[0].classes == "wP"
    assert shapes("memory")[0].classes == "Pwm"
    assert {len(shape.classes) for shape in shapes("heaven")} == {1, 2}


def test_content_words_take_the_beat_more_often_than_articles() -> None:
    the, of, heart = (shapes(word)[0].classes for word in ("the", "of", "heart"))
    assert the < of < heart


def test_cheaper_shapes_come_first_and_classes_are_known() -> None:
    for word in ("wandering", "flower", "every", "zxqvy", "o'er", "\u5b57", "the" + ELIDABLE):
        found = shapes(word)
        assert found
        assert [shape.cost for shape in found] == sorted(shape.cost for shape in found)
        assert set("".join(shape.classes for shape in found)) <= set(CLASSES)


@given(st.text())
def test_any_text_has_a_row(text: str) -> None:
    row = word_row(text)
    assert len(row.words) == len(row.gaps) <= MOST_WORDS


def test_the_table_is_sorted_and_in_tenths() -> None:
    rows = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()]
    assert [word for word, _ in rows] == sorted(word for word, _ in rows)
    assert {tenths for _, tenths in rows} <= set("0123456789")
