"""Marks stand over the vowels they belong to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.notation import laid_out


@pytest.mark.parametrize(
    ("line", "marks", "syllables", "parted"),
    [
        ("Shall I compare thee to a summer's day?", "-+-+-+-+-+", (1, 1, 2, 1, 1, 1, 2, 1),
         "Shall I com-PARE thee TO a SUM-mer's DAY"),
        ("quiet question, antique queen", "+-+--++", (2, 2, 2, 1), "QUI-et QUES-tion an-TIQUE QUEEN"),
        ("every flower", "+-+", (2, 1), "EV-ery FLOWER"),
        ("th'eclipsing moon", "-+-+", (3, 1), "th'ec-LIP-sing MOON"),
    ],
)  # fmt: skip
def test_syllables_are_laid_over_the_letters(line: str, marks: str, syllables: tuple[int, ...], parted: str) -> None:
    found = laid_out(line, marks, syllables)
    words: dict[int, list[str]] = {}
    counted = iter(found)
    for number, count in enumerate(syllables):
        words[number] = [
            text.upper() if each.strong else text
            for each in (next(counted) for _ in range(count))
            for text in [line[each.start : each.stop]]
        ]
    assert " ".join("-".join(parts) for parts in words.values()) == parted


@given(st.text(), st.lists(st.integers(0, 9), max_size=12))
def test_any_line_can_be_marked(line: str, syllables: list[int]) -> None:
    found = laid_out(line, "+-" * sum(syllables), syllables)
    assert all(0 <= each.start <= each.nucleus < max(each.stop, each.nucleus + 1) <= len(line) + 1 for each in found)
