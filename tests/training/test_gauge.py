"""A step's time, tokens and memory; and what running out of memory is told as."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from bardsmith.errors import RunError
from bardsmith.models.rendering import Row
from bardsmith.progress import Progress, Silent
from bardsmith.standing import read_rows
from bardsmith.training.config import RunSettings
from bardsmith.training.gauge import Gauge, memory_explained, tokens_of_steps


def test_the_pace_of_a_run_that_goes_on_after_its_fourth_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("bardsmith.training.gauge.time", SimpleNamespace(monotonic=lambda: now[0]))
    (tmp_path / "pace.jsonl").write_text('{"step": 4, "st')  # a kill cut it short
    gauge, state = Gauge(tmp_path, Silent()), SimpleNamespace(global_step=4, max_steps=6)
    gauge.tokens = [10, 20, 30, 40, 50, 60]
    gauge.on_train_begin(None, state, None)
    for step in (5, 6):
        gauge.on_step_begin(None, state, None)
        now[0] += 2
        state.global_step = step
        gauge.on_step_end(None, state, None)
        now[0] += 5  # an evaluation
    rows = read_rows(tmp_path / "pace.jsonl")
    assert [(row["step"], row["steps"], row["since"], row["tokens"]) for row in rows] == [(5, 6, 4, 50), (6, 6, 4, 60)]
    assert [(row["seconds"], row["elapsed"]) for row in rows] == [(2, 2), (2, 9)]
    assert rows[0]["memory"] > 2**20


def test_tokens_of_a_step_are_those_of_all_its_batches() -> None:
    rows = [Row("a", [0] * length, [0] * length) for length in (1, 10, 100, 1000)]
    assert tokens_of_steps([(0, 1), (2,), (3, 0)], rows, RunSettings(accumulation=2)) == [111, 1001]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "run a ran out of GPU memory"),
        (MemoryError(), "run a ran out of memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "run a ran out of memory"),
    ],
)
def test_no_memory_is_told_with_what_to_lower(error: Exception, words: str) -> None:
    def work(request: dict[str, Any], progress: Progress) -> None:
        raise error

    with pytest.raises(RunError, match=words) as told:
        memory_explained(work)({"run": {"name": "a"}}, Silent())
    assert told.value.remedy is not None
    assert "max_length" in told.value.remedy


def test_other_errors_stay_what_they_are() -> None:
    def work(request: dict[str, Any], progress: Progress) -> None:
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        memory_explained(work)({"run": {"name": "a"}}, Silent())
