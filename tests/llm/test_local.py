"""A model of the models room as a provider: calls share batches, and nothing is drawn twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bardsmith.errors import InputError
from bardsmith.llm.client import open_client
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Reply, Request, Settings
from bardsmith.llm.failures import GaveUp
from bardsmith.llm.providers import local
from bardsmith.records import Message, Sampling

SAMPLING = Sampling(temperature=1, top_p=0.9, max_new_tokens=12)
CONFIG = LlmConfig(provider="local", model="random:tiny", sampling=SAMPLING, concurrency=8)
ROWS = 60


def asked(text: object) -> list[Message]:
    return [Message(role="user", content=f"say {text}")]


def ask(folder: Path, rows: Sequence[object], config: LlmConfig = CONFIG) -> tuple[list[Reply], int]:
    """All rows at once; their replies and how many requests were sent."""

    async def whole() -> tuple[list[Reply], int]:
        async with open_client(config, folder / "replies.sqlite") as client:
            return await asyncio.gather(*(client.chat(asked(row)) for row in rows)), client.sent

    return asyncio.run(whole())


def test_calls_that_come_together_are_drawn_in_one_batch_and_a_second_run_draws_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    draw = local.Local._draw

    def counted(self: local.Local, batch: Sequence[tuple[Request, int]]) -> list[Reply]:
        sizes.append(len(batch))
        return draw(self, batch)

    monkeypatch.setattr(local.Local, "_draw", counted)
    replies, sent = ask(tmp_path, range(30))
    assert sum(sizes) == sent
    assert 30 <= sent < 35, "the tiny model's text is empty now and then, which is drawn anew with another seed"
    assert sizes[0] == 8, "the first calls share a batch"
    assert len(sizes) < 16
    first = replies[0]
    assert first.usage is not None
    assert first.usage.input > 10
    assert 1 <= first.usage.output <= 12
    assert (first.finish, first.dollars, first.model) == ("length", 0, "random:tiny")

    again, sent = ask(tmp_path, range(30))
    assert sent == 0
    assert again == replies
    assert ask(tmp_path, range(31))[1] >= 1


def test_a_reply_depends_on_its_request_alone(tmp_path: Path) -> None:
    together, _ = ask(tmp_path / "together", range(8))
    alone, _ = ask(tmp_path / "alone", [3])
    assert alone[0].text == together[3].text
    assert len({reply.text for reply in together}) == 8


def test_samples_differ_and_greedy_ones_do_not(tmp_path: Path) -> None:
    async def whole() -> list[str]:
        async with open_client(CONFIG, tmp_path / "replies.sqlite") as client:
            greedy = [Settings(sampling=SAMPLING.greedy(), sample=i) for i in range(2)]
            settings = [*(Settings(sample=i) for i in range(3)), *greedy]
            return [reply.text for reply in await asyncio.gather(*(client.chat(asked("x"), s) for s in settings))]

    *sampled, greedy, greedy_too = asyncio.run(whole())
    assert len(set(sampled)) == 3
    assert greedy == greedy_too


def test_an_attempt_that_took_too_long_leaves_its_reply_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    draw = local.Local._draw

    def slow(self: local.Local, batch: Sequence[tuple[Request, int]]) -> list[Reply]:
        drawn.append(len(batch))
        time.sleep(0.6)
        return draw(self, batch)

    monkeypatch.setattr(local.Local, "_draw", slow)
    hasty = CONFIG.model_copy(update={"timeout": 0.3, "attempts": 9})
    assert ask(tmp_path, [1], hasty)[0][0].text
    assert drawn == [1]


def test_extra_is_the_rest_of_the_models_configuration(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`extra` has colour"):
        ask(tmp_path, [1], CONFIG.model_copy(update={"extra": {"colour": "red"}}))
    ask(tmp_path, [1], CONFIG.model_copy(update={"extra": {"dtype": "float32"}}))


def test_a_model_that_is_not_there_is_told_and_is_no_row_that_failed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no random model") as told:
        ask(tmp_path, [1, 2], CONFIG.model_copy(update={"model": "random:huge"}))
    assert not isinstance(told.value, GaveUp)


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is for POSIX")
def test_a_kill_repeats_at_most_what_was_in_flight(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, __file__, str(tmp_path)])
    try:
        while len(kept(tmp_path)) < 10:
            assert process.poll() is None
            time.sleep(0.005)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = kept(tmp_path)
    assert 10 <= len(before) < ROWS, "it was killed in the middle"
    replies, sent = ask(tmp_path, range(ROWS))
    assert sent < ROWS - len(before) + 8, "what was kept is not drawn again"
    assert all(reply.text for reply in replies)


def kept(folder: Path) -> list[Reply]:
    """The replies that are on the disk."""
    if not (folder / "replies.sqlite").exists():
        return []

    async def whole() -> list[Reply]:
        async with open_client(CONFIG, folder / "replies.sqlite", offline=True) as client:
            found = [client.store.reply(client.key(asked(row))) for row in range(ROWS)]
            return [reply for reply in found if reply is not None]

    return asyncio.run(whole())


if __name__ == "__main__":
    ask(Path(sys.argv[1]), range(ROWS))
