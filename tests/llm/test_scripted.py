"""The fake that ships: every act reaches the client as a real service's would, and `verse` passes the gates."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bardsmith.corpus.gates.known import known_of
from bardsmith.corpus.gates.objections import objections
from bardsmith.corpus.instructing import instruction, rules_of
from bardsmith.corpus.protocol import read_reply
from bardsmith.corpus.quotas import in_words
from bardsmith.errors import InputError
from bardsmith.llm.client import open_client
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Reply, Request
from bardsmith.llm.failures import Passing, Refused, Throttled, Unreachable
from bardsmith.llm.providers.scripted import (
    CUT_STREAM,
    ERROR_BODY,
    Act,
    Answer,
    Fail,
    Hang,
    Refuse,
    Scripted,
    Silence,
    Throttle,
    in_turn,
    script_of,
)
from bardsmith.llm.providers.verses import write
from bardsmith.records import Conversation, Form, Message, Sampling

FORMS: list[Form] = [
    "couplet", "quatrain", "ballad", "limerick", "haiku", "tercet", "sonnet", "triolet", "villanelle", "blank verse",
    "free verse",
]  # fmt: skip
POEM = "The harbour sleeps beneath the winter moon,\nand lanterns tremble on the silver water."


def request(text: str, *later: str) -> Request:
    said = [Message(role="user", content=text)]
    for i, more in enumerate(later):
        said.append(Message(role=("assistant", "user")[i % 2], content=more))
    return Request(provider="scripted", model="verse", messages=tuple(said), sampling=Sampling())


def send(script: Callable[[Request, int], Act], asked: Request) -> Reply:
    async def sent() -> Reply:
        async with asyncio.timeout(0.05):
            return await Scripted(script).send(asked)

    return asyncio.run(sent())


def text_of(asked: Request, before: int = 0) -> str:
    act = script_of("verse")(asked, before)
    assert isinstance(act, Answer)
    return act.text


@pytest.mark.parametrize(
    ("act", "failure"),
    [
        (Refuse(403, "not for you"), Refused),
        (Throttle("2"), Throttled),
        (Fail(), Passing),
        (CUT_STREAM, Passing),
        (ERROR_BODY, Passing),
        (Silence(), Unreachable),
        (Hang(), TimeoutError),
    ],
)
def test_every_act_is_the_failure_that_a_real_provider_raises(act: Act, failure: type[Exception]) -> None:
    with pytest.raises(failure) as raised:
        send(in_turn(act), request("x"))
    if isinstance(raised.value, Throttled):
        assert raised.value.retry_after == 2


def test_echo_and_the_names_of_the_scripts() -> None:
    reply = send(script_of("echo"), request("say this back"))
    assert (reply.text, reply.finish, reply.model) == ("say this back", "stop", "scripted/verse")
    assert reply.usage is not None
    assert (reply.usage.input, reply.usage.output) == (3, 3)
    with pytest.raises(InputError, match="echo, form, refuse, trouble, verse"):
        script_of("verses")


def test_trouble_meets_some_requests_with_a_failure_and_all_of_them_with_an_answer_in_the_end() -> None:
    script = script_of("trouble")
    acts = [[script(request(f"no. {i}"), before) for before in (0, 1)] for i in range(400)]
    first = [act for act, _ in acts if not (isinstance(act, Answer) and act.text)]
    assert 20 < len(first) < 100
    assert {type(act) for act in first} == {Throttle, Fail, Answer}
    assert all(isinstance(second, Answer) and second.text for _, second in acts)


def test_a_batch_has_a_reply_or_a_reason_for_each_request() -> None:
    def script(asked: Request, before: int) -> Act:
        return Refuse() if asked.messages[0].content == "b" else Answer("yes")

    async def whole() -> None:
        service = Scripted(script)
        asked = [request(text) for text in "abc"]
        batch = await service.submit({request.key: request for request in asked}, "mine")
        assert await service.find("mine", datetime.now(UTC)) == batch
        assert await service.find("other", datetime.now(UTC)) is None
        state = await service.collect(batch)
        assert state.ended
        assert set(state.replies) == {asked[0].key, asked[2].key}
        assert set(state.failed) == {asked[1].key}

    asyncio.run(whole())


@pytest.mark.parametrize("form", FORMS)
def test_its_verse_passes_the_gates_in_every_form(form: Form) -> None:
    known = known_of()
    passed = []
    for i in range(12):
        text = write(form, (4, 8, 12, 16)[i % 4], random.Random(i))
        messages = (Message(role="user", content="hm"), Message(role="assistant", content=text))
        row = Conversation(id="x", item="x", kind="poem", form=form, messages=messages)
        passed.append(not objections(row, known))
    assert sum(passed) >= 11


def test_it_keeps_the_form_the_length_and_the_words_that_it_is_told() -> None:
    asked = (
        'These words must stand in the poem exactly so, not parted by a line end: "Lake Chad".\n'
        f"Form: tercet. {rules_of('tercet')}\nLength: {in_words('tercet', 9)}, and never more than 12."
    )
    texts = [text_of(request(f"Question {i}.\n{asked}")) for i in range(30)]
    right = [text for text in texts if "Lake Chad" in text and [s.count("\n") for s in text.split("\n\n")] == [2, 2, 2]]
    assert 20 <= len(right) < 30, "most are right, and some are wrong on purpose"
    assert len(set(texts)) > 25
    assert texts == [text_of(request(f"Question {i}.\n{asked}"), before=1) for i in range(30)], "by the request alone"


def test_a_wrong_answer_is_right_when_it_was_told_so() -> None:
    asked = [f"Question {i}.\nForm: haiku. Rules.\nLength: 3 lines." for i in range(200)]
    wrong = [text for text in asked if text_of(request(text)).count("\n") != 2]
    still = [text for text in wrong if text_of(request(text, "bad", "Once more.")).count("\n") != 2]
    assert 10 < len(wrong) < 40
    assert len(still) < 8


def test_it_writes_the_sections_of_the_protocol() -> None:
    labels = "QUERY 1: ...\nQUERY 2: ...\nPERSONA 1 (a night nurse): ...\n"
    right = 0
    for i in range(30):
        poem = f"{POEM}\nNumber {i}."
        asked = instruction("generate", by="", poem=poem, queries=labels, meaning_words=80, query_words=70)
        right += not isinstance(read_reply(text_of(request(asked)), 2, 1, poem), tuple)
    assert 20 <= right < 30


def test_it_is_what_a_configuration_without_a_key_gets(tmp_path: Path) -> None:
    async def whole() -> Reply:
        config = LlmConfig(provider="scripted", model="verse")
        async with open_client(config, tmp_path / "replies.sqlite") as client:
            return await client.chat([Message(role="user", content="Form: haiku. Rules.\nLength: 3 lines.")])

    assert asyncio.run(whole()).dollars == 0
