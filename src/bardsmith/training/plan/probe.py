"""Some seconds of a real run on its longest rows, in a process of its own: what a step takes here and now."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from bardsmith.models.config import ModelConfig
from bardsmith.models.load import load_base, load_tokenizer
from bardsmith.outputs import read_records, write_json
from bardsmith.progress import Progress
from bardsmith.records import Conversation
from bardsmith.training.adapters import add_adapter
from bardsmith.training.batches import batches
from bardsmith.training.config import RunConfig
from bardsmith.training.plan.cards import GIB
from bardsmith.training.rows import rows_of
from bardsmith.training.trainer import build_trainer
from bardsmith.workers import serve

MOST_STEPS = 1000
LEAST_STEPS = 3
"""Of which the first, in which libraries warm up, does not count."""


class Stopwatch(TrainerCallback):  # type: ignore[misc]
    """Notes when each step ended, and ends the run once its time is up."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends: list[float] = []

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.ends.append(time.monotonic())
        if len(self.ends) >= LEAST_STEPS and self.ends[-1] - self.ends[0] >= self.seconds:
            control.should_training_stop = True


def probe(request: dict[str, Any], progress: Progress) -> None:
    """Writes probe.json: see `plan.main.probe`."""
    run = RunConfig.model_validate(request["run"])
    model_config = ModelConfig.model_validate(request["model"])
    folder, seed = Path(request["folder"]), int(request["seed"])
    tokenizer = load_tokenizer(model_config, progress)
    rows = rows_of(tokenizer, read_records(Path(request["train"]), Conversation), (), run, seed).train
    longest = sorted(rows, key=lambda row: -len(row.input_ids))
    lengths = [len(row.input_ids) for row in longest]
    of_a_step = max(1, sum(len(batch) for batch in batches(lengths, run, seed)[: run.accumulation]))
    longest, lengths = longest[:of_a_step], lengths[:of_a_step]
    endless = {"epochs": None, "samples": MOST_STEPS * of_a_step, "max_steps": MOST_STEPS, "evaluate_every": MOST_STEPS}
    run = run.model_copy(update=endless)
    model = add_adapter(load_base(model_config, progress), run, seed)
    watch = Stopwatch(float(request["seconds"]))
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()  # loading a base into NF4 takes more than training it
    build_trainer(model, tokenizer, run, longest, folder / "checkpoints", seed, [watch]).train()
    steps = len(watch.ends) - 1
    measured = {
        "seconds": (watch.ends[-1] - watch.ends[0]) / steps,
        "steps": steps,
        "rows": len(longest),
        "longest": lengths[0],
    }
    if torch.cuda.is_available():
        measured["gib"] = torch.cuda.max_memory_allocated() / GIB
        measured["reserved_gib"] = torch.cuda.max_memory_reserved() / GIB
    else:
        measured["gib"] = _most_resident() / GIB
    write_json(folder / "probe.json", measured)


def _most_resident() -> int:
    """Bytes that this process had in memory at its highest point."""
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    serve(probe)
