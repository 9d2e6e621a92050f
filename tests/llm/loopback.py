"""What the tests of the services share: every service's address on loopback, and a client that speaks with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from fake_server import Answer, Script, Service, completion, message, serving

from bardsmith.llm.client import Client
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.connect import connect
from bardsmith.llm.exchange import Reply, Settings
from bardsmith.llm.providers import anthropic, openai
from bardsmith.llm.store import ReplyStore
from bardsmith.records import Message

SECRET = "sk-very-secret-0123456789"


@contextmanager
def services(script: Script, at_once: int | None = None) -> Iterator[Service]:
    """A server that stands for all services: their addresses lead to it."""
    with serving(script, at_once) as service, pytest.MonkeyPatch.context() as patch:
        patch.setattr(openai, "ADDRESSES", dict.fromkeys(openai.ADDRESSES, service.url + "/v1"))
        patch.setattr(anthropic, "ADDRESS", service.url)
        yield service


def asked(text: str | int) -> tuple[Message, ...]:
    return (Message(role="user", content=f"say {text}"),)


def config_of(provider: str, service: Service, **changes: object) -> LlmConfig:
    own = {"base_url": service.url + "/v1"} if provider == "openai-compatible" else {}
    plain: dict[str, object] = {"provider": provider, "model": "m", "attempts": 3, "timeout": 5}
    return LlmConfig.model_validate({**plain, **own, **changes})


@asynccontextmanager
async def opened(config: LlmConfig, folder: Path) -> AsyncIterator[Client]:
    provider = connect(config, SECRET)
    try:
        with ReplyStore(folder / "replies.sqlite") as store:
            async with Client(config, provider, store, key=SECRET, first_pause=0.01) as client:
                yield client
    finally:
        await provider.close()


def well(text: str = "well") -> Script:
    return lambda call: Answer(message(text) if call.path == "/v1/messages" else completion(text))


async def chat(client: Client, text: str | int = "x", settings: Settings | None = None) -> Reply:
    return await client.chat(asked(text), settings)


def one_chat(config: LlmConfig, folder: Path, settings: Settings | None = None) -> Reply:
    async def whole() -> Reply:
        async with opened(config, folder) as client:
            return await chat(client, settings=settings)

    return asyncio.run(whole())


async def all_of(client: Client, number: int) -> list[Reply | BaseException]:
    return await asyncio.gather(*(chat(client, i) for i in range(number)), return_exceptions=True)
