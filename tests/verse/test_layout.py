"""Verse or not, by layout: what a small model writes, what prose looks like, and the gold sets."""

from __future__ import annotations

import pytest
from gold import gold_rows

from bardsmith.verse.layout import layout

VERSE = {
    "couplet": "They burned their oil through storm and calm, until\nin 1934 the wick stood still.",
    "haiku": "It is Tokyo,\nonce a fishing town, Edo,\nnow bright with crossings.",
    "semicolons": "The wind came up against the wall;\nit found no door to enter by;\nit went away;\nand that was all.",
    "dashes": "No need to rise - no need to move -\nthe bed is warm -\nthe rain is on the roof.",
    "stanzas": "The kettle sings,\nthe cat has wings\n(or so she dreams at noon).\n\nThe clock has stopped,\n"
    "the loaf is cropped,\nwe'll have our supper soon.",
    "said": 'Then up he stood and said to me:\n"The tide is out, the boats are free."',
    "preamble": "Here is a poem:\n\nThe rain came down on every street,\n"
    "and washed the dust from all our feet,\nand ran away.",
}
PROSE = {
    "empty": " \n\t",
    "one line": "The capital of France is Paris.",
    "paragraphs": "Airports are strange places where time seems to stretch and shrink at once, and the clock "
    "moves slowly while the hours"
    " fly by.\n\nIf you fall into the latter category, you are not alone: many people feel the same "
    "when they travel by air today.",
    "sentences": "Paris is the capital of France and its largest city by population too.\n"
    "It has been so for many centuries, as most people know.",
    "wrapped": "The lighthouse at the point was finished in the year of the\n"
    "great storm and its lamp burned oil until an electric light\nwas fitted by the council",
    "numbers": "1. Rinse the rice.\n2. Boil the water.\n3. Wait twelve minutes.",
    "bullets": "Bring these:\n- a towel\n- a hat\n- some water",
    "answers": "Answer: The sky is blue.\nAnswer: The sky is blue.\nAnswer: The sky is grey.",
    "bare answers": "Answer:\nAnswer:\nAnswer:\nAnswer:",
    "keys": "Name: Ewan Tait\nPost: keeper\nYears: forty\nPlace: the point",
    "code": "def add(a, b):\n    total = a + b\n    return total\n\nprint(add(1, 2))",
    "fence": "```\nsort the list\nprint the list\n```",
    "table": "| city | river |\n|---|---|\n| Bangkok | Chao Phraya |",
    "names": "Whitney Houston\nElla Fitzgerald\nNina Simone\nBillie Holiday",
    "single words": "Apples\nOranges\nPears\nPlums",
}


@pytest.mark.parametrize("name", VERSE)
def test_verse_is_verse(name: str) -> None:
    assert layout(VERSE[name]).reason is None


@pytest.mark.parametrize("name", PROSE)
def test_prose_is_not_verse_and_the_reason_is_told(name: str) -> None:
    read = layout(PROSE[name])
    assert not read.is_verse
    assert read.reason


def test_lines_marks_and_share_are_reported() -> None:
    read = layout("# Rain\n\nThe rain came down on every street,\nand washed the dust from all our feet.\n\n1. Rinse.")
    assert read.marks == {"heading": 1, "list": 1}
    assert read.verse_lines == ("The rain came down on every street,", "and washed the dust from all our feet.")
    assert 0.8 < read.verse_share < 0.9


def test_line_ends_of_windows_and_invisible_spaces_change_nothing() -> None:
    plain = VERSE["stanzas"]
    assert layout(plain.replace("\n", "\r\n").replace(" ", "\u00a0")) == layout(plain)


def test_human_poems_pass() -> None:
    poems = [row["text"] for row in gold_rows("poems_pd/poems.jsonl", every=8)]
    assert sum(layout(poem).is_verse for poem in poems) >= 0.985 * len(poems)


def test_human_prose_does_not() -> None:
    answers = [row["response"] for row in gold_rows("dolly_open_qa/open_qa.jsonl")]
    answers += [row["conversations"][1] for row in gold_rows("lima_howto/lima_howto.jsonl")]
    assert sum(layout(answer).is_verse for answer in answers) <= 0.01 * len(answers)


@pytest.mark.parametrize(
    ("label", "least", "most"),
    [
        ("verse", 0.98, 1),
        ("lyrics", 0.95, 1),
        ("prose", 0, 0.03),
        ("list", 0, 0.01),
        ("code", 0, 0.01),
        ("wrapped_prose", 0, 0.02),
        ("flattened_verse", 0, 0.01),
    ],
)
def test_registers(label: str, least: float, most: float) -> None:
    texts = [row["text"] for row in gold_rows("prosody/register/register.jsonl") if row["label"] == label]
    assert least <= sum(layout(text).is_verse for text in texts) / len(texts) <= most
