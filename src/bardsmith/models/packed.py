"""Faster float32 sampling on a CPU: linear layers through oneDNN, their weights packed once.

PyTorch gives float32 matrices to MKL, which at the few rows of a sampling batch is slower than oneDNN with packed
weights (benchmarks/packing.py measures it). The operators are those that torch.compile uses; where they are missing,
or the model is of another type or on another device, everything goes on as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

ROWS = 32
"""The number of rows that the packing is laid out for; any other works, too."""


@contextmanager
def packed(model: PreTrainedModel | PeftModel) -> Iterator[None]:
    """Inside, linear layers compute with packed copies of their weights: without gradients, at twice the memory.

    The weights must not change meanwhile.
    """
    layers = [layer for layer in model.modules() if type(layer) is torch.nn.Linear] if _can_pack(model) else []
    try:
        for layer in layers:
            layer.forward = _packed_forward(layer)  # type: ignore[method-assign,assignment]
        yield
    finally:
        for layer in layers:
            layer.__dict__.pop("forward", None)


def _can_pack(model: PreTrainedModel | PeftModel) -> bool:
    weight = model.get_output_embeddings().weight
    return (
        hasattr(torch.ops.mkldnn, "_linear_pointwise") and weight.device.type == "cpu" and weight.dtype == torch.float32
    )


def _packed_forward(layer: torch.nn.Linear) -> Callable[[torch.Tensor], torch.Tensor]:
    weight = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), ROWS)

    def forward(x: torch.Tensor) -> torch.Tensor:
        return torch.ops.mkldnn._linear_pointwise(x, weight, layer.bias, "none", [], "")  # type: ignore[no-any-return]

    return forward
