"""LoRA beside DoRA on a processor, with the embedded study's model, adapter and batches: `adapters.py --cpu`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from bardsmith.models.config import ModelConfig
from bardsmith.models.load import load_base
from bardsmith.models.rendering import IGNORED, Row
from bardsmith.progress import Silent
from bardsmith.training.adapters import add_adapter
from bardsmith.training.batches import padded
from bardsmith.training.config import RunConfig
from bardsmith.training.loss import summed_loss

ROUNDS = 15
WARM_UP = 3
ROWS, LENGTH, ANSWER = 4, 64, 40
"""What a batch of the embedded study is like: rows of at most 72 tokens, mostly answer."""


def main() -> None:
    """Prints the median milliseconds of a step, by method and backend, their spread, and DoRA's share of LoRA's."""
    steps = {
        f"{backend} {method}": _step_of(method, backend)
        for backend in ("bardsmith", "peft")
        for method in ("lora", "dora")
    }
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(WARM_UP + ROUNDS):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            if number >= WARM_UP:
                seconds[name].append(time.perf_counter() - started)
    print(f"{torch.get_num_threads()} threads; milliseconds a step of {ROWS} x {LENGTH} tokens, median (least..most)")
    for name, values in seconds.items():
        low, middle, high = (1000 * value for value in (min(values), statistics.median(values), max(values)))
        print(f"{name:16s}{middle:7.0f} ({low:.0f}..{high:.0f})   {ROWS * LENGTH / middle * 1000:6.0f} tokens/s")
    for backend in ("bardsmith", "peft"):
        pairs = zip(seconds[f"{backend} dora"], seconds[f"{backend} lora"], strict=True)
        ratio = statistics.median(dora / lora for dora, lora in pairs)
        print(f"{backend}: a DoRA step takes {ratio:.2f} of the LoRA step beside it (median of {ROUNDS})")


def _step_of(method: Any, backend: Any) -> Callable[[], None]:
    run = RunConfig(name="cpu", method=method, adapter_backend=backend, rank=16, alpha=32, last_layers=22)
    model = add_adapter(load_base(ModelConfig(device="cpu"), Silent()), run, seed=7).train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3, fused=True)
    generator = torch.Generator().manual_seed(1)
    head, mixed = model.get_output_embeddings(), model.get_base_model().dtype == torch.bfloat16

    def step() -> None:
        ids = torch.randint(3, 40_000, (ROWS, LENGTH), generator=generator).tolist()
        labels = [[IGNORED] * (LENGTH - ANSWER) + row[LENGTH - ANSWER :] for row in ids]
        batch = padded([Row(str(i), *pair) for i, pair in enumerate(zip(ids, labels, strict=True))], pad=0)
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            total, learned = summed_loss(model, head, batch)
        (total / learned).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


if __name__ == "__main__":
    main()
