"""A real server of another's making, `transformers serve` with the embedded model: what a process was told, a kill does
not take away."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bardsmith.errors import BardsmithError
from bardsmith.llm.client import open_client
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Reply
from bardsmith.records import Message, Sampling

ROWS, CONCURRENCY = 8, 2
SECONDS_TO_START = 60


@pytest.fixture(scope="module")
def server() -> Iterator[LlmConfig]:
    """The configuration that speaks with it."""
    missing = [name for name in ("fastapi", "uvicorn", "openai", "torch") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"packages that `transformers serve` needs are missing: {', '.join(missing)}")
    from bardsmith.models.embedded import folder_of
    from bardsmith.progress import Silent

    try:
        folder = folder_of("embedded:smollm2-135m", Silent())
    except BardsmithError as error:
        pytest.skip(f"the embedded model cannot be had here: {error.what}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [str(folder), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "transformers.cli.transformers", "serve", *arguments], stdout=log, stderr=log
        )
        try:
            until = time.monotonic() + SECONDS_TO_START
            while not is_up(port):
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    pytest.fail(f"transformers serve did not start:\n{log.read()[-2000:]}")
                time.sleep(0.2)
            yield LlmConfig(
                provider="openai-compatible",
                model=str(folder),
                base_url=f"http://127.0.0.1:{port}/v1",
                sampling=Sampling(temperature=0.8, top_p=0.9, max_new_tokens=10),
                concurrency=CONCURRENCY,
            )
        finally:
            process.kill()
            process.wait()


def is_up(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
        return True
    return False


def ask(config: LlmConfig, folder: Path, rows: int) -> tuple[list[Reply], int]:
    async def whole() -> tuple[list[Reply], int]:
        async with open_client(config, folder / "replies.sqlite") as client:
            questions = [[Message(role="user", content=f"Name a river. Attempt {row}.")] for row in range(rows)]
            return await asyncio.gather(*map(client.chat, questions)), client.sent

    return asyncio.run(whole())


def kept(folder: Path) -> int:
    """Replies that are on the disk."""
    with contextlib.suppress(sqlite3.OperationalError):
        database = sqlite3.connect(f"file:{folder / 'replies.sqlite'}?mode=ro", uri=True)
        with contextlib.closing(database):
            return int(database.execute("SELECT count(*) FROM replies").fetchone()[0])
    return 0


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is for POSIX")
def test_a_kill_repeats_at_most_what_was_in_flight_and_then_nothing_is_sent(server: LlmConfig, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, __file__, server.model_dump_json(), str(tmp_path)])
    try:
        while kept(tmp_path) < 3:
            assert process.poll() is None
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = kept(tmp_path)
    assert 3 <= before < ROWS, "it was killed in the middle"

    replies, sent = ask(server, tmp_path, ROWS)
    assert sent == ROWS - before, "no reply that was given is asked for again"
    for reply in replies:
        assert reply.text.strip()
        assert reply.finish in ("stop", "length")
        assert reply.usage is not None
        assert 0 < reply.usage.output <= 10
        assert server.model in reply.model
    assert ask(server, tmp_path, ROWS) == (replies, 0)
    assert ask(server, tmp_path, ROWS + 1)[1] == 1


if __name__ == "__main__":
    ask(LlmConfig.model_validate_json(sys.argv[1]), Path(sys.argv[2]), ROWS)
