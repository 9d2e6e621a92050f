"""Junk is told from verse, with the reason."""

from __future__ import annotations

import json
import time
from importlib.resources import files

import pytest
from gold import gold_rows
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.soundness.verdict import junk

SOUND = "The sun goes down behind the hill,\nthe lamps come on along the bay;\nthe boats lie in the harbour still\n"
END = "and wait until another day."


def test_verse_is_sound() -> None:
    assert junk(SOUND + END) == ""


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("and wait unt", "it breaks off at 'unt'"),
        ("and wait until another day.\n" * 4, "it loops: the line 'and wait until another day' comes 4 times on end"),
        ("and wait<|im_end|>", "template token <|im_end|>"),
        ("xqzvw prtkl mnbvg wqrtz plmkn vcxzq sdfgh zvbnq tgrwx lkjhq " * 2, "gibberish: only 4 of 24 words are words"),
    ],
)
def test_the_reason_is_given(ending: str, reason: str) -> None:
    assert junk(SOUND + ending).startswith(reason)


def test_no_text_is_no_answer() -> None:
    assert junk(" \n") == "there is no text"


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert junk(text) == junk(text)


@given(st.integers(4, 12), st.sampled_from(["", "Other lines came first,\nand they were good.\n"]))
def test_a_line_over_and_over_is_junk_wherever_it_begins(times: int, before: str) -> None:
    assert junk(before + "The plants grow in the light.\n" * times)


@pytest.mark.parametrize("text", ["a" * 1_000_000, "la la\n" * 100_000, "a: b\n" * 100_000, "1. Oats\n" * 100_000])
def test_long_texts_take_linear_time(text: str) -> None:
    start = time.perf_counter()
    junk(text)
    assert time.perf_counter() - start < 5


def test_the_starter_corpus_is_sound() -> None:
    for file in files("bardsmith.corpus").joinpath("starter").iterdir():
        if file.name.endswith(".jsonl"):
            for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
                answers = [message["content"] for message in row["messages"] if message["role"] == "assistant"]
                assert [junk(answer) for answer in answers] == [""] * len(answers), row["id"]


def test_gold_junk_is_caught_and_human_verse_is_sound() -> None:
    rows = gold_rows("prosody/junk/junk.jsonl")
    bad = [bool(junk(row["text"])) for row in rows if not row["label"].startswith("clean")]
    clean = [bool(junk(row["text"])) for row in rows if row["label"].startswith("clean")]
    assert sum(bad) >= 0.985 * len(bad)
    assert sum(clean) <= 0.005 * len(clean)
    poems = [row["text"] for row in gold_rows("poems_pd/poems.jsonl", every=8)]
    assert sum(bool(junk(poem)) for poem in poems) <= 0.01 * len(poems)
