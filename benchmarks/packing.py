"""How much faster a sampling step is with packed weights: python benchmarks/packing.py (needs the embedded model)."""

from __future__ import annotations

import statistics
import time
from contextlib import nullcontext

import torch

from bardsmith.models.config import ModelConfig
from bardsmith.models.load import load_base
from bardsmith.models.packed import packed
from bardsmith.progress import Silent

ROUNDS = 5
STEPS = 6


def main() -> None:
    """Prints the median milliseconds of a step, plain and packed side by side, for several batch sizes."""
    model = load_base(ModelConfig(dtype="float32", device="cpu"), Silent())
    print(f"{torch.get_num_threads()} threads; milliseconds a step, median (least..most) of {ROUNDS} rounds")
    for rows in (8, 16, 32, 64):
        seconds: dict[str, list[float]] = {"plain": [], "packed": []}
        for _ in range(ROUNDS):
            for name in seconds:
                with packed(model) if name == "packed" else nullcontext():
                    seconds[name].append(_step(model, rows))
        print(f"{rows:3d} rows", *(f"{name} {_shown(values)}" for name, values in seconds.items()), sep="   ")


@torch.inference_mode()
def _step(model: torch.nn.Module, rows: int) -> float:
    ids = torch.randint(3, 40_000, (rows, 40))
    cache = model(input_ids=ids, use_cache=True, logits_to_keep=1).past_key_values
    started = time.perf_counter()
    for _ in range(STEPS):
        cache = model(input_ids=ids[:, :1], past_key_values=cache, use_cache=True).past_key_values
    return (time.perf_counter() - started) / STEPS


def _shown(values: list[float]) -> str:
    low, middle, high = (1000 * value for value in (min(values), statistics.median(values), max(values)))
    return f"{middle:.0f} ({low:.0f}..{high:.0f})"


if __name__ == "__main__":
    main()
