"""The corpus that ships is sound, splits keep items together, and bad input is refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_writer import THINGS, couplets

from bardsmith.corpus.config import SYSTEM_PROMPT, CorpusConfig
from bardsmith.corpus.main import main
from bardsmith.corpus.probes import PROMPTS
from bardsmith.corpus.reading import conversation_files, prompt_files
from bardsmith.errors import InputError
from bardsmith.outputs import StudyFolder, read_records, write_records
from bardsmith.progress import Silent
from bardsmith.records import Conversation, Form, Kind, Message, Prompt

FILES = conversation_files(CorpusConfig(), StudyFolder(Path()))
STARTER = [row for file in FILES for row in read_records(file, Conversation)]
HELD_OUT = read_records(prompt_files(CorpusConfig())[0], Prompt)


def lines_of(row: Conversation) -> int:
    return sum(bool(line.strip()) for line in row.answer.split("\n"))


def row(number: int, item: str, answer: str | None = None, **more: Any) -> Conversation:
    """With a verse of its own where none is given."""
    answer = answer or couplets(2, number)
    messages = (Message(role="user", content=f"Question {number}?"), Message(role="assistant", content=answer))
    return Conversation(id=f"r{number}", item=item, kind=more.pop("kind", "chat"), messages=messages, **more)


def build(tmp_path: Path, rows: list[Conversation], prompts: list[Prompt] | None = None, **config: Any) -> StudyFolder:
    write_records(tmp_path / "rows.jsonl", rows)
    write_records(tmp_path / "prompts.jsonl", HELD_OUT if prompts is None else prompts)
    folder = StudyFolder(tmp_path / "study")
    settings = {"sources": [tmp_path / "rows.jsonl"], "held_out": tmp_path / "prompts.jsonl", "validation_items": 2}
    main(CorpusConfig.model_validate({**settings, **config}), folder, 7, Silent())
    return folder


def test_an_item_is_never_on_both_sides(tmp_path: Path) -> None:
    folder = build(tmp_path, [row(i, f"item-{i % 8}") for i in range(40)])
    train, validation = (read_records(path, Conversation) for path in (folder.train, folder.validation))
    assert not {r.item for r in train} & {r.item for r in validation}
    assert len({r.item for r in validation}) == 2
    assert len(train) + len(validation) == 40


def test_the_split_depends_on_the_seed_only(tmp_path: Path) -> None:
    rows = [row(i, f"item-{i}") for i in range(12)]
    first = build(tmp_path / "a", rows).train.read_bytes()
    assert build(tmp_path / "b", rows).train.read_bytes() == first


def test_prose_loops_and_cut_off_answers_are_rejected_with_reasons(tmp_path: Path) -> None:
    bad = [
        row(100, "prose", "This is a plain sentence of prose that goes on for a while and has no line break in it."),
        row(101, "loop", "\n".join(["And the plants grow,"] * 8)),
        row(102, "cut", "The kettle sings upon the stove\nand all the"),
    ]
    folder = build(tmp_path, [row(i, f"item-{i}") for i in range(5)] + bad)
    rejected = (folder.corpus / "rejected.jsonl").read_text(encoding="utf-8")
    assert [f'"id":"{r.id}"' in rejected for r in bad] == [True] * 3
    assert not {"prose", "loop", "cut"} & {r.item for r in read_records(folder.train, Conversation)}


def test_replay_rows_may_be_prose(tmp_path: Path) -> None:
    prose = "A plain sentence of prose that answers the question and has no line break anywhere in it."
    folder = build(tmp_path, [row(i, f"i{i}") for i in range(4)] + [row(9, "i9", prose, kind="replay")])
    assert not (folder.corpus / "rejected.jsonl").read_text(encoding="utf-8")


def test_the_system_prompt_stands_before_all_and_replaces_none(tmp_path: Path) -> None:
    own = Conversation(
        id="own", item="own", kind="chat",
        messages=(Message(role="system", content="Be brief."), *row(1, "x").messages),
    )  # fmt: skip
    folder = build(tmp_path, [own, *(row(i + 2, f"i{i}") for i in range(5))], system_prompt="Sing.", unprompted=0)
    for path, shape in ((folder.train, Conversation), (folder.validation, Conversation), (folder.heldout, Prompt)):
        for conversation in read_records(path, shape):
            wanted = "Be brief." if conversation.id == "own" else "Sing."
            assert conversation.messages[0] == Message(role="system", content=wanted)


def test_a_share_of_the_items_is_learned_without_it(tmp_path: Path) -> None:
    rows = [row(i, f"item-{i // 2}") for i in range(82)]
    folder = build(tmp_path, rows, system_prompt="Sing.", unprompted=0.25, validation_items=1)
    train = read_records(folder.train, Conversation)
    without = {each.item for each in train if each.messages[0].role == "user"}
    assert len(without) == 10
    assert not without & {each.item for each in train if each.messages[0].role == "system"}, "variants go together"
    for path, shape in ((folder.validation, Conversation), (folder.heldout, Prompt)):
        assert all(each.messages[0].role == "system" for each in read_records(path, shape))


def test_the_system_prompt_and_its_paraphrases_are_short_and_differ() -> None:
    lines = (PROMPTS / "system.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0] == SYSTEM_PROMPT
    assert len(set(lines)) == 4
    assert all(len(line.split()) <= 30 for line in lines), "60 tokens at most"


@pytest.mark.parametrize(
    ("config", "left"), [({"forms": ["haiku"]}, {"haiku"}), ({"kinds": ["fact"]}, {"couplet", "haiku"})]
)
def test_only_wanted_kinds_and_forms_are_taken(tmp_path: Path, config: dict[str, Any], left: set[Form]) -> None:
    forms: tuple[Form, ...] = ("haiku", "couplet")
    kinds: tuple[Kind, ...] = ("fact", "chat", "fact")
    haiku = "Steam lifts from the {}.\nOutside, the first {} goes by.\nNobody is in."
    answers = [couplets(2, i) if i % 2 else haiku.format(THINGS[i], THINGS[i + 1]) for i in range(24)]
    rows = [row(i, f"i{i}", answers[i], kind=kinds[i % 3], form=forms[i % 2]) for i in range(24)]
    folder = build(tmp_path, rows, **config)
    taken = read_records(folder.train, Conversation) + read_records(folder.validation, Conversation)
    assert {r.form for r in taken} == left


def test_long_and_short_answers_can_be_left_out(tmp_path: Path) -> None:
    long = (
        "The tide goes out, the gulls come down,\nthe boats lie tilted on the sand,\n"
        "a boy has lost his Sunday crown\nof paper somewhere near the stand.\n"
        "His sister finds it, wet and torn,\nand wears it home along the wall."
    )
    rows = [row(i, f"i{i}") for i in range(5)] + [row(9, "long", long), row(10, "other", couplets(6, "other"))]
    items = {"long", "other"}
    short = build(tmp_path / "short", rows, max_lines=4)
    assert not items & {r.item for r in read_records(short.train, Conversation)}
    tall = build(tmp_path / "tall", rows, min_lines=4, validation_items=1)
    assert {r.item for path in (tall.train, tall.validation) for r in read_records(path, Conversation)} == items


def refused(tmp_path: Path, match: str, rows: list[Conversation], prompts: list[Prompt] | None = None) -> None:
    with pytest.raises(InputError, match=match):
        build(tmp_path, rows, prompts)


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, "the corpus has 0 usable items", [])


def test_ids_that_stand_twice_are_refused(tmp_path: Path) -> None:
    refused(tmp_path, "id 'r1' stands 2 times", [row(1, "a"), row(1, "b"), row(2, "c"), row(3, "d")])


def test_what_is_tested_must_not_be_learned(tmp_path: Path) -> None:
    rows = [row(i, f"item-{i}") for i in range(5)]
    same_item = Prompt(id="p", item="item-3", kind="chat", messages=(Message(role="user", content="Other?"),))
    same_words = Prompt(id="p", item="p", kind="chat", messages=(Message(role="user", content="question 3 ?"),))
    refused(tmp_path, "shares item 'item-3' with r3", rows, [same_item])
    refused(tmp_path, "shares its question with r3", rows, [same_words])
