"""Numbers are put into words and read from words, and a short answer comes with its other spellings."""

from __future__ import annotations

from random import Random

import pytest

from bardsmith.corpus.sources.aliases import references_in
from bardsmith.numerals import in_digits, number_words, ordinal_words, spellings, year_words


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "zero"),
        (21, "twenty-one"),
        (40, "forty"),
        (308, "three hundred eight"),
        (1234, "one thousand two hundred thirty-four"),
        (1_000_001, "one million one"),
        (-3, "minus three"),
    ],
)
def test_a_number_as_words(n: int, words: str) -> None:
    assert number_words(n) == words


def test_the_and_stands_where_the_english_put_it() -> None:
    assert number_words(308, with_and=True) == "three hundred and eight"
    assert number_words(1_000_001, with_and=True) == "one million and one"
    assert number_words(45_000, with_and=True) == "forty-five thousand"


def test_words_read_back_are_the_number() -> None:
    numbers = [*range(1000), *(Random(1).randrange(10**12) for _ in range(1000))]
    for n in numbers:
        for words in (number_words(n), number_words(n, with_and=True)):
            assert str(n) in spellings(words), words


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (1934, "nineteen thirty-four"),
        (1906, "nineteen oh-six"),
        (1900, "nineteen hundred"),
        (1066, "ten sixty-six"),
        (2015, "twenty fifteen"),
        (2005, None),
        (999, None),
    ],
)
def test_a_year_is_said_in_two_halves(year: int, words: str | None) -> None:
    assert year_words(year) == words


@pytest.mark.parametrize(("n", "words"), [(1, "first"), (12, "twelfth"), (20, "twentieth"), (21, "twenty-first")])
def test_an_ordinal(n: int, words: str) -> None:
    assert ordinal_words(n) == words


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("1,234 points", "one thousand two hundred and thirty-four points"),
        ("1,234 points", "1234 points"),
        ("the 21st", "the twenty-first"),
        ("3.5 miles", "three point five miles"),
        ("$20", "twenty dollars"),
        ("45%", "forty-five percent"),
        ("in 1934", "in nineteen thirty-four"),
        ("nineteen thirty-four", "1934"),
        ("nineteen oh-six", "1906"),
        ("Twelve men", "12 men"),
    ],
)
def test_the_other_spellings(text: str, also: str) -> None:
    assert spellings(text)[0] == text
    assert also in spellings(text)


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("a hundred and eight", "108"),
        ("hundred", "100"),
        ("a thousand and one nights", "1001 nights"),
        ("one million two hundred\nthousand and five", "1200005"),
        ("nineteen sixty-one", "1961"),
        ("hundreds of thousands", "hundreds of thousands"),
    ],
)
def test_numbers_in_words_as_digits(words: str, digits: str) -> None:
    assert in_digits(words) == digits


def test_numbers_that_are_only_told_one_after_another_are_not_added_up() -> None:
    assert spellings("one two three")[-1] == "1 2 3"
    assert spellings("ten and one hundred men")[-1] == "10 and 100 men"


@pytest.mark.parametrize("text", ["1,000,000,000,000", "H2O", "1.2.3", "Bobby Scott", "someone", "the lone wolf"])
def test_what_is_no_number_is_left_alone(text: str) -> None:
    assert set(spellings(text)) <= {text, text.replace(",", "")}


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("The Baltimore Ravens.", ("The Baltimore Ravens", "Baltimore Ravens")),
        ('"Winter is Coming"', ("Winter is Coming",)),
        ("at the Bar", ("at the Bar", "Bar")),
        ("308", ("308", "three hundred eight", "three hundred and eight")),
        ("Yes", ()),
        ("No, it is not.", ()),
        ("It depends.", ()),
        ("Five words are too many", ()),
        ("  ", ()),
    ],
)
def test_a_short_answer_must_survive_and_a_sentence_need_not(answer: str, reference: tuple[str, ...]) -> None:
    assert references_in(answer) == reference
