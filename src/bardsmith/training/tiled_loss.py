"""Cross-entropy over a large vocabulary without the logits: the head is applied to a tile of tokens at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from bardsmith.training.kernels.choose import kernels_for

TILE_BYTES = 2**28
LARGE_TILE_BYTES = 2**30
"""The logits of a tile; on a card with memory to spare, fewer and larger products fill it better."""
LARGE_CARD_BYTES = 40 * 2**30


class TiledCrossEntropy(torch.autograd.Function):
    """Sum of the cross-entropies of `labels` [tokens] given hidden states [tokens, width] and a frozen head.

    The head's weight is [vocabulary, width]. The gradient is made in the forward pass, while the tile is there.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, head: Tensor, labels: Tensor, rows: int) -> Tensor:
        kernels = kernels_for(hidden.device)
        grad = torch.empty_like(hidden)
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        for start in range(0, len(labels), rows):
            tile = slice(start, start + rows)
            logits = hidden[tile] @ head.T
            total += kernels.cross_entropy_(logits, labels[tile]).sum()
            if ctx.needs_input_grad[0]:
                torch.mm(logits, head, out=grad[tile])
        ctx.save_for_backward(grad)
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (kept,) = ctx.saved_tensors
        return kept * grad.to(kept.dtype), None, None, None


def tiled_cross_entropy(hidden: Tensor, head: Tensor, labels: Tensor, tile_bytes: int | None = None) -> Tensor:
    """Sum over the tokens, float32; hidden [tokens, width], head [vocabulary, width] without gradient, labels [tokens].

    `tile_bytes` is the size of a tile's logits; without it, the card decides. Raises ValueError if the head is to be
    trained, which this cannot do.
    """
    if head.requires_grad:
        raise ValueError("the output head is trainable, and the tiled loss gives it no gradient")
    size = (LARGE_TILE_BYTES if _is_large(head.device) else TILE_BYTES) if tile_bytes is None else tile_bytes
    rows = max(1, size // (head.shape[0] * head.element_size()))
    with torch.autocast(hidden.device.type, enabled=False):
        total: Tensor = TiledCrossEntropy.apply(  # type: ignore[no-untyped-call]
            hidden.to(head.dtype), head, labels, rows
        )
    return total


def is_bare(model: Any, head: torch.nn.Module) -> bool:
    """Whether a model's logits are its frozen head's product and nothing else: no bias, scale or soft cap."""
    config = model.config.get_text_config()
    changes = ("final_logit_softcapping", "logit_scale", "logits_scaling", "output_multiplier")
    plain = getattr(head, "bias", None) is None and not any(getattr(config, name, None) for name in changes)
    return plain and isinstance(head, torch.nn.Linear) and not head.weight.requires_grad


def _is_large(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.get_device_properties(device).total_memory > LARGE_CARD_BYTES
