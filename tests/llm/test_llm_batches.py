"""Batches of three services on loopback: half price, found again after a kill, and never bought twice."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fake_server import Answer, Call, completion, message, serving

from bardsmith.errors import RunError
from bardsmith.llm.batches import ask_in_batches, collect, in_flight, submit
from bardsmith.llm.client import Client
from bardsmith.llm.config import LlmConfig, Price
from bardsmith.llm.connect import connect
from bardsmith.llm.exchange import Request
from bardsmith.llm.failures import Passing, Refused
from bardsmith.llm.providers import anthropic as anthropic_provider
from bardsmith.llm.providers import openai as openai_provider
from bardsmith.llm.store import ReplyStore
from bardsmith.records import Message

pytest.importorskip("openai", reason='the services\' packages are missing: pip install "bardsmith[llm]"')
pytest.importorskip("anthropic", reason='the services\' packages are missing: pip install "bardsmith[llm]"')

SECRET = "sk-very-secret-0123456789"
SELLERS = ("openai", "anthropic", "openrouter")


class BatchSeller:
    """All three dialects. A batch ends when it has been looked at `looks` times; what is asked as 'bad' fails."""

    def __init__(self, provider: str, looks: int = 0) -> None:
        self.looks = looks
        self.looked: list[int] = []
        self.sold: list[list[tuple[str, dict[str, Any]]]] = []
        """Per batch its custom ids and bodies."""
        self.singly = 0
        self.before_answer: Callable[[], Answer | None] = lambda: None
        """What comes in place of the word that a batch was accepted."""
        self._is_text = provider == "anthropic"
        self._names: list[str] = []
        self._files: list[bytes] = []

    def __call__(self, call: Call) -> Answer:
        path = call.path.removeprefix("/v1").partition("?")[0]
        if path in ("/chat/completions", "/messages"):
            self.singly += 1
            return Answer(completion("singly") if path == "/chat/completions" else message("singly"))
        if path == "/files":
            self._files.append(call.content)
            return Answer({"id": f"file-{len(self._files) - 1}", "object": "file"})
        if path.startswith("/files/"):
            number = int(re.findall(r"\d+", path)[0])
            return Answer("".join(json.dumps(line) + "\n" for line in self._lines(number)))
        if call.method == "POST":
            return self._sell(call.content)
        if path in ("/batches", "/messages/batches"):
            return self._page(call.path)
        number = int(re.findall(r"\d+", path)[0])
        if path.endswith("/results"):
            lines = (json.dumps(self._message_line(*line)) + "\n" for line in self.sold[number])
            return Answer("".join(lines), headers={"Content-Type": "application/x-jsonl"})
        self.looked[number] += 1
        results = {"results": self._lines(number)} if self._has_ended(number) else {}
        return Answer({**self._shown(number), **results})

    def _sell(self, content: bytes) -> Answer:
        body = json.loads(content)
        if "input_file_id" in body:
            uploaded = self._files[int(body["input_file_id"].removeprefix("file-"))].decode()
            lines = [json.loads(line) for line in re.findall(r"^\{.*\}\r?$", uploaded, re.MULTILINE)]
            assert all(line["url"] == body["endpoint"] == "/v1/chat/completions" for line in lines)
        else:
            lines = body["requests"]
            if "endpoint" in body and list(body) != ["endpoint", "model", "requests"]:
                return Answer({"error": {"message": "endpoint and model must come before requests"}}, status=400)
            if "endpoint" in body and not body["model"].endswith(":batch"):
                return Answer({"error": {"message": "not a batch model"}}, status=400)
        self.sold.append([(line["custom_id"], line.get("body") or line["params"]) for line in lines])
        self._names.append((body.get("metadata") or {}).get("bardsmith", ""))
        self.looked.append(0)
        return self.before_answer() or Answer(self._shown(len(self.sold) - 1))

    def _page(self, path: str) -> Answer:
        """Two batches, the newest first."""
        after = re.search(r"after(?:_id)?=batch_(\d+)", path)
        left = list(reversed(range(int(after[1]) if after else len(self.sold))))
        data = [self._shown(number) for number in left[:2]]
        return Answer({"data": data, "has_more": len(left) > 2, "last_id": data[-1]["id"] if data else None})

    def _has_ended(self, number: int) -> bool:
        return self.looked[number] > self.looks

    def _shown(self, number: int) -> dict[str, Any]:
        """One object with the fields of all three dialects; times differ in kind."""
        ended = self._has_ended(number)
        now = datetime.now(UTC)
        return {
            "id": f"batch_{number}",
            "created_at": now.isoformat() if self._is_text else int(now.timestamp()),
            "status": "completed" if ended else "in_progress",
            "processing_status": "ended" if ended else "in_progress",
            "metadata": {"bardsmith": self._names[number]} if self._names[number] else None,
            "output_file_id": f"file-{number}" if ended else None,
        }

    def _lines(self, number: int) -> list[dict[str, Any]]:
        return [
            {"custom_id": custom_id, "error": {"code": "x", "message": "this one failed"}, "response": None}
            if "bad" in str(body["messages"])
            else {
                "custom_id": custom_id,
                "error": None,
                "response": {"status_code": 200, "body": completion(f"to {body['messages'][-1]['content']}")},
            }
            for custom_id, body in reversed(self.sold[number])
        ]

    def _message_line(self, custom_id: str, body: dict[str, Any]) -> dict[str, Any]:
        if "bad" in str(body["messages"]):
            error = {"type": "error", "error": {"type": "invalid_request_error", "message": "this one failed"}}
            return {"custom_id": custom_id, "result": {"type": "errored", "error": error}}
        said = message(f"to {body['messages'][-1]['content']}")
        return {"custom_id": custom_id, "result": {"type": "succeeded", "message": said}}


def config_of(provider: str, **changes: object) -> LlmConfig:
    plain: dict[str, object] = {"provider": provider, "model": "m", "price": Price(input=1e5, output=2e5)}
    return LlmConfig.model_validate({**plain, "sampling": {"max_new_tokens": 5}, **changes})


@asynccontextmanager
async def opened(config: LlmConfig, folder: Path) -> AsyncIterator[Client]:
    provider = connect(config, SECRET)
    try:
        with ReplyStore(folder / "replies.sqlite") as store:
            async with Client(config, provider, store, key=SECRET) as client:
                yield client
    finally:
        await provider.close()


def requests_of(client: Client, *texts: object) -> list[Request]:
    return [client.request([Message(role="user", content=f"row {text}")]) for text in texts]


@pytest.fixture
def addressed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda url: addressed_to(url, monkeypatch.setattr)


def addressed_to(url: str, setattr_: Callable[[object, str, object], None]) -> None:
    setattr_(openai_provider, "ADDRESSES", dict.fromkeys(openai_provider.ADDRESSES, url + "/v1"))
    setattr_(anthropic_provider, "ADDRESS", url)


@pytest.mark.parametrize("provider", SELLERS)
def test_what_a_batch_brought_is_found_by_chat_at_half_the_price(
    provider: str, tmp_path: Path, addressed: Callable[[str], None]
) -> None:
    async def whole() -> None:
        async with opened(config_of(provider), tmp_path) as client:
            asked = requests_of(client, *range(5))
            failed = await ask_in_batches(client, [*asked, asked[0]], pause=0.01)
            assert failed == {}
            assert client.spent == pytest.approx(5 * (10 * 0.1 + 5 * 0.2) / 2)
            for i, request in enumerate(asked):
                reply = await client.ask(request)
                assert reply.text == f"to row {i}", "each reply belongs to its request, in whatever order they come"
                assert reply.dollars == pytest.approx(1.0)
            assert await ask_in_batches(client, asked, pause=0.01) == {}
            assert in_flight(client) == []

    seller = BatchSeller(provider, looks=2)
    with serving(seller) as service:
        addressed(service.url)
        asyncio.run(whole())
    assert [len(batch) for batch in seller.sold] == [5]
    assert seller.singly == 0
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", custom_id) for custom_id, _ in seller.sold[0])
    for file in tmp_path.iterdir():
        assert SECRET.encode() not in file.read_bytes()


@pytest.mark.parametrize("provider", SELLERS)
def test_one_that_fails_is_told_with_its_reason_and_one_more_row_is_a_batch_of_one(
    provider: str, tmp_path: Path, addressed: Callable[[str], None]
) -> None:
    async def whole() -> None:
        async with opened(config_of(provider), tmp_path) as client:
            asked = requests_of(client, 1, "bad", 2)
            failed = await ask_in_batches(client, asked, pause=0.01)
            assert list(failed) == [asked[1].key]
            assert "this one failed" in failed[asked[1].key]
            assert await ask_in_batches(client, requests_of(client, 1, 2, 3), pause=0.01) == {}

    seller = BatchSeller(provider)
    with serving(seller) as service:
        addressed(service.url)
        asyncio.run(whole())
    assert [len(batch) for batch in seller.sold] == [3, 1]


@pytest.mark.parametrize("provider", SELLERS)
def test_a_batch_whose_acceptance_was_lost_is_found_again_and_not_bought_twice(
    provider: str, tmp_path: Path, addressed: Callable[[str], None]
) -> None:
    seller = BatchSeller(provider)

    async def lose() -> None:
        async with opened(config_of(provider), tmp_path) as client:
            with pytest.raises(Passing):
                await submit(client, requests_of(client, 1, 2))
            assert len(in_flight(client)) == 1

    async def go_on() -> None:
        async with opened(config_of(provider), tmp_path) as client:
            asked = requests_of(client, 1, 2)
            assert await submit(client, asked) is None, "what is in flight is not handed in again"
            (name,) = in_flight(client)
            if provider != "openai":  # a batch has no name there: whose it is shows when it has ended
                with pytest.raises(Passing, match="may be ours"):
                    await collect(client, name)
                seller.looked[0] = 1
            collected = None
            while collected is None:
                collected = await collect(client, name)
            assert {reply.text for reply in collected.replies.values()} == {"to row 1", "to row 2"}

    with serving(seller) as service:
        addressed(service.url)
        seller.before_answer = lambda: Answer("", cut=-1)
        asyncio.run(lose())
        asyncio.run(go_on())
    assert len(seller.sold) == 1


@pytest.mark.parametrize("provider", SELLERS)
def test_a_batch_is_found_among_many_that_others_handed_in_since(
    provider: str, tmp_path: Path, addressed: Callable[[str], None]
) -> None:
    seller = BatchSeller(provider)

    async def lose() -> None:
        async with opened(config_of(provider), tmp_path / "ours") as client:
            with pytest.raises(Passing):
                await submit(client, requests_of(client, 1))

    async def others() -> None:
        async with opened(config_of(provider), tmp_path / "others") as client:
            for i in range(6):
                await ask_in_batches(client, requests_of(client, i), pause=0.01)

    async def go_on() -> None:
        async with opened(config_of(provider), tmp_path / "ours") as client:
            assert await ask_in_batches(client, requests_of(client, 1), pause=0.01) == {}

    with serving(seller) as service:
        addressed(service.url)
        seller.before_answer = lambda: Answer("", cut=-1)
        asyncio.run(lose())
        seller.before_answer = lambda: None
        seller.looked[0] = 1
        asyncio.run(others())
        asyncio.run(go_on())
    assert len(seller.sold) == 7


@pytest.mark.parametrize("provider", SELLERS)
def test_a_batch_that_never_reached_the_service_is_handed_in_again_under_its_name(
    provider: str, tmp_path: Path, addressed: Callable[[str], None]
) -> None:
    seller = BatchSeller(provider)
    is_down = True

    async def whole() -> None:
        async with opened(config_of(provider), tmp_path) as client:
            nonlocal is_down
            asked = requests_of(client, 1, 2)
            with pytest.raises(Passing):
                await submit(client, asked)
            is_down = False
            assert await ask_in_batches(client, asked, pause=0.01) == {}

    with serving(lambda call: Answer("", cut=-1) if is_down else seller(call)) as service:
        addressed(service.url)
        asyncio.run(whole())
    assert len(seller.sold) == 1


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is for POSIX")
@pytest.mark.parametrize("moment", ["before it was accepted", "while it was worked on"])
def test_a_kill_loses_no_batch(moment: str, tmp_path: Path, addressed: Callable[[str], None]) -> None:
    """The second process finds the batch in the store, by its id or by its name, and collects it."""
    seller = BatchSeller("openai", looks=10**9)
    if moment == "before it was accepted":
        seller.before_answer = lambda: time.sleep(30)

    async def go_on() -> None:
        async with opened(config_of("openai"), tmp_path) as client:
            assert len(in_flight(client)) == 1
            assert await ask_in_batches(client, requests_of(client, *range(20)), pause=0.01) == {}

    with serving(seller) as service:
        process = subprocess.Popen([sys.executable, __file__, str(tmp_path), service.url])
        try:
            while not seller.sold or (moment == "while it was worked on" and not seller.looked[0]):
                assert process.poll() is None
                time.sleep(0.005)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        seller.looks = 1
        addressed(service.url)
        asyncio.run(go_on())
    assert [len(batch) for batch in seller.sold] == [20]
    assert seller.singly == 0


def test_a_refused_batch_is_forgotten_and_told(tmp_path: Path, addressed: Callable[[str], None]) -> None:
    async def whole() -> None:
        async with opened(config_of("anthropic"), tmp_path) as client:
            with pytest.raises(Refused, match="Add credit") as told:
                await submit(client, requests_of(client, 1))
            assert SECRET not in str(told.value)
            assert in_flight(client) == []

    with serving(lambda call: Answer({"error": {"message": f"{SECRET} is poor"}}, status=402)) as service:
        addressed(service.url)
        asyncio.run(whole())


def test_a_batch_of_which_nothing_came_ends_the_run(tmp_path: Path, addressed: Callable[[str], None]) -> None:
    """Else its requests would be asked one by one, at the full price."""

    async def whole() -> None:
        async with opened(config_of("openrouter"), tmp_path) as client:
            with pytest.raises(RunError, match="none of a batch of 2 requests; the first reason: this one failed"):
                await ask_in_batches(client, requests_of(client, "bad", "bad too"), pause=0.01)

    with serving(BatchSeller("openrouter")) as service:
        addressed(service.url)
        asyncio.run(whole())


def test_a_batch_must_be_within_the_budget_with_all_it_may_cost(
    tmp_path: Path, addressed: Callable[[str], None]
) -> None:
    async def whole() -> None:
        async with opened(config_of("openai", budget=2.3), tmp_path) as client:
            await submit(client, requests_of(client, 1, 2))  # 2 tokens in and at most 5 out: 60 cents each
            with pytest.raises(RunError, match=r"4 requests in batches may cost \$2\.40"):
                await submit(client, requests_of(client, 3, 4))

    seller = BatchSeller("openai")
    with serving(seller) as service:
        addressed(service.url)
        asyncio.run(whole())
    assert len(seller.sold) == 1


def test_a_service_without_batches_says_so(tmp_path: Path) -> None:
    async def whole() -> None:
        config = LlmConfig(provider="openai-compatible", model="m", base_url="http://127.0.0.1:9/v1")
        async with opened(config, tmp_path) as client:
            with pytest.raises(RunError, match="sells no batches"):
                await submit(client, requests_of(client, 1))
            assert in_flight(client) == []

    asyncio.run(whole())


if __name__ == "__main__":
    addressed_to(sys.argv[2], setattr)

    async def ask() -> None:
        async with opened(config_of("openai"), Path(sys.argv[1])) as client:
            await ask_in_batches(client, requests_of(client, *range(20)), pause=0.01)

    asyncio.run(ask())
