"""The live contestants' process: one base in memory, every adapter on it, answers written side by side.

Reads orders on standard input, a JSON line each: first what to load, then `ask` and `stop`. Writes events on standard
output. When its parent dies the pipe closes, and it ends itself.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from bardsmith.errors import BardsmithError
from bardsmith.models.config import ModelConfig
from bardsmith.models.generate import Ask, Streaming
from bardsmith.models.load import load_tokenizer
from bardsmith.models.packed import packed
from bardsmith.models.rendering import render_prompt
from bardsmith.models.switching import Switchable
from bardsmith.records import Message, Sampling, seed_of
from bardsmith.workers import Events


class Desk:
    """What has been ordered, read in a thread of its own so that `stop` is seen while answers are being written."""

    def __init__(self) -> None:
        self.orders: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.stopped = 0
        """The last question that was called off."""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            order = json.loads(line)
            if "stop" in order:
                self.stopped = order["stop"]
            else:
                self.orders.put(order)
        os._exit(1)


class Stage(Events):
    """Tells the parent what happens."""

    def tell(self, **event: object) -> None:
        self._send(**event)


class Contestants:
    """The model, and what every question is asked with."""

    def __init__(self, request: dict[str, Any], stage: Stage) -> None:
        config = ModelConfig.model_validate(request["model"])
        self.tokenizer = load_tokenizer(config, stage)
        adapters = {name: Path(path) if path else None for name, path in request["adapters"].items()}
        self.model = Switchable(config, adapters, stage)
        self.sampling = Sampling.model_validate(request["sampling"])
        system = request["system"]
        self.opening = [Message(role="system", content=system)] if system else []

    def answer(self, order: dict[str, Any], desk: Desk, stage: Stage) -> None:
        """Every contestant writes a token in its turn, so that all are seen to write at once."""
        number = order["ask"]
        messages = [*self.opening, Message(role="user", content=order["question"])]
        ids = tuple(render_prompt(self.tokenizer, messages))
        writing = {
            name: Streaming(self.model.model, self.tokenizer, Ask(ids, self.sampling, seed_of(order["seed"], "live")))
            for name in order["contestants"]
        }
        while writing and desk.stopped < number:
            for name, answer in list(writing.items()):
                self.model.use(name)
                piece = answer.next_piece()
                if piece:
                    stage.tell(of=number, contestant=name, text=piece)
                if answer.finish:
                    stage.tell(of=number, contestant=name, finish=answer.finish)
                    del writing[name]
        stage.tell(of=number, done=True)


def main() -> None:
    stage, desk = Stage(), Desk()
    try:
        contestants = Contestants(desk.orders.get(), stage)
        with packed(contestants.model.model):
            while True:
                contestants.answer(desk.orders.get(), desk, stage)
    except BardsmithError as error:
        stage.tell(error=str(error))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
