"""How every contestant answers the held-out prompts."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, field_validator

from bardsmith.llm.config import LlmConfig, ProviderName
from bardsmith.records import CEILING, HUMAN, Closed, Sampling

Untrained = Literal["base", "base+verse", "base+examples"]
"""The base model: asked the bare question; asked for verse in words; shown three conversations in verse as well."""
UNTRAINED: tuple[Untrained, ...] = get_args(Untrained)


class CeilingConfig(LlmConfig):
    """A language model of a service, not tuned: how well verse can be had for the asking."""

    sampling: Sampling = Sampling(temperature=1, top_p=1, max_new_tokens=1024)
    """Its own, for services refuse what local models take; what is left at 1 is not sent."""

    @field_validator("provider")
    @classmethod
    def _is_a_service(cls, provider: ProviderName) -> ProviderName:
        if provider == "local":
            raise ValueError("the ceiling is asked of a service; serve a model of your own as openai-compatible")
        return provider


class ArenaConfig(Closed):
    contestants: tuple[Untrained, ...] = UNTRAINED
    """Who answers besides the runs. Without `base` no differences to it can be shown, and without `base+verse` none to
    what a prompt buys."""
    ceiling: CeilingConfig | None = None
    """Given: answers as `ceiling`, asked for verse in the words that `base+verse` is asked in, and never greedily."""
    human: Path | None = None
    """Given: the poems of this file stand beside the answers as `human`, an anchor for the scale (docs/arena.md)."""
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

    @property
    def outsiders(self) -> tuple[str, ...]:
        """The contestants besides the base and the runs."""
        return tuple(name for name, given in ((CEILING, self.ceiling), (HUMAN, self.human)) if given is not None)

    def once(self, *, greedy: bool = False) -> ArenaConfig:
        """One answer a prompt: to dev prompts as the runs are reported, which is sampled; to probes greedily."""
        return self.model_copy(update={"samples": 0 if greedy else 1, "greedy": greedy})
