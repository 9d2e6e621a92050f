"""Live: adapters switched on one loaded base, each answering as it does alone; stopped, crashed, and light."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from bardsmith.arena.live import Live
from bardsmith.errors import RunError
from bardsmith.models.config import ModelConfig
from bardsmith.models.generate import Ask, Streaming, draw
from bardsmith.models.load import load_contestant, load_tokenizer
from bardsmith.models.rendering import render_prompt
from bardsmith.models.switching import Switchable
from bardsmith.progress import Silent
from bardsmith.records import Message, Sampling, seed_of
from whole_study import Finished

TINY = ModelConfig(base="random:tiny", dtype="float32")
SAMPLING = Sampling(temperature=1.3, max_new_tokens=20)


@pytest.fixture(scope="module")
def adapters(finished: Finished) -> dict[str, Path | None]:
    return {"base": None, **{run: finished.folder.run(run) / "adapter" for run in ("lora", "dora")}}


@pytest.fixture
def live(adapters: dict[str, Path | None], tmp_path: Path) -> Live:
    request = {
        "model": TINY.model_dump(mode="json"),
        "adapters": {name: str(path) if path else None for name, path in adapters.items()},
        "sampling": SAMPLING.model_dump(mode="json"),
        "system": None,
    }
    return Live(list(adapters), request, tmp_path / "live.log")


def asked(question: str) -> Ask:
    tokens = render_prompt(load_tokenizer(TINY, Silent()), [Message(role="user", content=question)])
    return Ask(tuple(tokens), SAMPLING, seed_of(7, "live"))


async def heard(live: Live, question: str, contestants: list[str]) -> dict[str, str]:
    texts = dict.fromkeys(contestants, "")
    async for event in live.ask(question, contestants, 7):
        texts[event["contestant"]] += event.get("text", "")
    return texts


def within(live: Live, conversation: Coroutine[Any, Any, Any]) -> Any:
    async def whole() -> Any:
        try:
            return await asyncio.wait_for(conversation, 120)
        finally:
            await live.close()

    return asyncio.run(whole())


def test_switched_adapters_answer_as_they_do_alone(adapters: dict[str, Path | None]) -> None:
    """Token by token in turn, which is how they are shown; merged and alone, which is how the arena asks them."""
    tokenizer, switchable = load_tokenizer(TINY, Silent()), Switchable(TINY, adapters, Silent())
    writing = {name: Streaming(switchable.model, tokenizer, asked("why?")) for name in adapters}
    texts = dict.fromkeys(adapters, "")
    while any(answer.finish is None for answer in writing.values()):
        for name, answer in writing.items():
            if answer.finish is None:
                switchable.use(name)
                texts[name] += answer.next_piece()
    for name, adapter in adapters.items():
        [alone] = draw(load_contestant(TINY, adapter, Silent()), tokenizer, [asked("why?")])
        assert (texts[name].strip(), writing[name].finish) == (alone.text, alone.finish)
    assert len(set(texts.values())) == 3


def test_questions_do_not_speak_into_one_another(live: Live) -> None:
    """Not one that was answered, nor one that was called off."""

    async def conversation() -> list[dict[str, str]]:
        first = [await heard(live, question, ["dora", "base"]) for question in ("why?", "why not?")]
        async with aclosing(live.ask("why not?", ["lora", "base"], 7)) as events:  # type: ignore[type-var]
            async for _ in events:
                break
        return [*first, await heard(live, "why?", ["dora", "base"])]

    first, other, again = within(live, conversation())
    assert first == again != other
    assert all(first.values())


def test_a_worker_that_dies_is_told_and_started_again(live: Live) -> None:
    async def conversation() -> dict[str, str]:
        await heard(live, "why?", ["base"])
        assert live._process is not None
        live._process.kill()
        with pytest.raises(RunError, match=r"live\.log"):
            async for _ in live.ask("why?", ["base"], 7):
                pass
        return await heard(live, "why?", ["base"])

    assert within(live, conversation())["base"]


def test_a_model_that_cannot_be_loaded_is_told_in_words(live: Live) -> None:
    live._request["model"]["base"] = "random:unknown"
    events: list[dict[str, Any]] = []

    async def listen() -> None:
        async for event in live.ask("why?", ["base"], 7):
            events.append(event)

    with pytest.raises(RunError, match="exit code 2"):
        within(live, listen())
    assert ["random:unknown" in event["error"] for event in events] == [True]
