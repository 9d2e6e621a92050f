"""Which modules of a base a run adapts, told from its architecture alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch

from bardsmith.training.config import RunSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel

LAYER = re.compile(r"\.(\d+)\.")
"""Where a module's name has the number of its layer."""


def linear_names(model: PreTrainedModel) -> list[str]:
    """Names of the linear modules inside the layers; the output head is none of them, it may share the embedding."""
    return sorted({name.rpartition(".")[2] for name in _linears(model)})


def layers_of(model: PreTrainedModel) -> int:
    return int(model.config.get_text_config().num_hidden_layers)


def adapted(model: PreTrainedModel, run: RunSettings) -> dict[str, torch.nn.Linear]:
    """The modules that get an adapter, by full name, as PEFT chooses them; the model may be on the meta device."""
    first = layers_of(model) - (run.last_layers or layers_of(model))
    linears = _linears(model)
    targets = set(linear_names(model)) if run.target_modules == "all-linear" else set(run.target_modules)
    return {
        name: module
        for name, module in linears.items()
        if any(name == target or name.endswith(f".{target}") for target in targets)
        and (run.last_layers is None or layer_of(name) >= first)
    }


def layer_of(name: str) -> int:
    """The number of the layer that a module is in; -1 for one that is in none."""
    found = LAYER.search(name)
    return int(found.group(1)) if found else -1


def _linears(model: PreTrainedModel) -> dict[str, torch.nn.Linear]:
    head = model.get_output_embeddings()
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module is not head
    }
