"""The sequence of runs: what they share, and what each changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from bardsmith.records import Closed, Sampling, Text

RunName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class RunSettings(Closed):
    """Every setting of a run; `training.defaults` states what runs share, a run only what it changes."""

    model_config = ConfigDict(allow_inf_nan=False)

    method: Literal["lora", "dora"] = "lora"
    rank: int = Field(32, ge=1)
    alpha: float = Field(64, gt=0)
    dropout: float = Field(0.0, ge=0, lt=1)
    rslora: bool = False
    """Scale by alpha / sqrt(rank) instead of alpha / rank."""
    target_modules: Literal["all-linear"] | tuple[Text, ...] = "all-linear"
    last_layers: int | None = Field(None, ge=1)
    """Adapt only so many of the last layers: the backward pass ends there, which saves up to half of its time."""
    items: int | None = Field(None, ge=1)
    """Train on the first so many rows of the shuffled corpus that fit in max_length; null for all."""
    epochs: float = Field(1.0, gt=0)
    max_steps: int | None = Field(None, ge=1)
    """Stop after so many optimiser steps, whatever `epochs` says."""
    learning_rate: float = Field(2e-4, gt=0)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    warmup_steps: int = Field(10, ge=0)
    batch_size: int = Field(1, ge=1)
    accumulation: int = Field(8, ge=1)
    max_length: int = Field(512, ge=16)
    """Tokens of prompt and answer. A row that is longer is left out, never cut."""
    weight_decay: float = Field(0.0, ge=0)
    max_grad_norm: float = Field(1.0, gt=0)
    optimizer: Literal["adamw", "adamw_8bit", "paged_adamw_8bit"] = "adamw"
    gradient_checkpointing: bool = False
    evaluate_every: int = Field(10, ge=1)
    """Steps between evaluations; each writes samples, measures the validation set and keeps a checkpoint."""


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
    keep_checkpoints: bool = False
    """Keep every evaluation's checkpoint once the run has ended, not only the chosen adapter."""

    @model_validator(mode="before")
    @classmethod
    def _runs_take_the_defaults(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        defaults, runs = data.get("defaults"), data.get("runs")
        if not isinstance(defaults, dict) or not isinstance(runs, list | tuple):
            return data
        return {**data, "runs": [{**defaults, **run} if isinstance(run, dict) else run for run in runs]}

    @field_validator("runs")
    @classmethod
    def _names_are_unique(cls, runs: tuple[RunConfig, ...]) -> tuple[RunConfig, ...]:
        names = [run.name for run in runs]
        twice = sorted({name for name in names if names.count(name) > 1} | ({"base"} & set(names)))
        if twice:
            raise ValueError(f"run names must differ from one another and from 'base'; not so: {', '.join(twice)}")
        return runs
