"""Cross-entropy of the learned tokens: to train on, and to watch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from bardsmith.models.rendering import IGNORED, Row
from bardsmith.training.batches import filled, padded
from bardsmith.training.tiled_loss import is_bare, tiled_cross_entropy

WATCHED_TOKENS = 2048
"""Tokens read at once for the validation loss, so that the logits of a large vocabulary stay below a gigabyte."""


def summed_loss(model: Any, head: torch.nn.Module, inputs: dict[str, torch.Tensor]) -> tuple[torch.Tensor, int]:
    """Summed cross-entropy of a batch's learned tokens, and their number; `head` computes no logits but theirs.

    On a GPU not even those, as far as the model's logits are what its head computes: see tiled_loss.
    """
    labels = inputs["labels"][:, 1:]
    learned = labels != IGNORED
    tiled = model.device.type == "cuda" and is_bare(model, head)
    hidden: list[torch.Tensor] = []

    def learned_only(_head: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> torch.Tensor:
        hidden.append(args[0][:, :-1][learned])
        return hidden[0][None, :1] if tiled else hidden[0][None]

    hook = head.register_forward_pre_hook(learned_only)
    try:
        read = {name: tensor for name, tensor in inputs.items() if name != "labels"}
        logits = model(**read, use_cache=False).logits
    finally:
        hook.remove()
    if tiled:
        total = tiled_cross_entropy(hidden[0], head.weight, labels[learned])  # type: ignore[arg-type]
    else:
        total = torch.nn.functional.cross_entropy(logits[0].float(), labels[learned], reduction="sum")
    return total, int(learned.sum())


@torch.no_grad()
def mean_loss(model: Any, rows: Sequence[Row], pad: int) -> float:
    """Mean cross-entropy over all learned tokens of `rows`, in nats; the model is left as it was found."""
    lengths = [len(row.input_ids) for row in rows]
    order = sorted(range(len(rows)), key=lambda row: lengths[row])
    training, head = model.training, model.get_output_embeddings()
    model.eval()
    total, learned = 0.0, 0
    for batch in filled(order, lengths, max(WATCHED_TOKENS, max(lengths))):
        inputs = padded([rows[row] for row in batch], pad)
        loss, tokens = summed_loss(model, head, {name: tensor.to(model.device) for name, tensor in inputs.items()})
        total, learned = total + float(loss), learned + tokens
    model.train(training)
    return total / learned
