"""Performed stress and realised meter."""

from __future__ import annotations

from typing import Any

import pytest
from gold import gold_rows
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.rhythm.performance import TABLE, contexts, features, meter, stress
from bardsmith.verse.rhythm.scansion import scan

FIELD = """I wandered lonely as a cloud
That floats on high o'er vales and hills,
When all at once I saw a crowd,
A host, of golden daffodils;"""


def test_regular_lines() -> None:
    assert meter(FIELD) == ["-+-+-+-+"] * 4
    assert stress(FIELD)[3] == "-+-+-+-+"


def test_a_performance_is_not_the_meter() -> None:
    text = "Slow, slow, fresh fount, keep time with my salt tears;\nYet slower, yet, O faintly, gentle springs!"
    assert stress(text)[0].count("+") > meter(text)[0].count("+")


def test_the_tagger_knows_the_neighbours_of_a_syllable_and_the_words_that_are_one() -> None:
    poem = scan("The elm-tops, too")
    known = contexts(poem.foot, poem.rows[0], poem.lines[0])
    assert [word for _, word in known] == ["the", "elm", "tops", "too"]
    assert [around[1::2] for (_, around), _ in known] == ["10", "02", "21", "11"]


def test_the_table_has_only_features_that_a_syllable_can_have() -> None:
    kinds = {line[0] for line in TABLE.read_text(encoding="utf-8").splitlines()}
    single, chained = features((("iambic", "^-+", 0, 2), "^1a0P"))
    assert kinds == {feature[0] for feature in single + chained} | {"w"}


@given(st.text())
def test_any_text_has_a_mark_for_each_syllable(text: str) -> None:
    lines = scan(text).lines
    assert [len(marks) for marks in meter(text)] == [len(line.marks) for line in lines]
    assert len(stress(text)) == sum(map(len, stanzas(text)))
    assert set("".join(stress(text) + meter(text))) <= {"+", "-"}


@pytest.mark.parametrize(
    ("name", "read", "least"),
    [("scansion-4b4v", stress, 0.70), ("scansion-epg64", meter, 0.72), ("scansion-litlab", meter, 0.82)],
)
def test_lines_wholly_right(name: str, read: Any, least: float) -> None:
    right = lines = 0
    for row in gold_rows(f"prosody/{name}/{name}.jsonl"):
        found = read("\n\n".join("\n".join(stanza["lines"]) for stanza in row["stanzas"]))
        gold = [real for stanza in row["stanzas"] for real in stanza["real"]]
        right += sum(marks in real for marks, real in zip(found, gold, strict=True))
        lines += len(gold)
    assert right >= least * lines
