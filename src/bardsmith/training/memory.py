"""What a run keeps on the GPU: which layers are recomputed, and where the embedding's table lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import TrainerCallback

from bardsmith.progress import Progress
from bardsmith.training.fused import FusedLayer, fused_layers

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SPARE_BYTES = 2 * 2**30
"""Left free for what is not counted here: the loss, one layer's gradients, the allocator's gaps."""


def checkpointed_layers(free: int, kept: int, layers: int) -> int:
    """How many of `layers` must be recomputed so that those which are not, `kept` bytes each, fit in `free` bytes."""
    return min(layers, max(0, layers - max(free, 0) // kept))


class Checkpointing(TrainerCallback):  # type: ignore[misc]
    """Takes gradient checkpointing of fused layers out of transformers' hands: only as many as memory demands."""

    def __init__(self, name: str, tokens: int, progress: Progress) -> None:
        """`tokens` of the largest micro-batch."""
        self.name, self.tokens, self.progress = name, tokens, progress

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any, **kwargs: Any) -> None:
        fused = fused_layers(model)
        if not fused or not args.gradient_checkpointing:
            return
        count = len(fused)
        if fused[0].device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(fused[0].device)
            free += torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
            trained = sum(p.numel() * p.element_size() for p in model.parameters() if p.requires_grad)
            free -= SPARE_BYTES + 3 * trained  # gradients and two moments
            count = checkpointed_layers(free, fused[0].kept_bytes(self.tokens), len(fused))
        recompute_first(fused, count)
        self.progress.say(f"{self.name}: {count} of {len(fused)} adapted layers are recomputed in the backward pass")


def recompute_first(fused: Sequence[FusedLayer], count: int) -> None:
    """Recomputes the first `count` layers; the others' activations are gone by the time theirs are made anew."""
    for number, layer in enumerate(fused):
        layer.layer.gradient_checkpointing = False  # transformers' own would repeat ours
        layer.recompute = number < count


class HostEmbedding(torch.nn.Module):
    """An embedding whose table stays in the host's memory; only the rows that a batch asks for are sent over.

    The table is no parameter, so that moving the model leaves it where it is.
    """

    def __init__(self, embedding: torch.nn.Embedding, device: torch.device) -> None:
        super().__init__()
        self.weight = embedding.weight.detach().to("cpu")
        self.num_embeddings, self.embedding_dim = embedding.num_embeddings, embedding.embedding_dim
        self.device = device

    def forward(self, ids: Tensor) -> Tensor:
        rows = torch.nn.functional.embedding(ids.to("cpu"), self.weight)
        return rows.to(self.device, non_blocking=True)


def keep_embedding_on_host(model: PreTrainedModel) -> None:
    """Moves the input embedding's table off the GPU, unless the output head shares it or it is there already."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    if not isinstance(embedding, torch.nn.Embedding) or (head is not None and head.weight is embedding.weight):
        return
    model.set_input_embeddings(HostEmbedding(embedding, embedding.weight.device))
