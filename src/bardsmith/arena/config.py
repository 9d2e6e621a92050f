"""How every contestant answers the held-out prompts."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, field_validator

from bardsmith.records import Closed, Sampling

Untrained = Literal["base", "base+verse", "base+examples"]
"""The base model: asked the bare question; asked for verse in words; shown three conversations in verse as well."""
UNTRAINED: tuple[Untrained, ...] = get_args(Untrained)


class ArenaConfig(Closed):
    contestants: tuple[Untrained, ...] = UNTRAINED
    """Who answers besides the runs. Without `base` no differences to it can be shown, and without `base+verse` none to
    what a prompt buys."""
    sampling: Sampling = Sampling(min_p=0.01)
    samples: int = Field(1, ge=1)
    """Sampled answers to each prompt."""
    greedy: bool = True
    """Also take one greedy answer to each prompt."""
    batch_size: int = Field(64, ge=1)
    """Answers drawn at once; prompts of like length share a batch, and so do all answers to one prompt."""

    @field_validator("contestants")
    @classmethod
    def _each_once(cls, contestants: tuple[Untrained, ...]) -> tuple[Untrained, ...]:
        return tuple(dict.fromkeys(contestants))
