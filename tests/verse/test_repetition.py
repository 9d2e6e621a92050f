"""Loops are caught, short ones too; refrains are spared."""

from __future__ import annotations

import pytest
from gold import gold_rows

from bardsmith.verse.soundness.repetition import repetition

TRIOLET = (
    "How great my grief, my joys how few,\nSince first it was my fate to know thee!\n"
    "Have the slow years not brought to view\nHow great my grief, my joys how few,\n"
    "Nor memory shaped old times anew,\nNor loving-kindness helped to show thee\n"
    "How great my grief, my joys how few,\nSince first it was my fate to know thee?"
)
VILLANELLE = "\n\n".join(
    "\n".join(lines)
    for lines in (
        (
            "The tide comes in; the tide goes out again.",
            "We count the boats and never count them right.",
            "The lamp is lit for all the sailing men.",
        ),
        (
            "A gull drops down upon the fish-wife's pen,",
            "and robs her of her herring, silver-bright.",
            "The tide comes in; the tide goes out again.",
        ),
        (
            "The boy who sold us mussels then was ten;",
            "he keeps the harbour now, and keeps it tight.",
            "The lamp is lit for all the sailing men.",
        ),
        (
            "My mother used to ask the water when",
            "it meant to give her brother back the night.",
            "The tide comes in; the tide goes out again.",
        ),
        (
            "She set a plate for him, and now and then",
            "she warmed the soup until the bowl was white.",
            "The lamp is lit for all the sailing men.",
        ),
        (
            "I write it in the book with my best pen:",
            "three boats came home before the morning light.",
            "The tide comes in; the tide goes out again.",
            "The lamp is lit for all the sailing men.",
        ),
    )
)
SPARED = {
    "triolet": TRIOLET,
    "villanelle": VILLANELLE,
    "refrain at the end": "The woods are full of evening now,\nI have a mile or two to keep,\n"
    "the snow is bending every bough,\n"
    "the horse is shaking off his sleep,\nI hear the bells, I know not how,\nthe lane is white, the drifts are deep,\n"
    "and miles to go before I sleep,\nand miles to go before I sleep.",
    "anaphora": "If you are cold, put on the blue coat.\nIf you are hungry, there is soup.\n"
    "If nobody is in the house,\nring the bell by the chicken coop.",
    "couplet": "First out is rye, at six, when few have stirred;\nthe white is second, and the seeded third.",
    "never": "And my poor fool is gone: no, no, no life!\nNever, never, never, never, never.",
    "empty": "",
    "nursery rhyme": "Polly put the kettle on,\n" * 3
    + "We'll all have tea.\n"
    + "Sukey take it off again,\n" * 3
    + "They've all gone away.",
    "blues": "\n\n".join(
        f"{line}\n{line}\n{answer}"
        for line, answer in (
            ("I woke up this morning, the rain was at my door.", "I said, old rain, what are you falling for?"),
            ("My baby took the train, she took it out of town.", "That whistle made the sun itself go down."),
        )
    ),
    "pantoum": "The lamp is low.\nA moth comes in.\nI hear it go\nagainst the tin.\n\nA moth comes in\n"
    "to test the light.\nAgainst the tin\nit beats all night.\n\nTo test the light\nI too have come.\n"
    "It beats all night,\n"
    "my small blue drum.\n\n"
    "I too have come.\nI hear it go,\nmy small blue drum.\nThe lamp is low.",
}
LOOPS = {
    "plants": "The sun shines down,\n" + "And the plants grow,\n" * 11 + "And the",
    "question": "Why do we dream?\n" * 4,
    "two at the end": "The capital of France is Paris.\nIt is the most populous city in Europe.\n"
    "It is the most beautiful city in the world.\nIt is the most beautiful city in the world.",
    "three": "The sun, shining bright,\nBreathes through the clouds,\nAnd makes the sky blue.\n"
    + "The sky is blue,\n" * 3,
    "template": "The capital of France is Paris,\nThe capital of the world is Rome.\n"
    "The capital of the sun is Jerusalem,\nThe capital of the night is Troy.",
    "short template": "The engine is a machine that runs on fuel,\nThe fuel is made of coal,\n"
    "The coal is made of coal,\nAnd coal is made of coal.",
    "because": "We dream because we dream;\nWe dream because we do;\nWe dream because we should;\n"
    "We dream because we should not;\nWe dream because",
    "two lines over and over": "A star that shines,\nAnd it is a star,\n" * 4,
    "phrase": "We walked along the shore at noon,\nand then and then and then and then and then and then and then",
    "stanza": (
        TRIOLET.split("\n")[0] + "\nThe second line is here,\nthe third is not so near,\nthe fourth is done.\n\n"
    )
    * 3,
    "a cut inside the loop": "We walked along the shore at noon,\nthe gulls were loud, the tide was slow,\n"
    "and you were singing some old tune.\nI would not let you go.\nI would not let you go.\nI would not le",
    "a word": "We walked along the shore at noon, and love, love, love, love, love, love, love, love, love",
    "without line ends": "We dream of what the day has left undone and why the night is long. " * 3,
    "a slot": "".join(f"She had a {word},\n" for word in ("thread", "cotton", "recipe", "cosmos", "wheel", "shell")),
    "drift": "The sky is blue because the sun\nBurns the sky, and the sun\nBurns the sky, and the sky\n"
    "Burns the sun again.",
}


@pytest.mark.parametrize("name", SPARED)
def test_refrains_are_spared(name: str) -> None:
    assert repetition(SPARED[name]).reasons == ()


@pytest.mark.parametrize("name", LOOPS)
def test_loops_are_caught(name: str) -> None:
    measured = repetition(LOOPS[name])
    assert measured.looping
    assert measured.reasons


def test_degenerate_is_the_worse_grade_and_implies_looping() -> None:
    plants, template = repetition(LOOPS["plants"]), repetition(LOOPS["template"])
    assert plants.degenerate
    assert plants.looping
    assert plants.lines > 0.6
    assert template.looping
    assert not template.degenerate


def test_a_good_page_before_the_loop_is_looping_only() -> None:
    assert not repetition(VILLANELLE + "\n" + "The tide comes in.\n" * 4).degenerate
    assert repetition(VILLANELLE + "\n" + "The tide comes in.\n" * 4).looping


def test_human_poems_do_not_loop() -> None:
    poems = [row["text"] for row in gold_rows("poems_pd/poems.jsonl", every=8)]
    assert sum(repetition(poem).looping for poem in poems) <= 0.005 * len(poems)


def test_gold_loops_are_caught_and_refrain_forms_spared() -> None:
    rows = gold_rows("prosody/junk/junk.jsonl")
    loops = [repetition(row["text"]).looping for row in rows if row["label"].startswith("repetition")]
    clean = [repetition(row["text"]).looping for row in rows if row["label"].startswith("clean")]
    assert sum(loops) >= 0.99 * len(loops)
    assert sum(clean) == 0
