"""Which language model is asked, by whose service, and within what bounds."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from bardsmith.records import Closed, Sampling, Text

ProviderName = Literal["openai", "anthropic", "openrouter", "mistral", "openai-compatible", "local", "scripted"]
"""`openai-compatible`: any server that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama, LM Studio, ...);
`local`: a model on this machine, without a server; `scripted`: the fake, for trying things out."""


class Price(Closed):
    """Dollars per million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class LlmConfig(Closed):
    provider: ProviderName
    """Said, never guessed from the model's name."""
    model: Text
    """As the provider names it; for `local` what `model.base` may be; for `scripted` the name of a script:
    verse, form, echo, trouble or refuse."""
    base_url: str | None = None
    """Where an `openai-compatible` server answers, such as http://127.0.0.1:8000/v1."""
    key_variable: str | None = None
    """The environment variable with an `openai-compatible` server's key, where it wants one."""
    sampling: Sampling = Sampling(temperature=1, top_p=1, max_new_tokens=2048)
    """What is left at 1 (or 0 for top_k, min_p) is not sent."""
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    """Put into every request as it stands: reasoning effort, a router's preferences."""
    concurrency: int = Field(16, ge=1, le=512)
    """Requests in flight at most; halved when the service says 429, and grown again."""
    attempts: int = Field(6, ge=1, le=20)
    """Of one call, the first included."""
    timeout: float = Field(120, gt=0)
    """Seconds that one attempt may take."""
    deadline: float = Field(900, gt=0)
    """Seconds that one call may take from its first attempt on, all pauses and attempts included."""
    patience: float = Field(300, gt=0)
    """Seconds without any success after which all is stopped with a clear word."""
    budget: float | None = Field(None, ge=0)
    """Dollars that one command may spend; null for no bound."""
    price: Price | None = None
    """Where the model is not in llm/prices.yaml. A budget needs a price."""
    batch: bool = False
    """Ask in half-price batches (openai, anthropic, openrouter), which may take a day."""

    @model_validator(mode="after")
    def _server_is_named(self) -> Self:
        if (self.provider == "openai-compatible") != (self.base_url is not None):
            raise ValueError("base_url is for provider openai-compatible, and needed there")
        if self.key_variable is not None and self.provider != "openai-compatible":
            raise ValueError("key_variable is for provider openai-compatible; the others have their own")
        if self.batch and self.provider not in ("openai", "anthropic", "openrouter", "scripted"):
            raise ValueError(f"{self.provider} sells no batches; openai, anthropic and openrouter do")
        return self
