"""The sequence of runs: what they share, and what each changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from bardsmith.records import CEILING, HUMAN, CheckName, Closed, Sampling, Share, Text

RunName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


Method = Literal["lora", "dora", "rslora", "rsdora"]
"""LoRA (Hu and others 2021), DoRA (Liu and others 2024), and either with rank-stabilised scaling, alpha / sqrt(rank)
instead of alpha / rank (Kalajdzievski 2023)."""

ALTERNATIVES = (("epochs", "samples"), ("batch_size", "batch_tokens"))
"""Settings that say the same in two ways: a run states one of each pair, and its choice displaces the defaults'."""


class RunSettings(Closed):
    """Every setting of a run; `training.defaults` states what runs share, a run only what it changes."""

    model_config = ConfigDict(allow_inf_nan=False)

    method: Method = "lora"
    rank: int = Field(32, ge=1)
    alpha: float = Field(64, gt=0)
    dropout: float = Field(0.0, ge=0, lt=1)
    adapter_backend: Literal["bardsmith", "peft"] = "bardsmith"
    """Whose kernels train the adapter; peft is there for comparison. The adapter's files are the same."""
    target_modules: Literal["all-linear"] | tuple[Text, ...] = "all-linear"
    last_layers: int | None = Field(None, ge=1)
    """Adapt only so many of the last layers: the backward pass ends there, which saves up to half of its time."""
    items: int | None = Field(None, ge=1)
    """Train on the first so many rows of the shuffled corpus that fit in max_length; null for all."""
    epochs: float | None = Field(None, gt=0)
    """Times through the rows; null: once, unless `samples` is given."""
    samples: int | None = Field(None, ge=1)
    """Rows read in all, again from the beginning when they run out."""
    max_steps: int | None = Field(None, ge=1)
    """Stop after so many optimiser steps, whatever `epochs` or `samples` say."""
    learning_rate: float = Field(2e-4, gt=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup_steps: int = Field(10, ge=0)
    batch_size: int | None = Field(None, ge=1)
    """Rows read at once; null: 1, unless `batch_tokens` is given."""
    batch_tokens: int | None = Field(None, ge=16)
    """Tokens read at once, padding included: as many rows as fit."""
    packing: bool = False
    """Lay rows end to end instead of padding them, up to `batch_tokens` (max_length if null). Rows do not see each
    other: positions start anew with each, and attention stays within it."""
    accumulation: int = Field(8, ge=1)
    """Batches read for one optimiser step."""
    max_length: int = Field(512, ge=16)
    """Tokens of prompt and answer."""
    overlong: Literal["drop", "cut"] = "drop"
    """A row that is longer is left out. `cut` takes its end away, as most trainers do: what is learned then has no end
    and no end token, and pre-flight refuses it unless `training.accept` names lost-ends."""
    learn: Literal["answers", "conversation"] = "answers"
    """Whose tokens are learned: the assistant's, or everybody's."""
    unprompted: Share | None = None
    """Share of the items learned without a system message; null: as many as corpus.unprompted says."""
    weight_decay: float = Field(0.0, ge=0)
    max_grad_norm: float = Field(1.0, gt=0)
    optimizer: Literal["adamw", "adamw_8bit", "paged_adamw_8bit"] = "adamw"
    gradient_checkpointing: bool = False
    """Recompute activations in the backward pass instead of keeping them; on a GPU, of no more layers than must be."""
    cuda_graphs: bool = False
    """Start each layer's kernels as one, for a card that outruns its processor. All batches get the same shape for it:
    a packed row is filled up to its full number of tokens."""
    host_embedding: bool = False
    """Keep the input embedding's table in main memory: 1.25 GiB less on the GPU for a vocabulary of 131,072."""
    evaluate_every: int = Field(10, ge=1)
    """Steps between evaluations; each answers the validation prompts, measures them and keeps a checkpoint."""
    stop_looping: bool = True
    """End the run when at two evaluations in a row most of its answers loop."""
    backend: Literal["hf", "unsloth"] = "hf"
    """Who runs the layers: transformers and PEFT, or Unsloth where it is installed (LoRA on one NVIDIA card)."""
    shards: int = Field(1, ge=1)
    """Spread the run over so many GPUs of one machine (FSDP2), for a base that does not fit into one."""

    @property
    def is_dora(self) -> bool:
        return self.method.endswith("dora")

    @property
    def is_rank_stabilised(self) -> bool:
        return self.method.startswith("rs")

    @property
    def pack_tokens(self) -> int | None:
        """Tokens of a packed row; None where rows are not packed."""
        return (self.batch_tokens or self.max_length) if self.packing else None

    @property
    def tokens_at_once(self) -> int:
        """Tokens of the largest batch, padding included."""
        return self.pack_tokens or self.batch_tokens or (self.batch_size or 1) * self.max_length

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        for one, other in ALTERNATIVES:
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(f"{one} and {other} contradict each other; give one of them")
        if self.packing and self.batch_size not in (None, 1):
            raise ValueError("packing lays all rows of a batch end to end: give batch_tokens instead of batch_size")
        if self.cuda_graphs and not self.packing:
            raise ValueError("cuda_graphs wants batches of one shape: add `packing: true`")
        if self.cuda_graphs and (self.adapter_backend, self.backend, self.dropout) != ("bardsmith", "hf", 0):
            raise ValueError("cuda_graphs is for layers that bardsmith runs itself: no other backend, and no dropout")
        if self.batch_tokens is not None and self.batch_tokens < self.max_length:
            raise ValueError(
                f"batch_tokens ({self.batch_tokens}) must be at least max_length ({self.max_length}), the longest row"
            )
        if self.backend == "unsloth" and self.is_dora:
            raise ValueError(f"backend unsloth does not speed {self.method} up; take `backend: hf`, or `method: lora`")
        if self.backend == "unsloth" and self.packing:
            raise ValueError("backend unsloth may let packed rows see one another; take `backend: hf`, or no packing")
        if self.backend == "unsloth" and self.shards > 1:
            raise ValueError("backend unsloth keeps a run on one GPU; take `backend: hf`, or `shards: 1`")
        if self.shards > 1 and self.adapter_backend != "peft":
            raise ValueError("a run spread over GPUs has its adapter trained by PEFT: add `adapter_backend: peft`")
        if self.accumulation % self.shards:
            raise ValueError(
                f"accumulation ({self.accumulation}) must be a multiple of shards ({self.shards}): each GPU reads its "
                "share of a step's batches"
            )
        return self


class RunConfig(RunSettings):
    name: RunName
    seed: int | None = None
    """null takes the study's."""


class TrainingConfig(Closed):
    defaults: RunSettings = RunSettings()
    runs: tuple[RunConfig, ...] = Field(min_length=1)
    """One after another, each from the untouched base model."""
    sampling: Sampling = Sampling(max_new_tokens=128)
    """How the samples of an evaluation are drawn, those that choose the checkpoint included."""
    accept: tuple[CheckName, ...] = ()
    """Pre-flight checks whose refusal is to be a warning, because the fault is what is to be studied."""
    trackers: tuple[Literal["trackio", "wandb", "mlflow", "tensorboard"], ...] = ()
    """Where losses and scores are sent, besides the files here; each must be installed."""
    keep_checkpoints: bool = False
    """Keep every evaluation's checkpoint once the run has ended, not only the chosen adapter."""
    gpus_per_run: float = Field(1.0, gt=0, le=1)
    """The share of a GPU that a run takes on a Ray cluster: at 0.5, two runs go side by side on one."""

    @model_validator(mode="before")
    @classmethod
    def _runs_take_the_defaults(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        defaults, runs = data.get("defaults"), data.get("runs")
        if not isinstance(defaults, dict) or not isinstance(runs, list | tuple):
            return data
        return {**data, "runs": [_over(defaults, run) if isinstance(run, dict) else run for run in runs]}

    @field_validator("runs")
    @classmethod
    def _names_are_unique(cls, runs: tuple[RunConfig, ...]) -> tuple[RunConfig, ...]:
        names = [run.name for run in runs]
        twice = sorted({name for name in names if names.count(name) > 1} | ({"base", CEILING, HUMAN} & set(names)))
        if twice:
            others = f"'base', '{CEILING}' and '{HUMAN}'"
            raise ValueError(f"run names must differ from one another and from {others}; not so: {', '.join(twice)}")
        return runs


def _over(defaults: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """A run's settings over the defaults, of which those fall away that its own choice replaces."""
    replaced = {other for pair in ALTERNATIVES for own, other in (pair, pair[::-1]) if run.get(own) is not None}
    return {**{name: value for name, value in defaults.items() if name not in replaced}, **run}
