"""Puts a fresh adapter on a base model: LoRA or DoRA, through PEFT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from peft import LoraConfig, get_peft_model

from bardsmith.errors import InputError
from bardsmith.training.config import RunConfig
from bardsmith.training.dora import use_factored_norm

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel


def add_adapter(model: PreTrainedModel, run: RunConfig, seed: int) -> PeftModel:
    """The base with an untrained adapter in float32; before the first step it computes what the base does.

    LoRA and DoRA of one seed start from the same A. Raises InputError if the named modules are not in the model.
    """
    torch.manual_seed(seed)
    targets = run.target_modules if isinstance(run.target_modules, str) else list(run.target_modules)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=run.rank,
        lora_alpha=run.alpha,  # type: ignore[arg-type]  # PEFT annotates int and takes any number
        lora_dropout=run.dropout,
        use_rslora=run.rslora,
        use_dora=run.method == "dora",
        target_modules=targets,
    )
    try:
        adapted = get_peft_model(model, config)
    except ValueError as error:
        linear = sorted({name.split(".")[-1] for name, m in model.named_modules() if isinstance(m, torch.nn.Linear)})
        raise InputError(
            f"run {run.name}: target_modules {targets} match nothing in the base model ({error})",
            f"Write all-linear, or some of: {', '.join(linear)}.",
        ) from error
    if run.method == "dora":
        use_factored_norm(adapted)
    return adapted  # type: ignore[return-value]
