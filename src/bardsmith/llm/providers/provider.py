"""What every provider can do: send one request, and, some, sell a batch of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bardsmith.llm.exchange import Reply, Request


class Provider(Protocol):
    async def send(self, request: Request) -> Reply:
        """One attempt. Raises Throttled, Passing or Refused; a timeout is the caller's."""

    async def close(self) -> None:
        """Gives back what it holds: connections, a model's memory."""


@dataclass(frozen=True, slots=True)
class BatchState:
    """What has come of a batch, by custom id."""

    ended: bool
    replies: Mapping[str, Reply] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    """Requests that ended without a reply, and why."""
    reason: str = ""
    """How the batch ended: why requests that stand in neither have no reply."""


class BatchProvider(Provider, Protocol):
    """All three raise Throttled, Passing or Refused."""

    async def submit(self, requests: Mapping[str, Request], name: str) -> str:
        """Hands in a batch, its requests by custom id; returns the service's id.

        `name` is ours, and every custom id begins with it: by one or the other `find` knows the batch again."""

    async def find(self, name: str, since: datetime) -> str | None:
        """The id of the batch that was handed in under `name`; None if the service has got none since then.

        Raises Passing if that cannot be seen yet."""

    async def collect(self, batch: str) -> BatchState:
        """How far a batch is, with all replies once it has ended."""
