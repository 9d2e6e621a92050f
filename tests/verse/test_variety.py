"""The numbers of a wording."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.soundness.variety import variety_of

LINE = "The boats lie in the harbour still\n"


def test_a_line_has_little_to_repeat() -> None:
    found = variety_of(LINE)
    assert found.distinct == pytest.approx((6 / 7, 1, 1))
    assert (found.longest_repeat, found.known_words) == (0, 1)
    assert found.small_words == pytest.approx(4 / 7)


def test_a_loop_shows_in_the_numbers() -> None:
    once, often = variety_of(LINE), variety_of(LINE * 10)
    assert often.distinct < once.distinct
    assert often.longest_repeat == pytest.approx(0.9)


def test_a_refrain_is_the_longest_repeat() -> None:
    assert variety_of(LINE + "and gulls walk up and down the quay\n" + LINE).longest_repeat == pytest.approx(7 / 22)


def test_made_up_words_are_not_known() -> None:
    assert variety_of("gzole xekce tkioo evcez").known_words == 0


@given(st.text())
def test_shares_are_shares(text: str) -> None:
    found = variety_of(text)
    shares = (*found.distinct, found.longest_repeat, found.known_words, found.small_words)
    assert all(0 <= share <= 1 for share in shares)
