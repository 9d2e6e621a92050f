"""The reply store: kills, two processes at once, rows and files that are broken."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bardsmith.errors import InputError
from bardsmith.llm.exchange import Reply, Request, Usage
from bardsmith.llm.store import Batch, ReplyStore
from bardsmith.records import Message, Sampling


def request(text: str) -> Request:
    message = Message(role="user", content=text)
    return Request(provider="scripted", model="m", messages=(message,), sampling=Sampling())


def reply(text: str) -> Reply:
    return Reply(
        text=text,
        finish="length",
        usage=Usage(input=3, output=4),
        model="m-2026",
        dollars=0.25,
        seconds=1.5,
        at="2026-01-01T00:00:00+00:00",
        raw={"choices": [{"text": text, "logprob": -0.5}]},
    )


def keep(store: ReplyStore, asked: Request, answer: Reply) -> Reply:
    async def kept() -> Reply:
        return await store.keep(asked, answer)

    return asyncio.run(kept())


def test_a_reply_comes_back_whole_from_a_file_of_plain_columns(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "replies.sqlite"
    with ReplyStore(path) as store:
        keep(store, request("a ☂ é"), reply("so"))
    with ReplyStore(path) as store:
        assert store.reply(request("a ☂ é").key) == reply("so")
        assert store.reply(request("b").key) is None
    with contextlib.closing(sqlite3.connect(path)) as database:
        (row,) = database.execute("SELECT request, model, input_tokens, dollars, raw FROM replies")
        assert row == (request("a ☂ é").canonical, "m-2026", 3, 0.25, '{"choices": [{"text": "so", "logprob": -0.5}]}')
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_first_reply_stands_whoever_comes_second(tmp_path: Path) -> None:
    with ReplyStore(tmp_path / "r.sqlite") as one, ReplyStore(tmp_path / "r.sqlite") as other:
        keep(one, request("a"), reply("first"))
        assert keep(other, request("a"), reply("second")) == reply("first")


@pytest.mark.parametrize(
    "damage",
    [
        "raw = substr(raw, 1, 9)",
        "raw = ''",
        "finish = 'half'",
        "text = x'ff00'",
        "seconds = 'long'",
        "output_tokens = NULL",
    ],
)
def test_a_row_that_cannot_be_read_is_absent_said_once_and_replaced(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    said: list[str] = []
    with ReplyStore(path) as store:
        for text in "ab":
            keep(store, request(text), reply(text))
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE replies SET {damage}")
    with ReplyStore(path, said.append) as store:
        assert store.reply(request("a").key) is None
        assert store.reply(request("b").key) is None
        assert len(said) == 1
        assert str(path) in said[0]
        keep(store, request("a"), reply("new"))
        assert store.reply(request("a").key) == reply("new")


def test_a_file_that_is_something_else_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    path.write_text("a letter to my mother, and no database at all\n" * 40)
    with pytest.raises(InputError, match="not a reply store"):
        ReplyStore(path)
    assert path.read_text().startswith("a letter")


WRITER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_store import keep, reply, request
from bardsmith.llm.store import ReplyStore
with ReplyStore(Path(sys.argv[2])) as store:
    for i in range(int(sys.argv[4])):
        keep(store, request(f"{sys.argv[3]} {i}"), reply("x" * 2000))
        print(i, flush=True)
"""


def writer(path: Path, name: str, rows: int) -> subprocess.Popen[str]:
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", WRITER, here, str(path), name, str(rows)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_three_processes_write_one_new_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    writers = [writer(path, name, 60) for name in "abc"]
    for process in writers:
        process.communicate(timeout=60)
        assert process.returncode == 0
    with ReplyStore(path) as store:
        assert all(store.reply(request(f"{name} {i}").key) for name in "abc" for i in range(60))


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is for POSIX")
def test_what_was_kept_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    process = writer(path, "a", 100_000)
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    told = 20 + len(process.stdout.read().split("\n")) - 1
    process.wait()
    with ReplyStore(path) as store:
        assert all(store.reply(request(f"a {i}").key) for i in range(told))
        keep(store, request("after"), reply("x"))


def test_a_batch_in_flight_is_found_again_and_ends_with_all_its_replies_in_one_commit(tmp_path: Path) -> None:
    path = tmp_path / "replies.sqlite"
    requests = [request(text) for text in "abc"]
    begun = Batch("corpus-1", "openai", None, "2026-01-01T00:00:00+00:00")
    with ReplyStore(path) as store:
        store.begin_batch(begun, requests)
    with ReplyStore(path) as store:
        assert store.open_batches("openai") == [begun]
        assert store.open_batches("anthropic") == []
        store.batch_accepted("corpus-1", "batch_7f")
    with ReplyStore(path) as store:
        (found,) = store.open_batches("openai")
        assert found.id == "batch_7f"
        assert sorted(each.key for each in store.requests_of("corpus-1")) == sorted(each.key for each in requests)
        store.end_batch("corpus-1", [(each, reply("done")) for each in requests[:2]])
        assert store.open_batches("openai") == []
        assert store.requests_of("corpus-1") == []
        assert [store.reply(each.key) is not None for each in requests] == [True, True, False]
