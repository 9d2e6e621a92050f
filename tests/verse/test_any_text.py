"""No text whatever makes the verse room stumble, and none takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse import analyse, form, junk, measure, meter, rhyme, rhyme_strict, score, stress, verse, wrapper
from bardsmith.verse.soundness.repetition import repetition

LINES = st.lists(st.text("aeiouyrstln'\u2019 .,:;-*#|([\"", max_size=60), max_size=12).map("\n".join)
POETIC = st.lists(
    st.lists(
        st.sampled_from(
            ["the", "of", "sun", "moon", "heaven's", "thee", "o'er", "re-born", "Tyger", "1834", "שלום", "naïve"]
        ),
        max_size=9,
    ).map(" ".join),
    max_size=30,
).map("\n".join)


def read_all(text: str) -> None:
    poem = analyse(text)
    number = sum(bool(line.strip()) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert len(rhyme(text)) == len(rhyme_strict(text)) == len(stress(text)) == len(meter(text)) == number
    assert poem.is_verse == (verse(text) and not junk(text))
    assert bool(poem.wrapper) == wrapper(text)
    assert all(0 <= share <= 1 for share in (poem.rhymed, poem.regularity, score(text).total))
    assert all(0 <= found.score <= 1 for found in poem.forms)
    assert isinstance(measure(text), str)
    assert isinstance(form(text), list)


@given(st.one_of(st.text(), LINES, POETIC))
def test_any_text_can_be_read(text: str) -> None:
    read_all(text)


LONG = {
    "letters": "a" * 1_000_000,
    "brackets": "a(" * 500_000,
    "words": "la " * 300_000,
    "keys": "x: " * 300_000,
    "lines": "la la\n" * 100_000,
    "different lines": "".join(f"the {i} moons of june {'abcdefghij'[i % 10]}{i}\n" for i in range(100_000)),
    "stars": "**" * 400_000,
    "marks": "\u0301" * 500_000,
    "hebrew": "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd\n" * 50_000,
    "binary": bytes(range(256)).decode("latin-1") * 4_000,
    "nothing": "\n" * 1_000_000,
}


@pytest.mark.parametrize("kind", LONG)
def test_long_texts_take_linear_time(kind: str) -> None:
    start = time.perf_counter()
    analyse(LONG[kind])
    assert time.perf_counter() - start < 10


@given(st.lists(st.sampled_from(["The sun goes down,", "a door stands open", "in the wall.", "We wait."]), min_size=3))
def test_more_copies_of_a_line_never_unmake_a_loop(lines: list[str]) -> None:
    looped = "\n".join([*lines, *["And the plants grow,"] * 4])
    assert repetition(looped).looping
    assert repetition(looped + "\nAnd the plants grow,").looping
