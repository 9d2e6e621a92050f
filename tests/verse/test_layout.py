"""Verse or not, by layout: what a small model writes, what prose looks like, and the gold sets."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from gold import gold_rows
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.page.layout import layout, line_breaks, verse

STARTER = Path(__file__).parents[2] / "src" / "bardsmith" / "corpus" / "starter"
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
    "one word a line": "Fishy,\nwishy,\nsquishy,\nfishy,\nin a dishy,\nlittle fish!",
    "couplets that run on": "I walked until the evening and I found\na lantern lying open on the ground\n"
    "and in the lantern something like a word\nthat nobody in all the town had heard\n"
    "and when I bent to lift it from the road\nit opened like a letter with a load\nof other people's weather",
    "long lines": "I hear the bravuras of birds, the bustle of growing wheat, the gossip of flames, the clack of sticks"
    " cooking my meals,\nI hear the sound I love, the sound of the human voice, running together in all streets,\n"
    "I hear all sounds as they are tuned to their uses, sounds of the city and sounds out of it, sounds of the day,\n"
    "I hear the talkative young ones, the loud laugh of work-people at their meals, and the angry bass of friends.",
    "windows": "Press Windows, Shift, S.\nDrag a box round what you want.\nPaste: Control and V.",
    "numerals": "I\n\nThe tide is in, the boats are dry,\nthe gulls have taken all the sky.\n\nII\n\n"
    "The tide is out, the boats are wet,\nthe gulls have not come home as yet.",
}
PROSE = {
    "empty": " \n\t",
    "nothing to see": "\u200b\n\u200b",
    "one line": "The capital of France is Paris.",
    "paragraphs": "Airports are strange places where time seems to stretch and shrink at once, and the clock "
    "moves slowly while the hours"
    " fly by.\n\nIf you fall into the latter category, you are not alone: many people feel the same "
    "when they travel by air today.",
    "sentences": "Paris is the capital of France and its largest city by population too.\n"
    "It has been so for many centuries, as most people know.",
    "long sentences": "Start by asking your manager for a short meeting to talk of your pay. Do it early in the week.\n"
    "Write down three things that you did this year which made a difference to the whole team. Be specific.\n"
    "Look up what other people in your role earn, since a number is harder to wave away. Bring it with you.\n"
    "Practise what you will say out loud, because it is easy to lose the thread. Then ask for what you want.",
    "wrapped": "The lighthouse at the point was finished in the year of the\n"
    "great storm and its lamp burned oil until an electric light\nwas fitted by the council",
    "numbers": "1. Rinse the rice.\n2. Boil the water.\n3. Wait twelve minutes.",
    "bullets": "Bring these:\n- a towel\n- a hat\n- some water",
    "answers": "Answer: The sky is blue.\nAnswer: The sky is blue.\nAnswer: The sky is grey.",
    "bare answers": "Answer:\nAnswer:\nAnswer:\nAnswer:",
    "keys": "Name: Ewan Tait\nPost: keeper\nYears: forty\nPlace: the point",
    "code": "def add(a, b):\n    total = a + b\n    return total\n\nprint(add(1, 2))",
    "fence": "```\nsort the list\nprint the list\n```",
    "open fence": "Run this:\n```\nsort the list\nprint the list\nclose the list",
    "formulas": "The nth term is found like this:\n\nnth term = 2 * n - 3\n\nWe put in 5:\n\n5th term = 2 * 5 - 3\n\n"
    "It is done:\n\n5th term = 7",
    "amounts": "1 cup raspberry vinegar\n1/2 cup water\n3 ounces of grated cheese\n2 teaspoons salt\n1/4 cup olive oil",
    "table": "| city | river |\n|---|---|\n| Bangkok | Chao Phraya |",
    "names": "Whitney Houston\nElla Fitzgerald\nNina Simone\nBillie Holiday",
    "single words": "Apples\nOranges\nPears\nPlums",
    "quoted words": 'Here are some words for you:\n\n"delighted"\n"deserted"\n"detergent"\n"diagrammatic"',
    "entries": "Bubble sort.\nInsertion sort.\nMerge sort.\nHeap sort.\nRadix sort.",
}


@pytest.mark.parametrize("name", VERSE)
def test_verse_is_verse(name: str) -> None:
    assert layout(VERSE[name]).reason is None
    assert verse(VERSE[name])


@pytest.mark.parametrize("name", PROSE)
def test_prose_is_not_verse_and_the_reason_is_told(name: str) -> None:
    read = layout(PROSE[name])
    assert not read.is_verse
    assert read.reason
    assert not verse(PROSE[name])


def test_lines_marks_and_share_are_reported() -> None:
    read = layout("# Rain\n\nThe rain came down on every street,\nand washed the dust from all our feet.\n\n1. Rinse.")
    assert read.marks == {"heading": 1, "list": 1}
    assert read.verse_lines == ("The rain came down on every street,", "and washed the dust from all our feet.")
    assert 0.8 < read.verse_share < 0.9


def test_line_ends_of_windows_and_invisible_spaces_change_nothing() -> None:
    plain = VERSE["stanzas"]
    assert layout(plain.replace("\n", "\r\n").replace(" ", "\u00a0")) == layout(plain)


@given(st.sampled_from(sorted(VERSE)), st.integers(0, 3), st.sampled_from(["", " ", "\t", "\u200b"]))
def test_blank_lines_around_and_spaces_behind_change_nothing(name: str, blanks: int, tail: str) -> None:
    padded = "\n" * blanks + VERSE[name].replace("\n", f"{tail}\n") + tail + "\n" * blanks
    assert layout(padded) == layout(VERSE[name])


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    read = layout(text)
    assert read.is_verse == (read.reason is None) == verse(text)
    assert 0 <= read.verse_share <= 1
    breaks = line_breaks(read.lines)
    assert min(breaks.clause_ends, breaks.small_word_ends, breaks.capital_starts, breaks.length_variation) >= 0
    assert max(breaks.clause_ends, breaks.small_word_ends, breaks.capital_starts) <= 1


@pytest.mark.parametrize("text", ["a: " * 300_000, "1 a" * 300_000, "- a\n" * 100_000, "(" * 500_000, ". " * 400_000])
def test_long_texts_take_linear_time(text: str) -> None:
    start = time.perf_counter()
    layout(text)
    assert time.perf_counter() - start < 5


def test_line_breaks_tell_verse_from_chopped_prose() -> None:
    song = line_breaks(["The kettle sings,", "The cat has wings,", "The loaf is cropped,", "The clock has stopped."])
    assert song.clause_ends == song.capital_starts == 1
    assert song.small_word_ends == 0
    assert song.length_variation < 0.1
    chopped = line_breaks(["The committee will meet on", "the", "first Monday of the month and", "then vote"])
    assert chopped.small_word_ends == 0.75
    assert chopped.capital_starts == 0.25
    assert chopped.clause_ends == 0
    assert chopped.length_variation > 0.5


def test_every_starter_poem_passes() -> None:
    for path in sorted(STARTER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for message in json.loads(line)["messages"]:
                if message["role"] == "assistant":
                    assert layout(message["content"]).reason is None


def test_human_poems_pass() -> None:
    poems = [row["text"] for row in gold_rows("poems_pd/poems.jsonl", every=4)]
    assert sum(layout(poem).is_verse for poem in poems) >= 0.995 * len(poems)


def test_human_prose_does_not() -> None:
    answers = [row["response"] for row in gold_rows("dolly_open_qa/open_qa.jsonl")]
    answers += [row["conversations"][1] for row in gold_rows("lima_howto/lima_howto.jsonl")]
    assert sum(layout(answer).is_verse for answer in answers) <= 0.006 * len(answers)


@pytest.mark.parametrize(
    ("label", "least", "most"),
    [
        ("verse", 0.995, 1),
        ("verse+wrapper", 0.98, 1),
        ("lyrics", 0.95, 1),
        ("prose", 0, 0.01),
        ("list", 0, 0.005),
        ("code", 0, 0.005),
        ("wrapped_prose", 0, 0.005),
        ("flattened_verse", 0, 0.005),
    ],
)
def test_registers(label: str, least: float, most: float) -> None:
    texts = [row["text"] for row in gold_rows("prosody/register/register.jsonl") if row["label"] == label]
    assert least <= sum(layout(text).is_verse for text in texts) / len(texts) <= most
