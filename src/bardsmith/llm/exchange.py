"""What goes to a language model and what comes back: one request, one reply."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from pydantic import Field, JsonValue

from bardsmith.records import Closed, Message, Sampling

Finish = Literal["stop", "length", "filter"]
"""`stop`: ended by itself; `length`: cut off at max_new_tokens; `filter`: withheld by the service."""


class Settings(Closed):
    """How one call is to be answered, over what the client's configuration says."""

    sampling: Sampling | None = None
    """None: as configured."""
    shape: dict[str, JsonValue] | None = None
    """JSON schema that the reply must keep to, where the provider can be held to one."""
    sample: int = Field(0, ge=0)
    """Number among requests that are alike in all else: n samples of one prompt are n requests."""


class Request(Closed):
    """Everything that decides a reply, and nothing else: no key, timeout or concurrency."""

    provider: str
    base_url: str | None = None
    model: str
    messages: tuple[Message, ...]
    sampling: Sampling
    extra: dict[str, JsonValue] = Field(default_factory=dict)
    shape: dict[str, JsonValue] | None = None
    sample: int = 0

    @property
    def canonical(self) -> str:
        """JSON with sorted keys and no spaces: the same on every machine."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def key(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()


class Usage(Closed):
    """Tokens as the provider counted them."""

    input: int = Field(ge=0)
    output: int = Field(ge=0)


class Reply(Closed):
    text: str
    finish: Finish
    usage: Usage | None = None
    """None where the provider does not count."""
    model: str
    """What answered, as the provider resolved it."""
    dollars: float | None = None
    """As billed or computed; None if the price is not known."""
    seconds: float = Field(ge=0)
    at: str
    """UTC, ISO 8601."""
    raw: JsonValue = None
    """The provider's reply as it came."""
