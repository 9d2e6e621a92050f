"""Asks a language model: every reply is stored before it is returned, and nothing is paid for twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from bardsmith.errors import RunError
from bardsmith.llm.breaker import Breaker
from bardsmith.llm.budget import Budget, Forecast, forecast
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.connect import connect
from bardsmith.llm.exchange import Reply, Request, Settings
from bardsmith.llm.failures import GaveUp, Passing, Refused, Throttled
from bardsmith.llm.keys import environment, key_of, without
from bardsmith.llm.limiter import Limiter
from bardsmith.llm.providers.provider import Provider
from bardsmith.llm.store import ReplyStore
from bardsmith.progress import Progress, Silent
from bardsmith.records import Message, seed_of

LONGEST_PAUSE = 60.0
"""Seconds between two attempts of one call, at most."""


@asynccontextmanager
async def open_client(
    config: LlmConfig, store: Path, *, offline: bool = False, progress: Progress | None = None
) -> AsyncIterator[Client]:
    """A client of the configured service with its reply store. Offline it needs no key and sends nothing."""
    progress = progress or Silent()
    key = None if offline else key_of(config, environment())
    with ReplyStore(store, progress.say) as replies:
        provider = None if offline else connect(config, key)
        try:
            async with Client(config, provider, replies, progress, key) as client:
                yield client
        finally:
            if provider is not None:
                await provider.close()


class Client:
    def __init__(
        self,
        config: LlmConfig,
        provider: Provider | None,
        store: ReplyStore,
        progress: Progress | None = None,
        key: str | None = None,
        first_pause: float = 1.0,
    ) -> None:
        """`provider` None: only replay. `key`: the secret, to be taken out of all that is kept or shown.
        `first_pause`: the longest pause before the second attempt, in seconds; it doubles with every further one."""
        self.sent = 0
        """Requests handed to the provider so far, retries included."""
        self.config = config
        self.store = store
        self.provider = provider
        self.budget = Budget(config)
        self.where = f"{config.provider} at {config.base_url}" if config.base_url else config.provider
        self._progress = progress or Silent()
        self._secret = key
        self._first_pause = first_pause
        self._limiter = Limiter(config.concurrency)
        self._breaker = Breaker(self.where, config.patience)
        self._flights: dict[str, asyncio.Task[Reply]] = {}

    @property
    def spent(self) -> float:
        """Dollars so far."""
        return self.budget.spent

    def request(self, messages: Sequence[Message], settings: Settings | None = None) -> Request:
        """What would be sent."""
        settings = settings or Settings()
        return Request(
            provider=self.config.provider,
            base_url=self.config.base_url,
            model=self.config.model,
            messages=tuple(messages),
            sampling=settings.sampling or self.config.sampling,
            extra=self.config.extra,
            shape=settings.shape,
            sample=settings.sample,
        )

    def key(self, messages: Sequence[Message], settings: Settings | None = None) -> str:
        """Where the store has, or will have, the reply."""
        return self.request(messages, settings).key

    def forecast(self, requests: Iterable[Request]) -> Forecast:
        """What it would cost to ask for these, for `--dry-run`."""
        known = ((request, self.store.reply(request.key) is not None) for request in requests)
        return forecast(known, self.budget.price, self.config.batch)

    async def chat(self, messages: Sequence[Message], settings: Settings | None = None) -> Reply:
        """The reply from the store, else from the service. Calls that are alike at one time are one request.

        Raises GaveUp if this call failed in all its attempts or its deadline; Refused or another RunError if the run
        cannot go on: a refusal, a spent budget, a service that answers nothing, a reply that is missing offline."""
        return await self.ask(self.request(messages, settings))

    async def ask(self, request: Request) -> Reply:
        """`chat`, of a request that was made before."""
        key = request.key
        if key not in self._flights:
            kept = self.store.reply(key)
            if kept is not None:
                return kept
            flight = self._flights[key] = asyncio.create_task(self._call(request, key))
            flight.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(self._flights[key])

    def _landed(self, key: str, flight: asyncio.Task[Reply]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # was told to those who wait, if any still do

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Sends nothing more, and waits for what is on its way: it is paid for."""
        self._limiter.stop(RunError("the client was closed before this was asked"))
        if self._limiter.in_flight:
            self._progress.say(f"waiting for {self._limiter.in_flight} replies that are on their way and paid for")
        if self._flights:
            await asyncio.wait(list(self._flights.values()))

    async def _call(self, request: Request, key: str) -> Reply:
        """All attempts of one call, within its deadline."""
        if self.provider is None:
            raise _missing(key)
        failures: list[Exception] = []
        try:
            async with asyncio.timeout(None) as deadline:
                for attempt in range(1, self.config.attempts + 1):
                    try:
                        return await self._attempt(self.provider, request, deadline)
                    except (Throttled, Passing) as failure:
                        failures.append(failure)
                    if attempt < self.config.attempts:
                        await self._limiter.pause(self._pause_after(failures[-1], key, attempt))
        except TimeoutError:
            last = f"; the last failure: {failures[-1]}" if failures else ""
            raise GaveUp(f"{self.where} did not answer a call within {self.config.deadline:g} seconds{last}") from None
        if (why := self._breaker.gave_up(failures)) is not None:
            self._limiter.stop(why)
        self._limiter.check()
        tries = f"{len(failures)} attempts" if len(failures) > 1 else "its only attempt"
        raise GaveUp(f"{self.where} failed a call in {tries}; the last failure: {failures[-1]}")

    async def _attempt(self, provider: Provider, request: Request, deadline: asyncio.Timeout) -> Reply:
        """One request. Once the reply is there, it goes to the store whatever becomes of the call."""
        async with self._limiter.slot(again=deadline.when() is not None) as sent_at:
            self._check_budget()
            if deadline.when() is None:  # waiting for the first turn is not the service's fault
                deadline.reschedule(asyncio.get_running_loop().time() + self.config.deadline)
            self.sent += 1
            try:
                reply = await self._answer(provider, request)
            except (Throttled, Passing) as failure:
                failure.args = (self.without_key(str(failure)),)
                self._note(failure, sent_at)
                raise
            except Refused as refusal:
                told = Refused(self.without_key(refusal.what), refusal.remedy)
                self._limiter.stop(told)
                raise told from None
            self._breaker.succeeded()
            self._limiter.succeeded()
            return await self.store.keep(request, reply)

    async def _answer(self, provider: Provider, request: Request) -> Reply:
        """A reply with something in it, booked and without our key. Raises Throttled, Passing or Refused."""
        try:
            async with asyncio.timeout(self.config.timeout):
                reply = await provider.send(request)
        except TimeoutError:
            raise Passing(f"no reply within {self.config.timeout:g} seconds") from None
        return self.accept(request, reply)

    def accept(self, request: Request, reply: Reply, batched: bool = False) -> Reply:
        """Books a reply and takes our key out of it. Raises Passing if there is nothing in it."""
        reply = self.budget.book(request, reply, batched)
        if not reply.text.strip() and reply.finish != "filter":
            cut = ": max_new_tokens were used up before its first word" if reply.finish == "length" else ""
            raise Passing(f"the reply was empty{cut}")
        if self._secret and self._secret in reply.model_dump_json():
            reply = Reply.model_validate_json(self.without_key(reply.model_dump_json()))
        return reply

    def without_key(self, text: str) -> str:
        return without(self._secret, text)

    def _note(self, failure: Throttled | Passing, sent_at: float) -> None:
        if isinstance(failure, Throttled):
            wait = failure.retry_after
            if wait is not None and wait > self.config.deadline:
                self._limiter.stop(
                    RunError(
                        f"{self.where} says to wait {wait:,.0f} seconds, and a call may take {self.config.deadline:g}",
                        "Give the same command later, or raise `deadline`; what was answered is kept.",
                    )
                )
            self._limiter.throttled(sent_at, wait)
        why = self._breaker.failed(sent_at, failure)
        if why is not None:
            self._limiter.stop(why)

    def _check_budget(self) -> None:
        try:
            self.budget.check()
        except RunError as spent:
            self._limiter.stop(spent)
            raise

    def _pause_after(self, failure: Exception, key: str, attempt: int) -> float:
        """Seconds: full jitter over a doubling span, the same for the same call; none where the gate makes all wait."""
        if isinstance(failure, Throttled) and failure.retry_after is not None:
            return 0.0
        span = min(LONGEST_PAUSE, self._first_pause * 2.0 ** (attempt - 1))
        return random.Random(seed_of("pause", key, attempt)).uniform(0, span)


def _missing(key: str) -> RunError:
    return RunError(
        f"offline, and the reply store has no reply to the request {key[:12]}",
        f"Run it without --offline, or see what changed: bardsmith replies why {key[:12]} <a key that is stored>.",
    )
