"""How many requests may be in flight, and when: shared by all calls of one client.

The number is found as TCP finds its window (AIMD; Chiu and Jain 1989): one more after as many successes as it allows,
half of it when the service says 429.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

from bardsmith.errors import BardsmithError

FIRST_LIMIT = 8
"""Requests in flight until the service has shown what it takes."""

LONGEST_PAUSE = 60.0
"""Seconds that the gate is closed at most for a service that does not say how long to wait."""


class Limiter:
    """Slots, a gate and a stop. A service that throttles even single requests is given ever longer pauses."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = min(FIRST_LIMIT, most)
        self.in_flight = 0
        self._most = most
        self._clock = clock
        self._successes = 0
        """Since the limit last changed."""
        self._halved_at = -1.0
        self._single_throttles = 0
        """429s in a row while one request at a time was allowed."""
        self._opens_at = 0.0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._stopped = asyncio.Event()
        self._why: BardsmithError | None = None

    @asynccontextmanager
    async def slot(self, again: bool = False) -> AsyncIterator[float]:
        """Waits for its turn, in order of arrival but further attempts first, and for the gate; yields the time."""
        await self._turn(again)
        self.in_flight += 1
        try:
            yield self._clock()
        finally:
            self.in_flight -= 1
            self._wake()

    async def pause(self, seconds: float) -> None:
        """Sleeps, unless all is stopped meanwhile. Raises the reason of the stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return
        self._raise()

    def succeeded(self) -> None:
        self._single_throttles = 0
        self._successes += 1
        if self._successes >= self.limit and self.limit < self._most:
            self.limit += 1
            self._successes = 0
            self._wake()

    def throttled(self, sent_at: float, retry_after: float | None) -> None:
        """Halves, but once a round trip: what was sent before the last halving tells nothing of the limit now."""
        now = self._clock()
        if retry_after is not None:
            self._opens_at = max(self._opens_at, now + retry_after)
        if sent_at <= self._halved_at:
            return
        if self.limit == 1 and retry_after is None:
            self._opens_at = max(self._opens_at, now + min(LONGEST_PAUSE, 2.0**self._single_throttles))
            self._single_throttles += 1
        self.limit = max(1, self.limit // 2)
        self._successes = 0
        self._halved_at = now

    def stop(self, why: BardsmithError) -> None:
        """Lets no further request out; whoever waits gets the reason. The first reason stands."""
        self._why = self._why or why
        self._stopped.set()
        for waiter in self._queue:
            if not waiter.done():
                waiter.set_result(None)

    def check(self) -> None:
        """Raises the reason if all is stopped."""
        if self._stopped.is_set():
            self._raise()

    def _raise(self) -> NoReturn:
        assert self._why is not None
        raise type(self._why)(self._why.what, self._why.remedy)  # one exception for each call: tracebacks pile up

    async def _turn(self, called: bool) -> None:
        """`called`: it need not queue behind others, for it did before."""
        try:
            while True:
                self.check()
                if (closed := self._opens_at - self._clock()) > 0:
                    await self.pause(closed)
                elif self.in_flight < self.limit and (called or not self._queue):
                    return
                else:
                    await self._called(first=called)
                    called = True
        except BaseException:
            self._wake()  # the turn that it may have been given goes to the next
            raise

    async def _called(self, first: bool) -> None:
        """Waits in the queue; at its head if it was called before and found the slot taken."""
        waiter = asyncio.get_running_loop().create_future()
        (self._queue.appendleft if first else self._queue.append)(waiter)
        await waiter

    def _wake(self) -> None:
        """Gives every free slot to the next in the queue."""
        free = self.limit - self.in_flight
        while free > 0 and self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                free -= 1
