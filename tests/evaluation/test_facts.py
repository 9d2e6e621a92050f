"""A fact is found whatever its case, accents, digits or words, plural and line breaks; a part of a word is not."""

from __future__ import annotations

import pytest

from bardsmith.evaluation.facts import holds_any, normalised_words


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("It's CANBERRA, not Sydney", "Canberra"),
        ("in S\u00e3o Paulo's heat", "Sao Paulo"),
        ("in the school\ncanteen", "the school canteen"),
        ("in nineteen sixty-one", "1961"),
        ("it was 1961", "nineteen sixty-one"),
        ("in nineteen oh-six", "1906"),
        ("three hundred and sixty-six", "366"),
        ("some 1,200 ships", "twelve hundred"),
        ("two thousand and four ships", "2004"),
        ("a hundred degrees", "100"),
        ("Eighty-eight:\nfifty-two white", "88"),
        ("ninety, nineteen, two", "19"),
        ("the wild strawberries", "strawberry"),
        ("two foxes", "fox"),
        ("Shakespeare\u2019s play", "Shakespeare"),
    ],
)
def test_found(text: str, reference: str) -> None:
    assert holds_any(text, ["nothing of the kind", reference])


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("an autumn day", "Au"),
        ("the year 19610", "1961"),
        ("sixty-one and nineteen", "1961"),
        ("the canteen of the school", "school canteen"),
        ("", "Rome"),
        ("Rome", ""),
    ],
)
def test_not_found(text: str, reference: str) -> None:
    assert not holds_any(text, [reference])


def test_number_words_are_read_as_far_as_they_belong_together() -> None:
    assert normalised_words("one million two hundred thousand and five") == ["1200005"]
    assert normalised_words("one two three") == ["1", "2", "3"]
    assert normalised_words("twenty-one guns") == ["21", "gun"]
