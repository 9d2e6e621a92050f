"""Do the modules that a run wants to adapt exist in the base?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bardsmith.records import Finding
from bardsmith.training.config import RunConfig
from bardsmith.training.preflight.found import refusal
from bardsmith.training.targets import adapted, layers_of, linear_names

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def unmatched_adapters(model: PreTrainedModel, runs: Sequence[RunConfig]) -> Iterator[Finding]:
    """Target modules that match nothing, and layers that are not there; of `model` no weights are needed."""
    names = linear_names(model)
    for run in runs:
        wanted = () if run.target_modules == "all-linear" else run.target_modules
        unmatched = [
            target
            for target in wanted
            if not adapted(model, run.model_copy(update={"target_modules": (target,), "last_layers": None}))
        ]
        if unmatched:
            yield refusal(
                "unmatched-adapters",
                f"target_modules {', '.join(unmatched)} match nothing in the base model",
                f"Write all-linear, or some of: {', '.join(names)}.",
            ).model_copy(update={"runs": (run.name,)})
        if run.last_layers is not None and run.last_layers > layers_of(model):
            yield refusal(
                "unmatched-adapters",
                f"last_layers is {run.last_layers}; the base model has {layers_of(model)} layers",
                f"Write {layers_of(model)} or less, or leave it out.",
            ).model_copy(update={"runs": (run.name,)})
