"""Rhyme by sound alone, and the evidence of sound and spelling together."""

from __future__ import annotations

import pytest
from gold import gold_path
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.rhyming.endings import NOTHING, ending, ending_of, rhymes, strict_kind, strict_strength
from bardsmith.verse.rhyming.evidence import BIAS, CONTRADICTION, DOUBT, LEAST, MOST, _weights, likeness, pair, traits


def kind(a: str, b: str) -> str:
    return strict_kind(ending(a), ending(b))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("light", "night"),
        ("the sky", "and why"),
        ("weather", "feather"),
        ("ringing", "singing"),
        ("near", "here"),
        ("fire", "desire"),
        ("flower", "hour"),
        ("higher", "fire"),
        ("knight", "night"),
        ("lost", "cost"),
        ("perplex'd", "next"),
    ],
)
def test_full_rhymes_are_perfect(a: str, b: str) -> None:
    assert kind(a, b) == "perfect"
    assert strict_strength(kind(a, b)) == 1.0


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("for me", "in memory"),
        ("went", "innocent"),
        ("dress", "loneliness"),
        ("king", "wandering"),
        ("sky", "silently"),
        ("fall", "carnival"),
        ("fell", "horrible"),
        ("advance", "deliverance"),
    ],
)
def test_a_weak_last_syllable_may_be_promoted(a: str, b: str) -> None:
    assert kind(a, b) == "promoted"
    assert 0 < strict_strength(kind(a, b)) < 1


@pytest.mark.parametrize(
    ("a", "b"), [("a poet", "you know it"), ("reveal it", "conceal it"), ("the linnet", "is in it")]
)
def test_a_rhyme_may_spread_over_two_words(a: str, b: str) -> None:
    assert kind(a, b) == "mosaic"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("love", "prove"),
        ("though", "cough"),
        ("time", "mine"),
        ("city", "me"),
        ("cat", "dog"),
        ("gathers", "thunders"),
        ("behold it", "release it"),
    ],
)
def test_the_eye_and_near_rhymes_do_not_count_by_sound(a: str, b: str) -> None:
    assert strict_strength(kind(a, b)) == 0.0


def test_the_same_word_is_no_rhyme_but_is_said_to_be_the_same() -> None:
    assert kind("my love", "no love") == "identity"
    assert strict_strength("identity") == 0.0
    assert likeness(ending("my love"), ending("no love"))[0] == "identity"


def test_a_line_without_words_rhymes_with_nothing() -> None:
    assert ending("* * *") is NOTHING
    assert strict_kind(NOTHING, NOTHING) == "identity"
    for other in (NOTHING, ending("my love")):
        named, _, evidence = likeness(NOTHING, other)
        assert named == "none"
        assert evidence < LEAST


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("love", "prove", "eye"), ("now", "know", "eye"), ("light", "lit", "consonance"), ("cat", "dog", "none")],
)
def test_what_is_no_full_rhyme_has_a_kind(a: str, b: str, expected: str) -> None:
    assert likeness(ending(a), ending(b))[0] == expected


@pytest.mark.parametrize(("a", "b"), [("love", "prove"), ("blood", "good"), ("join", "divine"), ("day", "may")])
def test_poets_rhyme_what_the_ear_no_longer_does(a: str, b: str) -> None:
    assert pair(a, b) >= 0.5


@pytest.mark.parametrize(("a", "b"), [("love", "shines"), ("day", "night"), ("steep", "design"), ("", "love")])
def test_words_without_likeness_do_not_rhyme(a: str, b: str) -> None:
    assert pair(a, b) < 0.1


def test_rhymes_lists_words_of_the_dictionary() -> None:
    found = rhymes("Time")
    assert {"rhyme", "crime", "sublime"} <= set(found)
    assert "time" not in found
    assert found == sorted(found)
    assert rhymes("") == []


@given(st.text(max_size=30), st.text(max_size=30))
def test_every_measure_is_symmetric_and_bounded(a: str, b: str) -> None:
    one, other = ending(a), ending(b)
    assert strict_kind(one, other) == strict_kind(other, one)
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, other)[2] <= MOST
    assert 0.0 <= pair(a, b) <= 1.0


@pytest.mark.parametrize("a", ["the light", "my love", "in memory", "we know it", "he was fed", "th", "zorblit"])
@pytest.mark.parametrize("b", ["at night", "my love", "to me", "a poet", "the kit", "the stones", "blorbit", "a wind"])
def test_the_odds_are_the_sum_of_what_was_learned(a: str, b: str) -> None:
    one, other = ending(a), ending(b)
    total = BIAS + sum(_weights().get(trait, 0) for trait in traits(one, other))
    odds = likeness(one, other)[1]
    assert odds == total or (total < DOUBT and odds == CONTRADICTION)


def test_endings_are_shared_so_that_identity_is_equality() -> None:
    assert ending("the quiet night,") is ending("a day and night!")
    assert ending("we know it") is not ending("we show it")
    assert ending_of("it", "know") is ending("you know it")


def test_walker_pairs() -> None:
    """Rhymes of 1775: of those that Walker calls perfect and those that he does not list at all."""
    rows = [
        line.split("\t") for line in gold_path("prosody/walker-pairs/walker-pairs.tsv").read_text("utf-8").split("\n")
    ]
    said = {(row[2], pair(row[0], row[1]) >= 0.5, i) for i, row in enumerate(rows[1:]) if len(row) == 3}
    hits = sum(relation == "perfect" and yes for relation, yes, _ in said)
    wrong = sum((relation, yes) in (("perfect", False), ("none", True)) for relation, yes, _ in said)
    assert 2 * hits / (2 * hits + wrong) > 0.97
