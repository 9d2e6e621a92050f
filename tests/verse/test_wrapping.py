"""What stands round a poem: found by kind, parted from it, and not seen where there is none."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from gold import gold_rows
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.page.wrapping import Span, unwrapped, wrapper

EDGES = Path(__file__).with_name("edges.txt")
"""Invented lines: `front` and `back` of a poem that are wrappers, `first` and `last` lines of poems, and what is
`printed` over them."""
STARTER = Path(__file__).parents[2] / "src" / "bardsmith" / "corpus" / "starter"
POEM = """The kettle sings upon the hob,
the cat is curled against the wall,
and rain goes over field and road
and does not mind the roofs at all.

We count the apples, red and small,
we count the hours, one by one,
and when the counting has been done
we let the evening have it all."""


def _edges(kind: str) -> list[str]:
    rows = (row.split("\t") for row in EDGES.read_text(encoding="utf-8").splitlines())
    return [line for label, line in rows if label == kind]


def test_most_wrappers_in_a_block_of_their_own_are_found_and_taken_off() -> None:
    texts = [f"{line}\n\n{POEM}" for line in _edges("front")] + [f"{POEM}\n\n{line}" for line in _edges("back")]
    assert sum(map(wrapper, texts)) >= 0.95 * len(texts)
    assert sum(unwrapped(text).poem == POEM for text in texts) >= 0.94 * len(texts)


def test_most_wrappers_without_a_blank_line_are_found() -> None:
    texts = [f"{line}\n{POEM}" for line in _edges("front")] + [f"{POEM}\n{line}" for line in _edges("back")]
    assert sum(map(wrapper, texts)) >= 0.6 * len(texts)


def test_tricky_first_and_last_lines_are_no_wrapper() -> None:
    opened = [f"{line}\n{POEM}" for line in _edges("first")]
    closed = [f"{POEM}\n{line}" for line in _edges("last")]
    assert [text for text in opened + closed if wrapper(text)] == []


@pytest.mark.parametrize("line", _edges("printed"))
def test_what_stands_over_printed_poems_is_no_wrapper(line: str) -> None:
    assert not wrapper(f"{line}\n\n{POEM}")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (f"Sure! Here is a poem:\n\n{POEM}", [Span("preamble", 0, 0)]),
        (f"**The Kettle**\n\n{POEM}", [Span("title", 0, 0)]),
        (f"# The Kettle\nBy Anna Lee\n\n{POEM}\n\nI hope you like it!", [
            Span("title", 0, 1), Span("afterword", 10, 10)
        ]),
        (f"```\n{POEM}\n```", [Span("fence", 0, 0), Span("fence", 9, 9)]),
        (f"My words:\n```\n{POEM}\n```\nand mine", [
            Span("preamble", 0, 0), Span("fence", 1, 1), Span("fence", 10, 10), Span("afterword", 11, 11)
        ]),
        (f"User: a poem\nabout rain\nAssistant:\n{POEM}", [
            Span("role", 0, 0), Span("preamble", 1, 1), Span("role", 2, 2)
        ]),
        (f"[Verse 1]\n{POEM}", [Span("section", 0, 0)]),
        (f"{POEM}\n\nUser: more\nabout cats", [Span("role", 8, 8), Span("afterword", 9, 9)]),
        (f"{POEM}\n---\nNote: this poem follows no form.\nLet me know what you think.", [
            Span("section", 8, 8), Span("afterword", 9, 10)
        ]),
        (POEM, []),
    ],
)  # fmt: skip
def test_spans_tell_kind_and_place(text: str, spans: list[Span]) -> None:
    read = unwrapped(text)
    assert list(read.spans) == spans
    assert read.poem == POEM
    assert wrapper(text) == bool(spans)


def test_a_token_within_a_line_is_taken_out_and_the_line_kept() -> None:
    read = unwrapped(POEM.replace("\n\nWe count", "</s>\n\nWe count"))
    assert read.spans == (Span("role", 3, 3),)
    assert read.poem == POEM


def test_a_section_between_stanzas_is_a_wrapper() -> None:
    read = unwrapped(POEM.replace("\n\n", "\n\n(Chorus)\n"))
    assert read.spans == (Span("section", 4, 4),)
    assert read.poem == POEM


def test_all_talk_has_no_poem_in_it_and_so_no_wrapper() -> None:
    text = "Sure! I can help with that.\n\nI hope this helps! Let me know if you have any questions."
    assert unwrapped(text).spans == ()
    assert unwrapped(text).poem == text


def test_double_spacing_is_not_standing_alone() -> None:
    assert not wrapper("I hope you like the rain.\n\nIt likes you well.\n\nIt comes again.\n\nIt rings the bell.")


def test_a_poem_set_in_emphasis_has_no_title() -> None:
    assert not wrapper("*The kettle sings*\n*upon the hob*\n*and rain goes by*")
    assert wrapper("*The kettle*\nsings upon the hob,\nthe cat is curled\nagainst the wall")


TEXTS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from([*_edges("front"), *_edges("back"), *POEM.split("\n"), "", "\u200b", "---", "* * *"]),
        max_size=12,
    ).map("\n".join),
)


@given(TEXTS)
def test_spans_are_in_order_and_the_rest_is_the_poem(text: str) -> None:
    read = unwrapped(text)
    lines = [line for stanza in stanzas(text) for line in stanza]
    covered = [i for span in read.spans for i in range(span.first, span.last + 1)]
    assert covered == sorted(set(covered))
    assert all(0 <= i < len(lines) for i in covered)
    assert wrapper(text) == bool(read.spans)
    if not any(span.kind == "role" for span in read.spans):
        kept = [line for i, line in enumerate(lines) if i not in covered]
        assert [line for stanza in stanzas(read.poem) for line in stanza] == [line for line in kept if line]


@pytest.mark.parametrize(
    "text", ["Sure!\n" * 100_000, "*" * 500_000, "#a" * 300_000, "A" * 500_000, "User:\n" * 50_000]
)
def test_long_texts_take_linear_time(text: str) -> None:
    start = time.perf_counter()
    unwrapped(text)
    assert time.perf_counter() - start < 5


def test_no_starter_poem_is_wrapped() -> None:
    for path in sorted(STARTER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for message in json.loads(line)["messages"]:
                if message["role"] == "assistant":
                    assert unwrapped(message["content"]).spans == ()


def test_wrapped_model_poems_are_told_from_bare_ones() -> None:
    rows = gold_rows("prosody/register/register.jsonl")
    wrapped = [wrapper(row["text"]) for row in rows if row["label"] == "verse+wrapper"]
    bare = [wrapper(row["text"]) for row in rows if row["label"] == "verse"]
    assert sum(wrapped) >= 0.96 * len(wrapped)
    assert sum(bare) <= 0.006 * len(bare)


def test_human_poems_are_seldom_called_wrapped() -> None:
    poems = [row["text"] for row in gold_rows("poems_pd/poems.jsonl")]
    assert sum(map(wrapper, poems)) <= 0.01 * len(poems)  # editors' notes, for the most part


def test_fences_that_an_asker_wrote_are_the_askers() -> None:
    assert unwrapped("Still\nUSER\n```\n```").poem == "Still"
