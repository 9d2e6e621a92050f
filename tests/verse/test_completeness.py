"""A text that ends is told from one that breaks off."""

from __future__ import annotations

import pytest
from gold import gold_rows

from bardsmith.verse.soundness.completeness import cut_off, ending


@pytest.mark.parametrize(
    "text",
    [
        "and cut the thread.",
        "What was locked?",
        'He said: "Come in!"',
        "for time is not a thing, but *seen.*",
        "and so to bed\u2026",
        "(and that was that.)\n\n",
        "Paste: Control and V.",
        '"The tide is out," she said.\n\n"The tide is in," said he.',
        '"One stanza opens and leaves open,\nas the printers did.\n\n"The next one closes it."',
    ],
)
def test_an_end_is_an_end(text: str) -> None:
    assert ending(text).reason is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n ",
        '""',
        "and the plants grow,",
        "the river carves what we have sown,\nyet",
        "a spark in the dark \u2014",
        "Keep these in mind:",
        "Rinse the rice.\n7.",
        'And then she said, "Come in. I have been waiting.',
        "And then she said, \u201cCome in. I have been waiting.",
    ],
)
def test_a_break_is_no_end(text: str) -> None:
    assert not ending(text).finished
    assert ending(text).reason


STANZA = [
    "The river carves what we have sown,",
    "and carries it beyond the mill,",
    "the seed, the furrow and the stone,",
]


@pytest.mark.parametrize("last", ["and leaves us stan", "and le", "and leaves us standing on the h", "and le\u00e2"])
def test_half_a_word_is_a_cut(last: str) -> None:
    assert cut_off([*STANZA, last])


@pytest.mark.parametrize(
    "last",
    [
        "and leaves us standing on the hill",
        "and leaves us standing, you and I",
        "and leaves us to the care of Jill",
        "John Keats",
        "II",
        "and le \u2014",
    ],
)
def test_a_whole_line_without_a_stop_is_none(last: str) -> None:
    assert not cut_off([*STANZA, last])


def test_a_whole_word_is_cut_off_where_the_line_is_far_too_short() -> None:
    assert cut_off([*STANZA, "and leaves"])
    assert not cut_off(["The river", "carves", *STANZA, "and leaves"])


def test_poems_without_marks_need_none_at_the_end() -> None:
    haiku = ["Silent autumn leaves", "drifting on the cold river", "whispers of the pasture"]
    assert not cut_off(haiku)
    assert cut_off([*STANZA, "whispers of the pas"])
    assert not cut_off([*(line.rstrip(",.") for line in STANZA), "whispers of the past and us"])


def test_gold_endings() -> None:
    rows = gold_rows("prosody/junk/junk.jsonl")
    truncated = [ending(row["text"]).finished for row in rows if row["label"] == "truncated"]
    whole = [ending(row["text"]).finished for row in rows if row["label"] == "clean:llm"]
    assert sum(truncated) <= 0.05 * len(truncated)
    assert sum(whole) >= 0.95 * len(whole)
