"""Cross-entropy of the learned tokens: to train on, and to watch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from bardsmith.models.rendering import IGNORED, Row
from bardsmith.training.batches import filled, padded

WATCHED_TOKENS = 2048
"""Tokens read at once for the validation loss, so that the logits of a large vocabulary stay below a gigabyte."""


def summed_loss(model: Any, head: torch.nn.Module, inputs: dict[str, torch.Tensor]) -> tuple[torch.Tensor, int]:
    """Summed cross-entropy of a batch's learned tokens, and their number; `head` computes no logits but theirs."""
    labels = inputs["labels"][:, 1:]
    learned = labels != IGNORED

    def learned_only(_head: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return args[0][:, :-1][learned][None]

    hook = head.register_forward_pre_hook(learned_only)
    try:
        read = {name: tensor for name, tensor in inputs.items() if name != "labels"}
        logits = model(**read, use_cache=False).logits
    finally:
        hook.remove()
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
