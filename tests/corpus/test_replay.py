"""The base model's own answers become verse; what it does not know is not taught."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fake_writer import FakeWriter, bard, reply_of, talk

from bardsmith.corpus.config import ReplayConfig
from bardsmith.corpus.gates.known import known_of
from bardsmith.corpus.gates.objections import Rejected
from bardsmith.corpus.replay import ANSWERS, answers, replay
from bardsmith.llm.exchange import Reply
from bardsmith.outputs import read_records
from bardsmith.progress import Silent
from bardsmith.records import Conversation, Message, Prompt

TALKS = [talk(1), talk(2, reference=("clamp",)), talk(3, reference=("dovetail",)), talk(4)]


def knowing(messages: tuple[Message, ...]) -> str:
    """The base model, in prose."""
    return f"I would clamp it. You asked: {messages[-1].content}"


def asked_base(folder: Path, base: FakeWriter) -> None:
    asyncio.run(answers(lambda: TALKS, base, folder, Silent()))


def test_the_base_model_is_asked_what_people_asked_and_nothing_else(tmp_path: Path) -> None:
    heard: list[tuple[Message, ...]] = []

    def listening(messages: tuple[Message, ...]) -> str:
        heard.append(messages)
        return knowing(messages)

    asked_base(tmp_path, FakeWriter(listening))
    assert sorted(heard, key=str) == sorted((each.messages for each in TALKS), key=str)
    rows = read_records(tmp_path / ANSWERS, Conversation)
    assert [(row.id, row.kind, row.item) for row in rows[:2]] == [
        ("t1-replay", "replay", "t1"),
        ("t2-replay", "replay", "t2"),
    ]
    assert rows[0].answer == "I would clamp it. You asked: How do I mend chair number 1?"
    assert rows[0].made


def test_what_it_does_not_know_or_does_not_end_is_rejected_at_once(tmp_path: Path) -> None:
    def rambling(messages: tuple[Message, ...]) -> str | Reply:
        return reply_of("And then", finish="length") if "number 4" in messages[-1].content else knowing(messages)

    base = FakeWriter(rambling)
    asked_base(tmp_path, base)
    assert base.sent == len(TALKS), "nobody is asked twice"
    rejected = {row.id: row for row in read_records(tmp_path / "replay_answers.rejected.jsonl", Rejected)}
    assert rejected["t3-replay"].objections[0].reason == 'the base model does not know it: "dovetail" was wanted'
    assert rejected["t4-replay"].objections[0].gate == "cut off"
    assert {row.id for row in read_records(tmp_path / ANSWERS, Conversation)} == {"t1-replay", "t2-replay"}


def test_its_answers_are_put_into_verse_with_what_must_survive(tmp_path: Path) -> None:
    asked_base(tmp_path, FakeWriter(knowing))
    told: list[str] = []

    def writing(messages: tuple[Message, ...]) -> str:
        told.append(messages[1].content)
        verse = bard(messages)
        return verse.replace("The ", "The clamp and ", 1) if '"clamp"' in messages[1].content else verse

    prompt = Prompt(id="held", item="held", kind="howto", messages=TALKS[3].messages)
    config = ReplayConfig(forms={"couplet": 1})
    made = asyncio.run(replay(config, 3, known_of(held_out=[prompt]), FakeWriter(writing), tmp_path, Silent()))
    assert made.rows.name == f"poem_replay_{made.accepted_rows}.jsonl"
    rows = {row.id: row for row in read_records(made.rows, Conversation)}
    assert "t1-replay-verse" in rows
    assert {(row.kind, row.form) for row in rows.values()} == {("replay", "couplet")}
    assert all("I would clamp it." in text for text in told), "the facts are the model's own"
    assert "The assistant's own answer in prose:" in told[0]
    rejected = {row.id: row for row in read_records(made.rejected, Rejected)}
    assert rejected["t4-replay-verse"].objections[0].gate == "contaminated"
    assert rejected["t4-replay-verse"].tries == 0


def test_a_second_run_asks_nothing(tmp_path: Path) -> None:
    base = FakeWriter(knowing)
    asked_base(tmp_path / "one", base)
    sent = base.sent
    asked_base(tmp_path / "two", base)
    assert base.sent == sent
    assert (tmp_path / "one" / ANSWERS).read_bytes() == (tmp_path / "two" / ANSWERS).read_bytes()
