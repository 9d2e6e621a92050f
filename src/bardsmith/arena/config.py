"""How every contestant answers the held-out prompts."""

from __future__ import annotations

from pydantic import Field

from bardsmith.records import Closed, Sampling


class ArenaConfig(Closed):
    sampling: Sampling = Sampling(min_p=0.01)
    samples: int = Field(1, ge=1)
    """Sampled answers to each prompt."""
    greedy: bool = True
    """Also take one greedy answer to each prompt."""
    batch_size: int = Field(64, ge=1)
    """Answers drawn at once; prompts of like length share a batch, and so do all answers to one prompt."""
