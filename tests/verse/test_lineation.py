"""Lines and words of a text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.lineation import stanzas, words, words_by_line


@given(st.text(alphabet="aB'\u2019 -\u2014\u00e9.\n\t"))
def test_lines_split_together_have_the_words_that_they_have_alone(text: str) -> None:
    lines = [line for stanza in stanzas(text) for line in stanza]
    together = words_by_line(lines)
    assert together == [words(f"{line} ") for line in lines]  # another string, so that nothing is remembered of it
    assert together == [words(line) for line in lines]


def test_no_lines_have_no_words() -> None:
    assert words_by_line([]) == []
