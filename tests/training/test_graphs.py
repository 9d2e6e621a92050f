"""Layers recorded as CUDA graphs, against the same layers run kernel by kernel; the rest of it on a processor, too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from reference import DEVICES, distance, small_llama, with_adapter

from bardsmith.models.rendering import IGNORED, Row
from bardsmith.training.batches import packed
from bardsmith.training.config import RunSettings
from bardsmith.training.dora import take_over
from bardsmith.training.fused import fuse, fused_layers
from bardsmith.training.graphs import WARM_UP, Graphs, Recording, Replay
from bardsmith.training.memory import recompute_first

TOKENS = 96


def micro_batch(number: int, width: int = TOKENS) -> dict[str, torch.Tensor]:
    """A packed row whose borders lie elsewhere in each."""
    generator = torch.Generator().manual_seed(number)
    ids = torch.randint(3, 512, (TOKENS,), generator=generator).tolist()
    border = 20 + 7 * (number % 5)
    rows = [
        Row(name, ids[part], ids[part]) for name, part in (("a", slice(0, border)), ("b", slice(border, TOKENS - 9)))
    ]
    return packed(rows, pad=2, width=width)


def trained(
    method: str, recompute: int, recorded: bool, dtype: torch.dtype, accumulation: int
) -> tuple[list[float], dict[str, Any], Any]:
    """Losses and adapter of six steps; between them a micro-batch of another shape, and an evaluation."""
    model = with_adapter(small_llama("cuda", dtype), method).train()
    fuse(model, take_over(model))
    layers = fused_layers(model)
    recompute_first(layers, recompute)
    if recorded:
        Graphs(layers)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-2)
    losses = []
    for step in range(6):
        for number in range(accumulation):
            batch = {name: tensor.cuda() for name, tensor in micro_batch(accumulation * step + number).items()}
            loss = model(**batch).loss
            loss.backward()
            losses.append(float(loss))
        if step == 3:
            odd = {name: tensor.cuda() for name, tensor in micro_batch(99, TOKENS + 5).items()}
            model(**odd).loss.backward()
            model.eval()
            with torch.no_grad():
                losses.append(float(model(**odd).loss))
            model.train()
        optimizer.step()
        optimizer.zero_grad()
    state = {name: tensor for name, tensor in model.state_dict().items() if "lora_" in name}
    return losses, state, layers


@pytest.mark.skipif("cuda" not in DEVICES, reason="CUDA graphs need CUDA")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("recompute", [0, 1, 2])
@pytest.mark.parametrize("accumulation", [1, 2])
@pytest.mark.parametrize("method", ["lora", "dora"])
def test_recorded_layers_train_as_the_others_do(
    method: str, accumulation: int, recompute: int, dtype: torch.dtype
) -> None:
    losses, state, _ = trained(method, recompute, False, dtype, accumulation)
    again, same, layers = trained(method, recompute, True, dtype, accumulation)
    graphs = layers[0].passes_of.__self__
    assert graphs.begun > WARM_UP
    assert all(isinstance(graphs.replays[layer], Replay) for layer in layers)
    assert torch.allclose(torch.tensor(again), torch.tensor(losses), rtol=1e-4)
    assert len(set(again)) == len(again)  # a recording that read the same micro-batch for ever would repeat itself
    assert max(distance(same[name], state[name]) for name in state) < (1e-4 if dtype == torch.float32 else 1e-2)


def test_without_a_card_it_says_that_it_does_nothing() -> None:
    model = with_adapter(small_llama("cpu", torch.float32), "lora")
    told: list[str] = []
    recording = Recording("run a", SimpleNamespace(say=told.append))
    recording.on_train_begin(None, None, None, model)
    assert told == ["run a: cuda_graphs changes nothing here, for no layer is fused"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "packing: true"),
        ({"packing": True, "adapter_backend": "peft"}, "no other backend"),
        ({"packing": True, "dropout": 0.1}, "no dropout"),
    ],
)
def test_settings_that_it_cannot_serve_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RunSettings(cuda_graphs=True, **settings)
    assert RunSettings(cuda_graphs=True, packing=True).cuda_graphs


def test_a_packed_row_is_filled_up_to_its_width() -> None:
    rows = [Row("a", [5, 6], [IGNORED, 6]), Row("b", [7, 8, 9], [IGNORED, 8, 9])]
    batch = packed(rows, pad=2, width=8)
    assert batch["input_ids"].tolist() == [[5, 6, 7, 8, 9, 2, 2, 2]]
    assert batch["labels"].tolist() == [[IGNORED, 6, IGNORED, 8, 9, IGNORED, IGNORED, IGNORED]]
    assert batch["position_ids"].tolist() == [[0, 1, 0, 1, 2, 0, 1, 2]]
    assert packed(rows, pad=2, width=5)["input_ids"].shape == (1, 5)
