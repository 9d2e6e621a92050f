"""How long a run takes on a card: an estimate from counted operations and datasheet figures, no more."""

from __future__ import annotations

from typing import NamedTuple

from bardsmith.records import Sampling
from bardsmith.training.config import RunSettings
from bardsmith.training.plan.cards import Card
from bardsmith.training.plan.memory import NF4_BYTES, is_fused
from bardsmith.training.plan.shape import Adapters, Base, Held

FUSED_SHARE = {"lora": 0.63, "dora": 0.60}
"""Share of a GPU's datasheet speed that a training step reaches with fused layers: on an H100, 619 and 591 of 989
TFLOP/s at 8 rows of 512 tokens, what is recomputed counted in (docs/adapters.md)."""
SHARE = {"lora": 0.35, "dora": 0.15}
"""The same with PEFT's layers: 347 and 153 of 989 TFLOP/s there; an estimate for layers that are trained one by one."""
PROCESSOR_SHARE = 0.6
"""The same of a processor's speed, as timed on one large product."""
BANDWIDTH_SHARE = 0.6
"""Share of a memory's bandwidth that whole weights are read with."""
DEQUANTISED_BYTES = NF4_BYTES + 2 + 2
"""A parameter in NF4 is read, written in 16 bits and read again, at every pass over it."""


class Work(NamedTuple):
    """What a run has to do."""

    steps: int
    batches: int
    tokens: int
    """Padding included."""
    evaluations: int
    prompts: int
    """Answered at each evaluation."""


def run_seconds(
    base: Base, adapters: Adapters, run: RunSettings, held: Held, work: Work, sampling: Sampling, card: Card
) -> float | None:
    """Seconds of training and of its evaluations; None where the card's speed is not known."""
    if card.teraflops is None or card.bandwidth is None:
        return None
    shares = FUSED_SHARE if is_fused(base, run, card) else SHARE
    share = shares["dora" if run.is_dora else "lora"] if card.is_gpu else PROCESSOR_SHARE
    flops = card.teraflops * 1e12 * share
    bytes_a_second = card.bandwidth * 1e9 * BANDWIDTH_SHARE
    passes = 1 + (adapters.layers / base.layers) + run.gradient_checkpointing
    products = 2 * (base.linear + base.head) * passes + 6 * adapters.trainable
    training = work.tokens * products / flops
    if held.nf4:
        training += work.batches * passes * base.linear * DEQUANTISED_BYTES / bytes_a_second
    weights = base.linear * (NF4_BYTES if held.nf4 else held.element) + held.element * (base.head or base.embedding)
    token = max(weights / bytes_a_second, 2 * work.prompts * (base.linear + base.head) / flops)
    answering: float = work.evaluations * sampling.max_new_tokens * token
    return training + answering
