"""How much memory a run's training step takes at its highest, part by part."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bardsmith.training.config import RunSettings
from bardsmith.training.loss import WATCHED_TOKENS
from bardsmith.training.memory import SPARE_BYTES, checkpointed_layers
from bardsmith.training.plan.cards import GIB, Card
from bardsmith.training.plan.shape import Adapters, Base, Held, Load
from bardsmith.training.tiled_loss import LARGE_CARD_BYTES, LARGE_TILE_BYTES, TILE_BYTES

NF4_BYTES = 1 / 2 + 1 / 64 + 4 / (64 * 256)
"""A parameter in NF4 with double quantisation: four bits, an 8-bit scale for 64 of them, a 32-bit one for 256 of those
(Dettmers and others 2023, section 3)."""
EIGHT_BIT_BYTES = 2 * (1 + 4 / 256)
"""Both moments of a parameter in bitsandbytes' 8-bit AdamW: a byte each, and a 32-bit scale for blocks of 256."""


@dataclass(frozen=True)
class Coefficients:
    """What an implementation of the step keeps. Change these alone when a measurement says so (benchmarks/plan.py)."""

    norms: float = 8.0
    """Bytes for each unit of hidden width and token of a layer: both RMSNorms keep their input in float32."""
    inputs: float = 1.0
    """Times what the adapted modules read: kept for the gradient of A."""
    attention: float = 2.0
    """Times queries' plus keys' width: queries and result, keys and values are kept for the backward pass."""
    feed_forward: float = 3.0
    """Times the intermediate width: gate, its SiLU, and up are kept."""
    gradients: float = 1.0
    """Times the intermediate width: what a layer's backward pass holds beside all that."""
    composed: float = 1.0
    """Times the adapted modules' outputs, with DoRA: what the magnitude multiplies is kept for its gradient."""
    norm_copy: float = 4.0
    """Bytes a parameter of the largest module, with DoRA: its weight in float32 while the norm is taken."""
    logits_copies: float = 3.0
    """On a processor: the logits of all learned tokens, their log-softmax and its gradient, in float32."""
    context: float = 0.5
    """GiB of CUDA's own, outside what PyTorch counts: 11.99 GiB of a 12 GB card less what programs could get."""
    libraries: float = 0.5
    """GiB of PyTorch, transformers, PEFT and TRL themselves, where they share the memory: 0.46 once imported."""
    slack: float = 0.03
    """Share of what PyTorch counts that its allocator holds besides, in gaps."""


STEP = Coefficients()
"""Of layers that are trained by PEFT, or one by one; the fused layers of a GPU are counted in `_fused_layer`."""

BORDERS = 10
"""Times the rank: the low-rank columns beside what a fused layer keeps."""


@dataclass(frozen=True)
class Memory:
    """Bytes at the highest point of a run.

    Of `layer` and `logits` only the larger stands at one time, and `evaluation` only between two steps, when gradients,
    activations, `layer`, `dora` and `logits` are free.
    """

    weights: int
    embeddings: int
    adapters: int
    gradients: int
    optimizer: int
    activations: int
    """Kept from the forward to the backward pass: with gradient checkpointing only each layer's input."""
    layer: int
    """What one layer's backward pass holds, the layer's own activations included where they are made anew."""
    dora: int
    logits: int
    evaluation: int
    """What the validation loss takes."""
    framework: int
    desktop: int

    @property
    def allocated(self) -> int:
        """What PyTorch's allocator hands out in a step: torch.cuda.max_memory_allocated."""
        return self._kept + self.gradients + self.activations + max(self.layer, self.logits) + self.dora

    @property
    def total(self) -> int:
        return max(self.allocated, self._kept + self.evaluation) + self.framework + self.desktop

    @property
    def _kept(self) -> int:
        """From the first step to the last."""
        return self.weights + self.embeddings + self.adapters + self.optimizer


def step_memory(base: Base, adapters: Adapters, run: RunSettings, held: Held, load: Load, card: Card) -> Memory:
    """The highest point of a step on the largest batch."""
    fused = is_fused(base, run, card)
    factors = adapters.trainable - adapters.magnitudes
    own = 2 if held.nf4 else 4  # TRL keeps LoRA factors in bfloat16 on a quantised base, PEFT in float32 elsewhere
    trained = own * factors + 4 * adapters.magnitudes
    memory = Memory(
        weights=round(base.linear * (NF4_BYTES if held.nf4 else held.element)),
        embeddings=held.element * ((0 if run.host_embedding else base.embedding) + base.head + base.other),
        adapters=trained + (held.element * factors if fused else 0),  # fused layers border the weights with a copy
        gradients=trained,
        optimizer=round(_moments(adapters, run, trained)),
        activations=0,
        layer=0,
        dora=round(_dora(base, adapters, held.nf4, fused)) if run.is_dora else 0,
        logits=round(_logits(base, held.element, load.learned, card, fused)),
        evaluation=round(_evaluation(base, held.element, load, card, fused)),
        framework=0,
        desktop=round(card.desktop * GIB),
    )
    between, working = (_fused_layers if fused else _plain_layers)(base, adapters, run, held, load, card, memory)
    working += load.tokens * held.element * STEP.gradients * base.intermediate
    if held.nf4:
        working += 2 * (_unpacked_together(base) if fused else base.largest)
    memory = replace(memory, activations=round(between), layer=round(working))
    outside = STEP.context if card.is_gpu else STEP.libraries
    return replace(memory, framework=round(outside * GIB + STEP.slack * memory.allocated))


def is_fused(base: Base, run: RunSettings, card: Card) -> bool:
    """Whether the layers are trained fused: see training/fused.py."""
    plain = run.adapter_backend == "bardsmith" and run.backend == "hf" and not run.dropout
    return plain and base.fusible and card.is_gpu and run.target_modules == "all-linear"


def _plain_layers(
    base: Base, adapters: Adapters, run: RunSettings, held: Held, load: Load, card: Card, memory: Memory
) -> tuple[float, float]:
    """Bytes kept from the forward to the backward pass, and those of the layer that the backward pass is in."""
    copies = held.element == 2 and not held.nf4  # PEFT lifts what the factors read to their float32
    kept = load.tokens * _kept(base, adapters, run, held.element, copies)
    if run.gradient_checkpointing:
        return float(load.tokens * held.element * base.hidden * base.layers), kept
    return kept * adapters.layers, 0.0


def _fused_layers(
    base: Base, adapters: Adapters, run: RunSettings, held: Held, load: Load, card: Card, memory: Memory
) -> tuple[float, float]:
    """The same of fused layers, of which only as many are recomputed as memory demands (training/memory.py)."""
    kept = load.tokens * held.element * _fused_layer(base, run)
    recomputed = 0
    if run.gradient_checkpointing:
        taken = memory.weights + memory.embeddings + memory.adapters + 3 * memory.gradients + memory.desktop
        free = (card.gib - STEP.context) * GIB - taken - SPARE_BYTES
        recomputed = checkpointed_layers(int(free), round(kept), adapters.layers)
    left = base.hidden + run.rank + (base.hidden + run.rank if run.is_dora else 0)  # its input, and down's product
    between = load.tokens * held.element * left * recomputed + kept * (adapters.layers - recomputed)
    return between, kept if recomputed == adapters.layers else 0.0


def _fused_layer(base: Base, run: RunSettings) -> float:
    """Numbers that a fused layer keeps of each token: FusedLayer.kept_bytes."""
    read = 2 * base.hidden + base.queries  # by query, key and value; by gate and up; by the output projection
    made = base.queries + 2 * base.keys + 2 * base.intermediate + 2 * base.hidden
    return read + made + BORDERS * run.rank + (2 * base.hidden if run.is_dora else 0)


def _unpacked_together(base: Base) -> int:
    """Parameters of a layer whose 4-bit weights wait, unpacked, for the backward pass: all but down's."""
    return base.linear // base.layers - base.hidden * base.intermediate


def _kept(base: Base, adapters: Adapters, run: RunSettings, element: int, copies: bool) -> float:
    """Bytes that a layer keeps of each token for its backward pass."""
    shared = 2 * base.hidden + base.queries + base.intermediate  # what q, k and v read is one tensor, as of gate and up
    inputs = adapters.inputs if copies or run.dropout else min(adapters.inputs, shared)
    numbers = (
        STEP.inputs * inputs
        + STEP.attention * (base.queries + base.keys)
        + STEP.feed_forward * base.intermediate
        + (STEP.composed * adapters.outputs if run.is_dora else 0)
    )
    masks = adapters.inputs if run.dropout else 0  # a byte each
    return STEP.norms * base.hidden + element * numbers + masks


def _moments(adapters: Adapters, run: RunSettings, trained: int) -> float:
    if run.optimizer == "adamw":
        return 2 * trained
    if run.optimizer == "paged_adamw_8bit":
        return 0  # in memory that moves to the host when the card has none left
    return EIGHT_BIT_BYTES * (adapters.trainable - adapters.smallest) + 8 * adapters.smallest


def _dora(base: Base, adapters: Adapters, nf4: bool, fused: bool) -> float:
    """The squared norms, kept, and the largest weight while its norm is taken; fused layers keep gains instead."""
    if fused:
        return 16 * adapters.magnitudes  # the squares, magnitudes, gains and inverse norms
    return 4 * adapters.magnitudes + (STEP.norm_copy + (2 if nf4 else 0)) * base.largest


def _logits(base: Base, element: int, learned: int, card: Card, fused: bool) -> float:
    """What the loss takes: of its tiles one stands at a time."""
    if fused or (card.is_gpu and base.head):
        size = LARGE_TILE_BYTES if card.gib * GIB >= LARGE_CARD_BYTES else TILE_BYTES
        return min(size, element * learned * base.vocabulary) + 3 * element * learned * base.hidden
    return STEP.logits_copies * 4 * learned * base.vocabulary


def _evaluation(base: Base, element: int, load: Load, card: Card, fused: bool) -> float:
    """The loss on a validation batch, and one layer's pass."""
    learned = round(WATCHED_TOKENS * load.learned / load.tokens)
    return _logits(base, element, learned, card, fused) + 3 * element * WATCHED_TOKENS * base.intermediate
