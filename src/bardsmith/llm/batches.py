"""Half-price batches: handed in, forgotten by nobody, and collected into the reply store, where `chat` finds them.

Our name for a batch is on the disk before the batch is handed in. After a kill between the two, the service is asked
whether it has a batch of that name before anything is handed in again: a batch is never bought twice.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from bardsmith.errors import RunError
from bardsmith.llm.budget import forecast
from bardsmith.llm.client import Client
from bardsmith.llm.exchange import Reply, Request
from bardsmith.llm.failures import Passing, Refused, Throttled
from bardsmith.llm.providers.provider import BatchProvider, BatchState
from bardsmith.llm.store import Batch
from bardsmith.progress import Progress

MOST_REQUESTS = 5_000
"""In one batch: OpenRouter's bound, and some 200 MB at most, which is OpenAI's."""
SKEW = timedelta(minutes=10)
"""How far the service's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Collected:
    """An ended batch; its replies are in the store."""

    replies: Mapping[str, Reply]
    """By request key."""
    failed: Mapping[str, str]
    """By request key, why there is no reply."""


async def ask_in_batches(
    client: Client, requests: Sequence[Request], progress: Progress | None = None, pause: float = 60.0
) -> dict[str, str]:
    """Has all requests answered in batches, those in flight from an earlier run included; `chat` then finds them.

    Returns, by request key, why some were not answered; `chat` would ask these at the full price. `pause`: seconds
    between two looks at the service. Raises Refused or another RunError if it cannot go on; what is in flight stays so.
    """
    failed: dict[str, str] = {}
    trouble_since: float | None = None
    told = 0
    while True:
        try:
            for name in in_flight(client):
                collected = await collect(client, name)
                failed.update(collected.failed if collected else {})
            left = [request for request in requests if request.key not in failed]
            while await submit(client, left):
                pass
            trouble_since = None
        except (Throttled, Passing) as failure:
            trouble_since = trouble_since or time.monotonic()
            if time.monotonic() - trouble_since > max(client.config.patience, pause):
                raise RunError(
                    f"{client.where} takes and gives no batches: {failure}",
                    "Batches in flight are kept. The same command goes on from there.",
                ) from None
        flying = len(in_flight(client))
        if not flying and trouble_since is None:
            return failed
        if progress is not None and flying != told:
            progress.say(
                f"{flying} batches are with {client.where}; if this is ended, the same command goes on from here"
            )
            told = flying
        await asyncio.sleep(pause)


async def submit(client: Client, requests: Sequence[Request]) -> str | None:
    """Hands in a batch of the requests that are neither in the store nor in flight, 5,000 at most; returns our name.

    None if there are none. Raises Throttled or Passing if it is not known what became of it: it is then in flight, and
    `collect` finds out; Refused or another RunError if nothing was handed in."""
    _seller(client)
    flying = {request.key: request for name in in_flight(client) for request in client.store.requests_of(name)}
    wanted = {request.key: request for request in requests if request.key not in flying}
    new = [request for key, request in wanted.items() if client.store.reply(key) is None][:MOST_REQUESTS]
    if not new:
        return None
    _check_budget(client, [*flying.values(), *new])
    name = f"bardsmith-{uuid.uuid4().hex[:12]}"
    batch = Batch(name, client.where, None, datetime.now(UTC).isoformat(timespec="seconds"))
    client.store.begin_batch(batch, new)
    await _hand_in(client, name)
    return name


def in_flight(client: Client) -> list[str]:
    """Our names of the batches whose replies have not been collected, the oldest first."""
    return [batch.name for batch in client.store.open_batches(client.where)]


async def collect(client: Client, name: str) -> Collected | None:
    """The replies of a batch, now in the store too, at half the price; None if it has not ended.

    Raises RunError if it ended without a single reply, and Throttled or Passing if the service cannot tell."""
    batch = next(batch for batch in client.store.open_batches(client.where) if batch.name == name)
    service_id = batch.id
    if service_id is None:
        since = datetime.fromisoformat(batch.at) - SKEW
        with _without_key(client):
            service_id = await _seller(client).find(name, since)
        if service_id is None:
            await _hand_in(client, name)
            return None
        client.store.batch_accepted(name, service_id)
    with _without_key(client):
        state = await _seller(client).collect(service_id)
    return _kept(client, name, state) if state.ended else None


async def _hand_in(client: Client, name: str) -> None:
    requests = {custom_id(name, request): request for request in client.store.requests_of(name)}
    client.sent += 1
    try:
        with _without_key(client):
            service_id = await _seller(client).submit(requests, name)
    except Refused:
        client.store.end_batch(name, [])
        raise
    client.store.batch_accepted(name, service_id)


def _kept(client: Client, name: str, state: BatchState) -> Collected:
    """Puts what came into the store and forgets the batch."""
    replies: dict[str, tuple[Request, Reply]] = {}
    failed: dict[str, str] = {}
    for request in client.store.requests_of(name):
        known_as = custom_id(name, request)
        try:
            if known_as not in state.replies:
                raise Passing(state.failed.get(known_as, state.reason))
            replies[request.key] = request, client.accept(request, state.replies[known_as], batched=True)
        except Passing as failure:
            failed[request.key] = client.without_key(str(failure))
    client.store.end_batch(name, list(replies.values()))
    if not replies:
        raise RunError(
            f"{client.where} answered none of a batch of {len(failed)} requests; the first reason: "
            f"{next(iter(failed.values()))}",
            "Mend that, or leave `batch` out to ask one by one at the full price.",
        )
    return Collected({key: reply for key, (_, reply) in replies.items()}, failed)


def custom_id(name: str, request: Request) -> str:
    """What a request is called within its batch: letters, digits, - and _, at most 64, as Anthropic wants it."""
    return f"{name}_{request.key[:40]}"


@contextmanager
def _without_key(client: Client) -> Iterator[None]:
    """Takes our key out of what a failure says."""
    try:
        yield
    except (Throttled, Passing) as failure:
        failure.args = (client.without_key(str(failure)),)
        raise
    except Refused as refusal:
        raise Refused(client.without_key(refusal.what), refusal.remedy) from None


def _seller(client: Client) -> BatchProvider:
    if not hasattr(client.provider, "submit"):
        raise RunError(
            f"{client.where} sells no batches" if client.provider else "offline, and batches need the service",
            "Leave `batch` out, or run it without --offline.",
        )
    return cast(BatchProvider, client.provider)


def _check_budget(client: Client, requests: Sequence[Request]) -> None:
    """A batch cannot be stopped half way, so that all it may cost must be within the budget."""
    most = client.budget.most
    at_most = forecast(((request, False) for request in requests), client.budget.price, batched=True).dollars
    if most is not None and at_most is not None and client.spent + at_most > most:
        raise RunError(
            f"{len(requests)} requests in batches may cost ${at_most:.2f}, and of the budget of ${most:.2f} "
            f"${max(0.0, most - client.spent):.2f} is left",
            "Raise `budget`, lower `sampling.max_new_tokens`, or leave `batch` out: single calls stop in time.",
        )
