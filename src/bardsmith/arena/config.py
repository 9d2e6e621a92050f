"""How every contestant answers the held-out prompts."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from bardsmith.records import Closed, Sampling

Untrained = Literal["base"]
UNTRAINED: tuple[Untrained, ...] = get_args(Untrained)
"""Contestants that are no run."""


class ArenaConfig(Closed):
    sampling: Sampling = Sampling(min_p=0.01)
    samples: int = Field(1, ge=1)
    """Sampled answers to each prompt."""
    greedy: bool = True
    """Also take one greedy answer to each prompt."""
    batch_size: int = Field(64, ge=1)
    """Answers drawn at once; prompts of like length share a batch, and so do all answers to one prompt."""
