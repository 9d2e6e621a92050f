"""How completions are judged and what is computed from the scores."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from bardsmith.llm.config import LlmConfig
from bardsmith.records import Closed, Sampling, Text
from bardsmith.results import Measure

FAMILIES = {
    "gpt": "openai", "chatgpt": "openai", "o1": "openai", "o3": "openai", "o4": "openai", "davinci": "openai",
    "claude": "anthropic", "gemini": "google", "gemma": "google", "palm": "google", "mistral": "mistral",
    "mixtral": "mistral", "ministral": "mistral", "magistral": "mistral", "codestral": "mistral", "llama": "meta",
    "meta": "meta", "qwen": "qwen", "qwq": "qwen", "deepseek": "deepseek", "command": "cohere", "grok": "xai",
    "phi": "microsoft", "kimi": "moonshot", "glm": "zhipu", "smollm": "smollm", "nemotron": "nvidia",
}  # fmt: skip
"""Whose model it is, by the beginning of its name."""


class JudgeConfig(LlmConfig):
    """A language model that judges; everything is said as for any other, and it is asked at temperature 0."""

    sampling: Sampling = Sampling(temperature=0, top_p=1, max_new_tokens=1024)

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"

    @property
    def family(self) -> str:
        return family_of(self)


Best = Literal["best lora", "best dora"]
"""Of the runs of a method the one that answers the dev prompts best; without such prompts, the one with the highest
validation score. No held-out prompt has a say in it."""
BESTS: tuple[Best, ...] = get_args(Best)


class ComparisonConfig(Closed):
    """A comparison announced beforehand; all of a study's are adjusted together, so fewer of them show more."""

    a: Text
    """A contestant, or `best lora` or `best dora`; what is reported is `a` less `b`."""
    b: Text
    measure: Measure = "quality"
    margin: float | None = Field(None, gt=0)
    """Differences up to here count as none; null: a quarter of a level, or 5 percentage points."""


class EvaluationConfig(Closed):
    bootstrap: int = Field(10_000, ge=100)
    """Resamples of the prompts for every interval."""
    judges: tuple[JudgeConfig, ...] = ()
    """A jury of language models for the quality, best of several families; without any the embedded judge says it."""
    repeats: int = Field(1, ge=1, le=10)
    """How often each judge is asked about each answer. Two or more show how far a judge agrees with itself."""
    pairwise: Text | None = None
    """A contestant, such as `base`, with which the jury compares every other, pair by pair and in both orders."""
    labels: Path | None = None
    """A CSV file of ratings to hold the judges against: docs/evaluation.md has its columns."""

    comparisons: tuple[ComparisonConfig, ...] | None = None
    """null announces for quality and verse: every run against base and base+verse, best DoRA against best LoRA, and
    DoRA against LoRA over all runs whose other settings match."""

    @model_validator(mode="after")
    def _judges_differ(self) -> Self:
        names = [judge.name for judge in self.judges]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the judge {twice[0]} stands twice; `repeats` asks each judge more than once")
        if self.pairwise is not None and not self.judges:
            raise ValueError("pairwise asks language models; give judges, too")
        return self


def family_of(config: LlmConfig) -> str:
    """Who made the model, as its name says; for a name that is not known its organisation, its maker's own service, or
    the name itself."""
    organisation, _, model = config.model.lower().rpartition("/")
    found = next((family for start, family in FAMILIES.items() if model.startswith(start)), None)
    own = config.provider if config.provider in ("openai", "anthropic", "mistral") else ""
    return found or organisation or own or model


def barred(judges: tuple[JudgeConfig, ...], writer: LlmConfig | None) -> str:
    """Why the jury may not judge what this writer's texts taught, or ''. Models favour what sounds like themselves."""
    if writer is None:
        return ""
    for judge in judges:
        if judge.family == family_of(writer):
            return (
                f"the judge {judge.name} is of the same family ({judge.family}) as the writer of the corpus, "
                f"{writer.model}; a jury must be of other families"
            )
    return ""
