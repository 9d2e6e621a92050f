"""A process that asks is killed at any moment: no reply that it was given is lost, and few are asked for again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bardsmith.llm.client import Client
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Request
from bardsmith.llm.providers.scripted import Act, Answer, Scripted
from bardsmith.llm.store import ReplyStore
from bardsmith.records import Message

ROWS, CONCURRENCY = 80, 6


def ask_all(folder: Path) -> None:
    """Asks for all rows; writes down every request that the service got and every row that was answered."""
    with (folder / "sent").open("a") as sent, (folder / "told").open("a") as told:

        def script(request: Request, before: int) -> Act:
            print(request.messages[0].content, file=sent, flush=True)
            return Answer("yes")

        async def ask(client: Client, row: int) -> None:
            await client.chat([Message(role="user", content=f"row {row}")])
            print(f"row {row}", file=told, flush=True)

        async def whole() -> None:
            config = LlmConfig(provider="scripted", model="test", concurrency=CONCURRENCY)
            with ReplyStore(folder / "replies.sqlite") as store:
                async with Client(config, Scripted(script, seconds=0.01), store) as client:
                    await asyncio.gather(*(ask(client, row) for row in range(ROWS)))

        asyncio.run(whole())


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is for POSIX")
@pytest.mark.parametrize("after", [1, 25, 60])
def test_a_kill_repeats_at_most_what_was_in_flight(after: int, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, __file__, str(tmp_path)])
    while len(lines(tmp_path / "told")) < after:
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    told, sent = lines(tmp_path / "told"), lines(tmp_path / "sent")
    assert len(told) < ROWS, "it was killed in the middle"

    ask_all(tmp_path)
    again = lines(tmp_path / "sent")[len(sent) :]
    assert not set(again) & set(told), "a reply that was given is not paid for twice"
    assert len(sent) + len(again) <= ROWS + CONCURRENCY
    before = lines(tmp_path / "sent")
    ask_all(tmp_path)
    assert lines(tmp_path / "sent") == before, "a further run sends nothing"


if __name__ == "__main__":
    ask_all(Path(sys.argv[1]))
