"""`bardsmith replies why A B`: the first field in which two requests differ."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bardsmith.errors import InputError
from bardsmith.llm.exchange import Reply, Request
from bardsmith.llm.store import ReplyStore
from bardsmith.llm.why import why
from bardsmith.records import Message, Sampling

USER = Message(role="user", content="Write of the sea. " * 20 + "Be brief.")
BASE = Request(
    provider="openai",
    model="gpt-4.1",
    messages=(Message(role="system", content="You are a poet."), USER),
    sampling=Sampling(),
)


def told(tmp_path: Path, a: Request, b: Request) -> str:
    path = tmp_path / "replies.sqlite"
    with ReplyStore(path) as store:

        async def keep() -> None:
            for each in (a, b):
                await store.keep(each, Reply(text="x", finish="stop", model="m", seconds=0, at="now"))

        asyncio.run(keep())
    return why(path, a.key[:10], b.key.upper()[:10])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"messages": (BASE.messages[0], Message(role="user", content=USER.content + "!"))}, "messages.1.content"),
        ({"messages": BASE.messages[1:]}, "messages.0.content"),
        ({"messages": (*BASE.messages, USER)}, "messages.2"),
        ({"sampling": Sampling(temperature=1)}, "sampling.temperature"),
        ({"sample": 1}, "sample"),
        ({"extra": {"reasoning": {"effort": "low"}}}, "extra.reasoning"),
        ({"model": "gpt-4.1-mini", "sample": 3}, "model"),
        ({"base_url": "http://127.0.0.1/v1", "model": "other"}, "base_url"),
    ],
)
def test_the_first_field_that_differs_is_named(changes: dict[str, object], field: str, tmp_path: Path) -> None:
    assert told(tmp_path, BASE, BASE.model_copy(update=changes)).split("\n")[0] == field


def test_long_values_are_shown_where_they_part(tmp_path: Path) -> None:
    other = Message(role="user", content=USER.content.replace("Be brief", "Be long"))
    _, one, two = told(tmp_path, BASE, BASE.model_copy(update={"messages": (BASE.messages[0], other)})).split("\n")
    assert 'Be brief."' in one
    assert 'Be long."' in two
    assert len(one) < 100 > len(two)


def test_the_same_request_is_the_same_and_keys_that_name_none_or_many_are_told(tmp_path: Path) -> None:
    assert "are the same request" in told(tmp_path, BASE, BASE)
    told(tmp_path, BASE, BASE.model_copy(update={"sample": 1}))
    with pytest.raises(InputError, match="no request whose key begins with 'zzz'"):
        why(tmp_path / "replies.sqlite", "zzz", BASE.key)
    with pytest.raises(InputError, match="several keys"):
        why(tmp_path / "replies.sqlite", "", BASE.key)
    with pytest.raises(InputError, match="is missing"):
        why(tmp_path / "no.sqlite", "a", "b")
    assert not (tmp_path / "no.sqlite").exists()
