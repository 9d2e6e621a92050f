"""Measures a run while it is trained: seconds, tokens and memory of every step, and what running out of it means."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import TrainerCallback

from bardsmith.errors import RunError
from bardsmith.models.rendering import Row
from bardsmith.outputs import finished_records, line_of
from bardsmith.progress import Progress
from bardsmith.standing import Pace
from bardsmith.training.config import RunSettings
from bardsmith.training.spill import SpillWatch

Work = Callable[[dict[str, Any], Progress], None]


class Gauge(TrainerCallback):  # type: ignore[misc]
    """Appends to `pace.jsonl`, apart from the metrics: times differ from one machine to the next, results must not."""

    def __init__(self, folder: Path, tokens: Sequence[int], progress: Progress) -> None:
        """`tokens`: read in each step, the first one's first."""
        self.path, self.tokens, self.progress, self.watch = folder / "pace.jsonl", tokens, progress, SpillWatch()
        self.since = self.memory = 0
        self.began = self.step_began = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        finished_records(self.path, Pace)  # a line that a kill cut short goes
        self.since, self.began = state.global_step, time.monotonic()

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.step_began = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        now = time.monotonic()
        self.memory = max(self.memory, _memory())
        pace = Pace(
            step=state.global_step,
            steps=state.max_steps,
            since=self.since,
            elapsed=round(now - self.began, 3),
            seconds=round(now - self.step_began, 3),
            tokens=self.tokens[state.global_step - 1],
            memory=self.memory,
        )
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(line_of(pace))
        warning = self.watch(pace.seconds)
        if warning is not None and torch.cuda.is_available():
            self.progress.say(warning)


def tokens_of_steps(plan: Sequence[Sequence[int]], rows: Sequence[Row], run: RunSettings) -> list[int]:
    """Tokens that each optimiser step reads, padding left out; `plan` has the numbers of each batch's rows."""
    tokens = [sum(len(rows[number].input_ids) for number in batch) for batch in plan]
    return [sum(tokens[i : i + run.accumulation]) for i in range(0, len(tokens), run.accumulation)]


def _memory() -> int:
    """Bytes: at the peak on the GPU where there is one, else what the process holds now."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_reserved()
    return int(psutil.Process().memory_info().rss)


def memory_explained(work: Work) -> Work:
    """The same work, but when PyTorch finds no memory, it ends in a RunError that says what to do."""

    @functools.wraps(work)
    def explained(request: dict[str, Any], progress: Progress) -> None:
        try:
            work(request, progress)
        except (MemoryError, RuntimeError) as error:
            on_gpu = isinstance(error, torch.OutOfMemoryError)
            if not (on_gpu or isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error)):
                raise
            raise RunError(
                f"run {request['run']['name']} ran out of {'GPU ' if on_gpu else ''}memory",
                "Lower batch_size or batch_tokens (and raise accumulation), max_length or rank, or set "
                "gradient_checkpointing: true.",
            ) from error

    return explained
