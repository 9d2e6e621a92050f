"""A run whose layers are Unsloth's, where that is installed: the same rows, the same files, its kernels.

Unsloth changes transformers, PEFT and TRL as it is imported and wants to come before them, so such a run has a worker
of its own, which imports everything else afterwards. It needs a GPU; what it cannot do besides is
refused when the study loads (training/config.py).
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from bardsmith.errors import InputError
from bardsmith.models.config import ModelConfig
from bardsmith.progress import Progress
from bardsmith.training.config import RunConfig
from bardsmith.workers import serve

if TYPE_CHECKING:
    from peft import PeftModel


def train(request: dict[str, Any], progress: Progress) -> None:
    """As `run.train`. Raises InputError before anything is loaded if Unsloth or a GPU is missing."""
    _refuse_without_unsloth(request["run"]["name"])
    import unsloth  # noqa: F401  # first: see above

    from bardsmith.training import run
    from bardsmith.training.gauge import memory_explained

    memory_explained(run.train)(request, progress)


def load_adapted(config: ModelConfig, run: RunConfig, seed: int, progress: Progress) -> PeftModel:
    """The base with an untrained LoRA adapter, as Unsloth makes the two."""
    from unsloth import FastLanguageModel

    from bardsmith.models.load import dtype_of, resolve

    model, _ = FastLanguageModel.from_pretrained(
        model_name=resolve(config, progress),
        revision=config.revision,
        max_seq_length=run.max_length,
        dtype=dtype_of(config),
        load_in_4bit=config.quantization == "nf4",
    )
    layers = None
    if run.last_layers is not None:
        count = model.config.get_text_config().num_hidden_layers
        layers = list(range(count - run.last_layers, count))
    return FastLanguageModel.get_peft_model(
        model,
        r=run.rank,
        lora_alpha=run.alpha,
        lora_dropout=run.dropout,
        use_rslora=run.is_rank_stabilised,
        target_modules="all-linear" if run.target_modules == "all-linear" else list(run.target_modules),
        layers_to_transform=layers,
        use_gradient_checkpointing="unsloth" if run.gradient_checkpointing else False,
        random_state=seed,
    )


def _refuse_without_unsloth(name: str) -> None:
    if importlib.util.find_spec("unsloth") is None:
        raise InputError(
            f"run {name} has `backend: unsloth`, which is not installed",
            'pip install -c constraints/unsloth.txt "bardsmith[train,unsloth]", or write `backend: hf`.',
        )
    import torch

    if not torch.cuda.is_available():
        raise InputError(
            f"run {name} has `backend: unsloth`, which needs a GPU, and PyTorch finds none here",
            "Write `backend: hf`.",
        )


if __name__ == "__main__":
    serve(train)
