"""No text whatever makes the verse room stumble, and none takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.completeness import ending
from bardsmith.verse.gibberish import gibberish
from bardsmith.verse.layout import layout
from bardsmith.verse.relevance import relevance
from bardsmith.verse.repetition import repetition
from bardsmith.verse.rhyme import rhyme_share
from bardsmith.verse.steadiness import steadiness

LINES = st.lists(st.text("aeiouyrstln'\u2019 .,:;-*#|([\"", max_size=60), max_size=12).map("\n".join)


def _read_all(text: str) -> None:
    read = layout(text)
    measured = repetition(text)
    assert 0 <= read.verse_share <= 1
    assert read.is_verse == (read.reason is None)
    assert 0 <= measured.lines <= 1
    assert 0 <= measured.grams <= 1
    assert measured.looping or not measured.degenerate
    assert 0 <= rhyme_share(read.lines) <= 1
    assert 0 <= steadiness(read.lines) <= 1
    assert gibberish(text).gibberish == (gibberish(text).reason is not None)
    assert ending(text).finished == (ending(text).reason is None)
    relevance(text, text)


@given(st.one_of(st.text(), LINES))
def test_any_text_can_be_read(text: str) -> None:
    _read_all(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 500_000,
        "a(" * 250_000,
        "la " * 150_000,
        "x: " * 100_000,
        "la la\n" * 50_000,
        "**" * 200_000,
        "\u0301" * 300_000,
    ],
    ids=["letters", "brackets", "words", "keys", "lines", "stars", "marks"],
)
def test_long_texts_take_linear_time(text: str) -> None:
    start = time.perf_counter()
    _read_all(text)
    assert time.perf_counter() - start < 10


@given(st.lists(st.sampled_from(["The sun goes down,", "a door stands open", "in the wall.", "We wait."]), min_size=3))
def test_more_copies_of_a_line_never_unmake_a_loop(lines: list[str]) -> None:
    looped = "\n".join([*lines, *["And the plants grow,"] * 4])
    assert repetition(looped).looping
    assert repetition(looped + "\nAnd the plants grow,").looping
