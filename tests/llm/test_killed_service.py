"""A process that asks a service over the wire is killed: no paid reply is lost, and few are paid for again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from fake_server import Answer, Call, completion, serving

from bardsmith.llm.client import open_client
from bardsmith.llm.config import LlmConfig
from bardsmith.records import Message

pytest.importorskip("openai", reason='the services\' packages are missing: pip install "bardsmith[llm]"')

ROWS, CONCURRENCY = 120, 6


def ask(url: str, folder: Path, rows: int = ROWS) -> int:
    """Asks for all rows, and writes down every one that was answered. Returns how many requests were sent."""

    async def whole() -> int:
        config = LlmConfig(provider="openai-compatible", model="m", base_url=url, concurrency=CONCURRENCY)
        with (folder / "told").open("a") as told:
            async with open_client(config, folder / "replies.sqlite") as client:

                async def row(number: int) -> None:
                    reply = await client.chat([Message(role="user", content=f"row {number}")])
                    assert reply.text == f"to row {number}"
                    print(f"row {number}", file=told, flush=True)

                await asyncio.gather(*map(row, range(rows)))
                return client.sent

    return asyncio.run(whole())


def told(folder: Path) -> list[str]:
    file = folder / "told"
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is for POSIX")
@pytest.mark.parametrize("after", [1, 40, 100])
def test_a_kill_repeats_at_most_what_was_in_flight(after: int, tmp_path: Path) -> None:
    paid: Counter[str] = Counter()

    def script(call: Call) -> Answer:
        paid[call.asked] += 1
        return Answer(completion(f"to {call.asked}"), seconds=0.03)

    with serving(script) as service:
        process = subprocess.Popen([sys.executable, __file__, service.url + "/v1", str(tmp_path)])
        try:
            while len(told(tmp_path)) < after:
                assert process.poll() is None
                time.sleep(0.002)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        before = set(told(tmp_path))
        assert len(before) < ROWS, "it was killed in the middle"

        ask(service.url + "/v1", tmp_path)
        assert all(paid[row] == 1 for row in before), "a reply that was given is not paid for twice"
        assert sum(paid.values()) <= ROWS + CONCURRENCY
        assert ask(service.url + "/v1", tmp_path) == 0, "a second run sends nothing"
        assert ask(service.url + "/v1", tmp_path, ROWS + 1) == 1, "one more row sends one"


if __name__ == "__main__":
    ask(sys.argv[1], Path(sys.argv[2]))
