"""Words read by their letters."""

from __future__ import annotations

import re

import pytest

from bardsmith.verse.sound.dictionary import TABLE, VOWELS
from bardsmith.verse.sound.pronunciation import sound_of
from bardsmith.verse.sound.spelling import LONGEST_WORD, spelled


@pytest.mark.parametrize(
    ("word", "like"),
    [("frumious", "dubious"), ("mimsy", "whimsy"), ("tove", "stove"), ("borogrove", "stove")],
)
def test_nonsense_rhymes_as_its_spelling_says(word: str, like: str) -> None:
    assert sound_of(spelled(word)).tail == sound_of(spelled(like)).tail


@pytest.mark.parametrize("word", ["verimation", "grandelity", "splendiferous", "moonbegotten"])
def test_a_word_has_one_primary_stress(word: str) -> None:
    assert spelled(word).count("1") == 1


def test_stress_follows_the_ending() -> None:
    assert sound_of(spelled("verimation")).stress[-2] == "1"
    assert sound_of(spelled("grandelity")).stress[-3] == "1"


@pytest.mark.parametrize("word", ["nth", "x", "b" * 1000, "a" * 1000])
def test_any_letters_make_a_syllable(word: str) -> None:
    phones = spelled(word)
    assert any(phone in VOWELS for phone in phones)
    assert "1" in phones
    assert len(phones) < 4 * LONGEST_WORD


def test_the_table_reads_the_words_that_it_was_learned_from() -> None:
    """Names and foreign words keep this from 1; a table that does not fit its reader is near 0."""
    rows = [line.split("\t") for line in TABLE.read_text(encoding="ascii").splitlines()[::53]]
    plain = [(word, phones.split(" ")) for word, phones in rows if re.fullmatch(r"[a-z]{3,}", word)]
    right = sum(sound_of(spelled(word)).rhyme in {sound_of(each).rhyme for each in sounds} for word, sounds in plain)
    assert right > 0.72 * len(plain)
