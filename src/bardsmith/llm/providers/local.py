"""A model of the models room as a provider: no key, no server. Calls that come together are drawn in one batch."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bardsmith.errors import InputError
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Reply, Request, Usage
from bardsmith.progress import Silent
from bardsmith.records import seed_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from bardsmith.models.config import ModelConfig

SECONDS_TO_GATHER = 0.005
"""How long the first call of a batch waits for others."""


class Local:
    """Loads the model with the first call. The replies are the same whichever calls share a batch, up to rounding."""

    def __init__(self, config: LlmConfig) -> None:
        """`extra` may hold the other fields of `model:`, such as dtype and quantization."""
        self._model = _model_config(config)
        self._loaded: tuple[PreTrainedModel, PreTrainedTokenizerBase] | None = None
        self._thread = ThreadPoolExecutor(1, "local model")
        self._waiting: list[tuple[Request, int]] = []
        """Requests with their seeds."""
        self._drawn: Counter[str] = Counter()
        self._replies: dict[str, asyncio.Future[Reply]] = {}
        self._worker: asyncio.Task[None] | None = None

    async def send(self, request: Request) -> Reply:
        """An attempt that was given up for its time goes on being drawn: the next attempt gets its reply."""
        key = request.key
        if key not in self._replies:
            self._replies[key] = asyncio.get_running_loop().create_future()
            # Asked anew after an empty reply, a request must not get the same one again.
            again = (self._drawn[key],) if self._drawn[key] else ()
            self._waiting.append((request, seed_of(key, *again)))
            self._drawn[key] += 1
            if self._worker is None:
                self._worker = asyncio.create_task(self._work())
        reply = await asyncio.shield(self._replies[key])
        self._replies.pop(key, None)
        return reply

    async def close(self) -> None:
        self._waiting.clear()
        if self._worker is not None:
            await self._worker
        self._thread.shutdown()
        self._loaded = None

    async def _work(self) -> None:
        """Draws batch after batch until nobody waits."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(SECONDS_TO_GATHER)
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                replies = await loop.run_in_executor(self._thread, self._draw, batch)
            except Exception as error:
                for request, _ in batch:
                    self._replies.pop(request.key).set_exception(error)
                continue
            for (request, _), reply in zip(batch, replies, strict=True):
                self._replies[request.key].set_result(reply)
            await asyncio.sleep(SECONDS_TO_GATHER)
        self._worker = None

    def _draw(self, batch: Sequence[tuple[Request, int]]) -> list[Reply]:
        from transformers.utils.logging import disable_progress_bar

        from bardsmith.models.generate import Ask, draw
        from bardsmith.models.load import load_base, load_tokenizer
        from bardsmith.models.rendering import render_prompt

        if self._loaded is None:
            disable_progress_bar()  # the terminal is the caller's
            self._loaded = load_base(self._model, Silent()), load_tokenizer(self._model, Silent())
        model, tokenizer = self._loaded
        started = time.monotonic()
        asks = [
            Ask(tuple(render_prompt(tokenizer, request.messages)), request.sampling, seed) for request, seed in batch
        ]
        drawn = draw(model, tokenizer, asks)
        seconds = time.monotonic() - started
        return [
            Reply(
                text=answer.text,
                finish=answer.finish,
                usage=Usage(input=len(ask.ids), output=answer.tokens),
                model=self._model.base,
                dollars=0,
                seconds=seconds,
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                raw={"text": answer.text, "finish": answer.finish, "seed": ask.seed},
            )
            for ask, answer in zip(asks, drawn, strict=True)
        ]


def _model_config(config: LlmConfig) -> ModelConfig:
    from bardsmith.models.config import ModelConfig

    try:
        return ModelConfig.model_validate({"base": config.model, **config.extra})
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"provider local: `extra` has {'.'.join(map(str, first['loc']))}: {first['msg']}",
            f"It may have what `model:` may have: {', '.join(ModelConfig.model_fields)}.",
        ) from None
