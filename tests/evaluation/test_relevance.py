"""Shared content words, leniency, and an echo that is no answer."""

from __future__ import annotations

from bardsmith.evaluation.relevance import content_stems, relevance


def test_shared_words_make_it_relevant_and_are_told() -> None:
    read = relevance("How do I cook rice without it going mushy?", "Rinse the grains: cooked rice will then stay dry.")
    assert read.relevant
    assert read.shared == ("cook", "rice")


def test_nothing_shared_with_a_long_question_is_off() -> None:
    read = relevance("Which metal is liquid at room temperature in summer?", "A dog ran over the hill and barked.")
    assert not read.relevant
    assert "none" in read.reason


def test_a_short_question_is_treated_leniently() -> None:
    assert relevance("Japan's capital, please.", "It is Tokyo,\nonce a fishing town.").relevant
    assert relevance("hi", "Good day to you, the kettle's on.").relevant


def test_saying_the_question_again_is_no_answer() -> None:
    assert not relevance(
        "What keeps the lighthouse lamp burning?", "What keeps the lighthouse lamp burning?\n" * 3
    ).relevant
    passage = (
        "The lamp burned oil until 1934. The keeper left in 1979 with the brass bell."
        " When did the lamp stop burning oil?"
    )
    assert relevance(passage, "Until 1934 the lamp\nburned oil.").relevant
    assert not relevance("What is rain?", "And so, and then, and so.").relevant


def test_stems_leave_small_words_and_endings_out() -> None:
    assert content_stems("Please tell me: why do the leaves, the babies and a running river stop?") == (
        "leav", "baby", "run", "river", "stop",
    )  # fmt: skip
    assert content_stems("photosynthesis")[0][:5] == content_stems("photosynthetic")[0][:5]
