"""What memory and time depend on in a base's architecture and a run's adapters: counts, no weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bardsmith.training.config import RunSettings
from bardsmith.training.fused import MODEL_TYPES
from bardsmith.training.targets import adapted, layer_of, layers_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Base:
    """Of a base model; counts are parameters, widths are elements for each token."""

    layers: int
    linear: int
    """In the linear modules of all layers."""
    largest: int
    """In the largest of them."""
    embedding: int
    head: int
    """0 where the head shares the embedding."""
    other: int
    hidden: int
    intermediate: int
    queries: int
    keys: int
    """The width of the keys, and of the values."""
    vocabulary: int
    fusible: bool
    """Of an architecture whose decoder layers are trained as one."""


@dataclass(frozen=True)
class Adapters:
    """Of a run on a base."""

    trainable: int
    magnitudes: int
    """Those of DoRA; the trainable parameters count them, too."""
    smallest: int
    """Trainable parameters in tensors of fewer than 4096 elements, which 8-bit optimisers keep in 32 bits."""
    layers: int
    """From the first adapted layer to the last one: as far as the backward pass must go."""
    inputs: int
    """Summed input widths of the adapted modules of a layer."""
    outputs: int


class Held(NamedTuple):
    """How a base is held in memory."""

    element: int
    """Bytes of a number outside NF4, and of an activation: 2 or 4."""
    nf4: bool


class Load(NamedTuple):
    """Of the largest batch."""

    tokens: int
    """Padding included."""
    learned: int


def base_shape(model: PreTrainedModel) -> Base:
    """Counts a model, which may be on the meta device."""
    from torch import nn

    config, embedding, head = (
        model.config.get_text_config(),
        model.get_input_embeddings(),
        model.get_output_embeddings(),
    )
    linears = [m.weight for m in model.modules() if isinstance(m, nn.Linear) and m is not head]
    shares = head is not None and head.weight is embedding.weight
    counted = sum(weight.numel() for weight in linears)
    own_head = 0 if head is None or shares else head.weight.numel()
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return Base(
        layers=layers_of(model),
        linear=counted,
        largest=max(weight.numel() for weight in linears),
        embedding=embedding.weight.numel(),
        head=own_head,
        other=sum(p.numel() for p in model.parameters()) - counted - own_head - embedding.weight.numel(),
        hidden=config.hidden_size,
        intermediate=config.intermediate_size,
        queries=width * config.num_attention_heads,
        keys=width * (getattr(config, "num_key_value_heads", None) or config.num_attention_heads),
        vocabulary=config.vocab_size,
        fusible=model.config.model_type in MODEL_TYPES,
    )


def adapters_shape(model: PreTrainedModel, run: RunSettings) -> Adapters:
    """Counts what a run trains on a model, which may be on the meta device."""
    modules = adapted(model, run)
    factors = [run.rank * side for m in modules.values() for side in (m.in_features, m.out_features)]
    magnitudes = [m.out_features for m in modules.values()] if run.is_dora else []
    numbers = {layer_of(name) for name in modules}
    first = min(numbers, default=0)
    one_layer = [m for name, m in modules.items() if layer_of(name) == first]
    return Adapters(
        trainable=sum(factors) + sum(magnitudes),
        magnitudes=sum(magnitudes),
        smallest=sum(count for count in (*factors, *magnitudes) if count < 4096),
        layers=layers_of(model) - max(first, 0),
        inputs=sum(m.in_features for m in one_layer),
        outputs=sum(m.out_features for m in one_layer),
    )
