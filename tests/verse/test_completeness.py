"""A text that ends is told from one that breaks off."""

from __future__ import annotations

import pytest
from gold import gold_rows

from bardsmith.verse.completeness import ending


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


def test_gold_endings() -> None:
    rows = gold_rows("prosody/junk/junk.jsonl")
    truncated = [ending(row["text"]).finished for row in rows if row["label"] == "truncated"]
    whole = [ending(row["text"]).finished for row in rows if row["label"] == "clean:llm"]
    assert sum(truncated) <= 0.05 * len(truncated)
    assert sum(whole) >= 0.95 * len(whole)
