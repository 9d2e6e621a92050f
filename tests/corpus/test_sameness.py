"""Verse that is all alike is told from verse that is not, at the same number of words."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from fake_writer import THINGS, couplets

from bardsmith.corpus.sameness import (
    BUDGETS,
    beside,
    entropy,
    sameness,
    sameness_beside,
    shipped_human_verse,
    words_in,
)

KEYS = ("stock_words", "shared_runs", "compression", "commonest_opening", "distinct_2")


def test_the_measures_are_what_their_formulas_say() -> None:
    texts = ["My heart is a whispering\nsea", "My heart was\nnever in Rome or Paris", "The dog ran in the sun"]
    found = sameness(texts, words_in(texts))
    assert (found.words, found.poems) == (20, 3)
    assert found.stock_words == round(1000 * 3 / 20, 1)
    assert found.commonest_opening == round(2 / 3, 3)
    assert found.distinct_2 == round(16 / 17, 3)
    assert found.shared_runs == 0
    again = [*texts, "And then the dog ran in, barking"]
    assert sameness(again, words_in(again)).shared_runs == 0.5


def test_a_refrain_is_no_sharing_with_others() -> None:
    texts = ["row row row your boat\nrow row row your boat", "merrily we go along the stream of nothing"]
    assert sameness(texts, words_in(texts)).shared_runs == 0


def test_entropy_is_in_bits() -> None:
    assert entropy(["a", "b", "c", "d"]) == 2
    assert entropy(["a", "a", "a"]) == 0
    assert entropy(["a", "a", "b", "b"]) == 1


def test_verse_from_one_mould_is_more_alike_by_every_measure() -> None:
    chance = random.Random(4)
    varied = ["\n".join(" ".join(chance.sample(THINGS, 5)) for _ in range(6)) for _ in range(80)]
    moulded = [f"My heart can hear the {word} dance\nand whisper of its old romance" for word in THINGS * 6]
    one, other = sameness(varied, 2000), sameness(moulded, 2000)
    for key in KEYS[:-1]:
        assert getattr(one, key) < getattr(other, key), key
    assert one.distinct_2 > other.distinct_2


def test_forms_of_one_kind_have_less_entropy_than_several() -> None:
    limerick = (
        "There was an old man with a beard,\nwho said, It is just as I feared!\nTwo owls and a hen,\n"
        "four larks and a wren,\nhave all built their nests in my beard!"
    )
    haiku = "Steam lifts from the cup.\nOutside, the first bus goes by.\nNobody is in."
    alike = [couplets(8, i) for i in range(6)]
    both = [*alike[:2], limerick, limerick, haiku, haiku]
    assert sameness(alike, words_in(alike)).form_entropy < sameness(both, words_in(both)).form_entropy


def test_long_poems_give_no_more_words_than_short_ones() -> None:
    long, short = "one " * 400, "two " * 40
    assert words_in([long, short]) == 80
    assert sameness([long, short], 80).words == 80


def test_our_verse_is_measured_at_a_number_of_words_for_which_there_are_human_figures() -> None:
    human = shipped_human_verse()
    assert [figure.words for figure in human.figures] == list(BUDGETS)
    assert human.at
    texts = [couplets(8, i) for i in range(200)]
    found = sameness_beside(texts, human)
    assert found
    assert found.words == 5000 <= words_in(texts) < 10_000
    assert human.at_words(5000)
    few = sameness_beside(texts[:2], human)
    assert few
    assert few.words == words_in(texts[:2])
    assert human.at_words(few.words) is None
    assert sameness_beside([], human) is None


def test_others_poems_are_measured_at_our_number_of_words() -> None:
    texts = [couplets(8, i) for i in range(200)]
    theirs = beside(texts, [couplets(8, "theirs", i) for i in range(300)], "a file")
    assert [figure.words for figure in theirs.figures] == [5000]
    assert sameness_beside(texts, theirs) == sameness(texts, 5000)


def test_the_figures_that_ship_are_those_of_the_poems() -> None:
    data = os.environ.get("BARDSMITH_DATA")
    if not data:
        pytest.skip("BARDSMITH_DATA does not name the folder with poems_pd")
    lines = (Path(data) / "poems_pd/poems.jsonl").read_text(encoding="utf-8").splitlines()
    figure = shipped_human_verse().figures[0]
    assert sameness([json.loads(line)["text"] for line in lines], figure.words) == figure
