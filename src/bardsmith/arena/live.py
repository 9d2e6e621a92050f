"""The live contestants, seen from the page: a worker process with the model, asked one question at a time."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bardsmith.errors import RunError

LONGEST_LINE = 1 << 20
"""Bytes of one event at most."""


class Live:
    """Starts its worker with the first question; the web process itself never loads a model."""

    def __init__(self, contestants: Sequence[str], request: Mapping[str, Any], log: Path) -> None:
        """`request` is what `live_worker` reads first; what the worker prints goes to `log`."""
        self.contestants = tuple(contestants)
        self._request, self._log = request, log
        self._process: Process | None = None
        self._questions = 0
        self._turn = asyncio.Lock()

    async def ask(self, question: str, contestants: Sequence[str], seed: int) -> AsyncIterator[dict[str, Any]]:
        """Events as the worker sends them: `contestant` with a piece of `text`, or with its `finish`; `say`, `error`.

        If the caller stops listening, the worker stops writing. Raises RunError if the worker has died.
        """
        async with self._turn:
            process = await self._started()
            self._questions += 1
            number = self._questions
            await self._send(ask=number, question=question, contestants=list(contestants), seed=seed)
            try:
                async for event in self._events(process):
                    if event.pop("of", number) != number:
                        continue  # what was under way when an earlier question was called off
                    if event.get("done"):
                        return
                    yield event
            finally:
                with suppress(ConnectionError):
                    await self._send(stop=number)

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _started(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bardsmith.arena.live_worker"),
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=log,
                    limit=LONGEST_LINE,
                    env={**os.environ, "PYTHONUTF8": "1", "TOKENIZERS_PARALLELISM": "false"},
                )
            await self._send(**self._request)
        return self._process

    async def _send(self, **order: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write((json.dumps(order) + "\n").encode())
        await self._process.stdin.drain()

    async def _events(self, process: Process) -> AsyncIterator[dict[str, Any]]:
        assert process.stdout is not None
        async for line in process.stdout:
            yield json.loads(line)
        code = await process.wait()
        raise RunError(f"the live model's process ended with exit code {code}", f"The end of {self._log} says more.")
