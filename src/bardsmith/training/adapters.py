"""Puts a fresh adapter on a base model: LoRA or DoRA, through PEFT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from peft import LoraConfig, get_peft_model

from bardsmith.errors import InputError
from bardsmith.training.config import RunConfig
from bardsmith.training.dora import take_over
from bardsmith.training.fused import fuse, fused_layers
from bardsmith.training.kernels.choose import has_triton
from bardsmith.training.memory import keep_embedding_on_host
from bardsmith.training.targets import layers_of, linear_names

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


def add_adapter(model: PreTrainedModel, run: RunConfig, seed: int) -> PeftModel:
    """The base with an untrained adapter in float32; before the first step it computes what the base does.

    LoRA and DoRA of one seed start from the same A. Raises InputError if the named modules are not in the model.
    """
    layers = _last_layers(model, run)
    linear = linear_names(model)
    targets = linear if run.target_modules == "all-linear" else list(run.target_modules)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=run.rank,
        lora_alpha=run.alpha,
        lora_dropout=run.dropout,
        use_rslora=run.is_rank_stabilised,
        use_dora=run.is_dora,
        target_modules=targets,
        layers_to_transform=layers,
    )
    torch.manual_seed(seed)
    try:
        adapted = get_peft_model(model, config)
    except ValueError as error:
        raise InputError(
            f"run {run.name}: target_modules {', '.join(targets)} match nothing in the base model",
            f"Write all-linear, or some of: {', '.join(linear)}.",
        ) from error
    if run.host_embedding:
        keep_embedding_on_host(model)
    if run.adapter_backend == "bardsmith":
        factors = take_over(adapted)
        if adapted.device.type == "cuda":
            fuse(adapted, factors)
    return adapted


def backend_of(model: PeftModel, run: RunConfig) -> str:
    """Whose kernels train an adapter that add_adapter made, in a few words."""
    if run.adapter_backend == "peft":
        return "adapter trained by stock PEFT"
    fused = len(fused_layers(model))
    if not fused:
        return "adapter trained layer by layer, in PyTorch"
    passes = "Triton" if has_triton() else "PyTorch, for want of Triton"
    return f"adapter trained with {fused} fused decoder layers, in {passes}"


def _last_layers(model: PreTrainedModel, run: RunConfig) -> list[int] | None:
    if run.last_layers is None:
        return None
    layers = layers_of(model)
    if run.last_layers > layers:
        raise InputError(f"run {run.name}: last_layers is {run.last_layers}; the base model has {layers} layers")
    return list(range(layers - run.last_layers, layers))
