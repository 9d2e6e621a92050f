"""The card tells what is in a corpus, who made it and who may use it; it says `open` only where that is so."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from fake_writer import couplets

from bardsmith.corpus.card import Facts, card
from bardsmith.corpus.config import MixConfig
from bardsmith.corpus.gates.objections import Objection, Rejected
from bardsmith.corpus.licences import Standing, hub_name, standing
from bardsmith.corpus.mix import mixed
from bardsmith.corpus.sameness import sameness_beside, shipped_human_verse
from bardsmith.corpus.sources import pcd
from bardsmith.records import Conversation, Made, Message


def made(
    tries: int = 1, dollars: float | None = 0.01, model: str = "small-1", at: str = "2026-01-03T08:00:00Z"
) -> Made:
    return Made(provider="scripted", model=model, request="0" * 64, tries=tries, dollars=dollars, at=at)


def row(number: int, **more: Any) -> Conversation:
    asked = Message(role="user", content=f"Question {number}?")
    given = {"kind": "poem", "form": "couplet", "licence": "CC0-1.0", "source": "hand", **more}
    messages = (asked, Message(role="assistant", content=couplets(6, number)))
    return Conversation.model_validate({"id": f"r{number}", "item": f"i{number // 2}", "messages": messages, **given})


def card_of(rows: list[Conversation], mix: MixConfig | None = None, **more: Any) -> str:
    mixture = mixed(rows, mix, 1)
    human = shipped_human_verse()
    facts = {
        "name": "songs", "seed": 7, "train": mixture.rows[2:], "validation": mixture.rows[:2], "held_out": [],
        "mixture": mixture, "read": rows, "items_made": [], "failed": [], "rejected": [],
        "sameness": sameness_beside([row.answer for row in mixture.rows], human), "human": human,
    }  # fmt: skip
    return card(Facts(**{**facts, **more}))


def front_matter(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


def rejected(gate: str, reason: str, **more: Any) -> Rejected:
    return Rejected(id="x", item="x", objections=(Objection(gate=gate, reason=reason),), text="", **more)


def test_the_front_matter_is_what_the_hub_reads() -> None:
    rows = [row(i, licence=["CC0-1.0", "CC-BY-SA-3.0", "Poets' own", None][i % 4]) for i in range(8)]
    found = front_matter(card_of(rows))
    assert found["license"] == ["cc-by-sa-3.0", "cc0-1.0", "other", "unknown"]
    assert found["license_name"] == "Poets' own"
    assert (found["language"], found["size_categories"], found["pretty_name"]) == (["en"], ["n<1K"], "songs")
    paths = {each["split"]: each["path"] for each in found["configs"][0]["data_files"]}
    assert paths == {"train": "train.jsonl", "validation": "validation.jsonl"}


def test_it_says_open_only_if_every_licence_is_known_and_allows_commercial_use() -> None:
    free = card_of([row(i, licence=["CC0-1.0", "CC-BY-SA-3.0"][i % 2]) for i in range(4)])
    assert "Open: every row has a licence that allows commercial use" in free
    for other, told in (
        ("CC-BY-NC-SA-3.0", "Not for commercial use: CC-BY-NC-SA-3.0 (1)."),
        ("CC-BY-ND-4.0", "Nothing may be made of them: CC-BY-ND-4.0 (1)."),
        ("Poets' own", "What this licence allows is not known here: Poets' own (1)."),
        (None, "Nobody said under which licence: 1 rows."),
    ):
        text = card_of([row(0, licence=other), *(row(i) for i in range(1, 4))])
        assert told in text
        assert "Commercial use is allowed: CC0-1.0 (3)." in text
        assert "Open" not in text


@pytest.mark.parametrize(
    ("licence", "wanted"),
    [
        ("CC0-1.0", "commercial"), ("cc-by-4.0", "commercial"), ("CC BY-SA 4.0", "commercial"), ("MIT", "commercial"),
        ("public domain", "commercial"), ("PD", "commercial"), ("CC-BY-SA-3.0 AND CC0-1.0", "commercial"),
        ("CC-BY-NC-4.0", "non-commercial"), ("CC BY-NC-SA 3.0", "non-commercial"),
        ("CC-BY-4.0 AND CC-BY-NC-4.0", "non-commercial"), ("PolyForm-Noncommercial-1.0.0", "non-commercial"),
        ("CC-BY-ND-4.0", "no derivatives"), (None, "unknown"), ("", "unknown"), ("research only", "unknown"),
        ("CC0-1.0 OR something", "unknown"), ("MITRE", "unknown"),
    ],
)  # fmt: skip
def test_what_licences_allow(licence: str | None, wanted: Standing) -> None:
    assert standing(licence) == wanted


def test_names_of_licences_on_the_hub() -> None:
    assert [hub_name(each) for each in ("CC-BY-NC-SA-3.0", "PDDL-1.0", "public domain", None)] == [
        "cc-by-nc-sa-3.0", "pddl", "other", "unknown"
    ]  # fmt: skip


def test_contents_are_counted_by_kind_form_and_source() -> None:
    rows = [row(i, kind=["poem", "fact"][i // 4], form=["couplet", None][i % 2], source="a|b") for i in range(6)]
    text = card_of(rows)
    assert "| poem | 4 | 2 | poems |\n| fact | 2 | 1 | answers |" in text
    assert "| couplet | 3 |\n| none asked for | 3 |" in text
    assert "| a\\|b | 6 |" in text
    assert "4 to learn from and 2 to choose checkpoints by, of 3 items" in text


def test_the_mix_and_its_shortfalls_are_told() -> None:
    text = card_of([row(i, kind="poem" if i < 20 else "fact") for i in range(40)], MixConfig(items=20))
    assert "| poems | 10 | 58.8% | 50.0% | 10 |\n| answers | 7 | 41.2% | 35.0% | 10 |" in text
    assert "- mix: 0 items of replay for the 2 wanted; there are no more." in text


def test_who_made_it_with_how_many_tries_and_for_how_much() -> None:
    rows = [
        row(0), row(1, made=made(1, 0.01)), row(2, made=made(3, 0.03, at="2026-02-01T00:00:00Z")),
        row(3, made=made(1, None)), row(4, made=made(1, 0.2, model="large-2")),
    ]  # fmt: skip
    failed = [rejected("form", "line 3", tries=3, dollars=0.1), rejected("contaminated", "asked", tries=0)]
    text = card_of(rows, items_made=[made(2, 0.5, at="2026-01-01T00:00:00Z")], failed=failed)
    assert "| small-1 (scripted) | 3 |\n| large-2 (scripted) | 1 |\n| none, or not said | 1 |" in text
    assert "Made from 2026-01-01 to 2026-02-01; seed 7." in text
    assert "4 answers passed: 3 at try 1, 1 at try 3. 1 did not within their tries." in text
    assert "11 replies were paid for in all, 1 items with their queries included." in text
    assert "$0.84 in all, without 1 whose price is not known." in text


def test_rejections_are_counted_by_gate_with_a_reason() -> None:
    many = [rejected("form", f"line {i} has 7 syllables, 5 wanted") for i in range(3)]
    text = card_of([row(i) for i in range(4)], failed=many[:2], rejected=[many[2], rejected("copied", "a | b " * 40)])
    assert "4 answers, at the last try" in text
    assert "| form | 3 | line 0 has 7 syllables, 5 wanted |\n| copied | 1 | a \\| b" in text


def test_what_was_joined_is_told() -> None:
    assert "Poem Comprehensive" not in card_of([row(i) for i in range(4)])
    text = card_of([row(i, source=pcd.SOURCE if i else "hand", licence=None) for i in range(4)])
    assert "3 rows were made from passages of the Poem Comprehensive Dataset" in text


def test_sameness_stands_beside_human_verse_where_there_is_enough() -> None:
    assert "too few to be put beside verse by people" in card_of([row(i) for i in range(4)])
    text = card_of([row(i) for i in range(80)])
    human = shipped_human_verse().figures[0]
    assert f"Of {human.words} words of" in text
    assert f" | {human.form_entropy:.2f} |" in text
    assert "117 poets" in text


def test_a_card_is_the_same_for_the_same_rows() -> None:
    rows = [row(i, made=made()) for i in range(6)]
    assert card_of(rows) == card_of(rows)
