"""The accept loop: faults are said by name, every try counts, and what fails is kept with its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from fake_writer import FakeWriter, reply_of

from bardsmith.corpus.accepting import Ask, accept
from bardsmith.corpus.gates.objections import Objection, Rejected
from bardsmith.errors import RunError
from bardsmith.llm.exchange import Reply
from bardsmith.llm.failures import GaveUp, Refused
from bardsmith.records import Conversation, Made, Message


def judge(text: str, made: Made) -> Conversation | tuple[Objection, ...]:
    """Wants the word `rain`, and nothing before it."""
    faults = []
    if "rain" not in text:
        faults.append(Objection(gate="reference", reason="no rain falls in line 2"))
    if text.startswith("Sure"):
        faults.append(Objection(gate="wrapper", reason='"Sure!" stands before the poem'))
    messages = (Message(role="user", content="Rain?"), Message(role="assistant", content=text))
    return tuple(faults) or Conversation(id="r1", item="i1", kind="chat", messages=messages, made=made)


ASK = Ask(id="r1", item="i1", source="hand", messages=(Message(role="user", content="Write."),), judge=judge, tries=3)


def outcome(*replies: str | Reply | Exception) -> tuple[Conversation | Rejected, list[Sequence[Message]]]:
    """What comes of ASK if these are the replies, and the conversations that were sent."""
    left = list(replies)
    asked: list[Sequence[Message]] = []

    def answer(messages: tuple[Message, ...]) -> str | Reply | Exception:
        asked.append(messages)
        return left.pop(0)

    coming = accept(ASK, FakeWriter(answer))
    return asyncio.run(coming), asked


def test_an_answer_that_passes_is_taken_at_once_without_its_outer_white_space() -> None:
    row, asked = outcome("\n  The rain,  \nthe drain. \r\n\n")
    assert isinstance(row, Conversation)
    assert row.answer == "The rain,\nthe drain."
    assert row.made is not None
    assert (row.made.tries, row.made.dollars, row.made.model) == (1, 0.001, "fake-1")
    assert row.made.request == FakeWriter(str).key(asked[0])


def test_faults_are_said_by_name_in_the_same_conversation() -> None:
    row, asked = outcome("Sure! Sun.", "Still sun.", "Now rain.")
    assert isinstance(row, Conversation)
    assert row.made is not None
    assert row.made.tries == 3
    assert row.made.dollars == pytest.approx(0.003)
    assert [message.role for message in asked[2]] == ["user", "assistant", "user", "assistant", "user"]
    assert asked[1][:2] == (*ASK.messages, Message(role="assistant", content="Sure! Sun."))
    assert '- no rain falls in line 2\n- "Sure!" stands before the poem' in asked[1][2].content
    assert "stands before" not in asked[2][4].content
    assert row.made.request == FakeWriter(str).key(asked[2])


def test_what_fails_every_time_is_kept_with_its_last_text_and_all_tries() -> None:
    rejected, asked = outcome("Sun.", "More sun.", "Sure! The sun again.")
    assert isinstance(rejected, Rejected)
    assert len(asked) == rejected.tries == 3
    assert rejected.text == "Sure! The sun again."
    assert [objection.gate for objection in rejected.objections] == ["reference", "wrapper"]
    assert rejected.dollars == pytest.approx(0.003)


def test_a_reply_that_was_cut_off_or_withheld_is_a_fault_whatever_it_says() -> None:
    row, asked = outcome(reply_of("rain " * 50, "length"), reply_of("", "filter"), "Rain and rain.")
    assert isinstance(row, Conversation)
    assert "much shorter" in asked[1][2].content
    assert "withheld" in asked[2][4].content
    assert asked[2][3].content == "(nothing)"


def test_a_call_that_was_given_up_becomes_a_row_with_that_reason() -> None:
    rejected, _ = outcome("Sun.", GaveUp("no answer in 900 seconds"))
    assert isinstance(rejected, Rejected)
    assert [(each.gate, each.reason) for each in rejected.objections] == [
        ("reference", "no rain falls in line 2"),
        ("no reply", "no answer in 900 seconds"),
    ]
    assert (rejected.tries, rejected.text) == (2, "Sun.")


@pytest.mark.parametrize("failure", [Refused("401: who are you?"), RunError("the budget is spent")])
def test_what_ends_the_run_ends_it(failure: RunError) -> None:
    with pytest.raises(RunError, match=failure.what[:10]):
        outcome(failure)


def test_an_unknown_price_stays_unknown() -> None:
    row, _ = outcome(reply_of("Sun.", dollars=None), "Now rain.")
    assert isinstance(row, Conversation)
    assert row.made is not None
    assert row.made.dollars is None
