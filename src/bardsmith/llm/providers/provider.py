"""What every provider can do: send one request, and, some, sell a batch of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bardsmith.llm.exchange import Reply, Request
from bardsmith.llm.failures import Refused


class Provider(Protocol):
    async def send(self, request: Request) -> Reply:
        """One attempt. Raises Throttled, Passing or Refused; a timeout is the caller's."""

    async def close(self) -> None:
        """Gives back what it holds: connections, a model's memory."""


@dataclass(frozen=True)
class BatchState:
    """What has come of a batch, by request key."""

    ended: bool
    replies: Mapping[str, Reply]
    failed: Mapping[str, Refused]
    """Requests that ended without a reply (expired ones, too)."""


class BatchProvider(Provider, Protocol):
    async def submit(self, requests: Sequence[Request], name: str) -> str:
        """Hands in a batch; returns the service's id. `name` is ours: a service that lists batches finds it again."""

    async def find(self, name: str) -> str | None:
        """The id of the batch that was handed in under `name`, if the service knows one."""

    async def collect(self, batch: str) -> BatchState:
        """How far a batch is, with all replies once it has ended."""
