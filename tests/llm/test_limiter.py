"""The limiter by itself, on a clock that the test moves."""

from __future__ import annotations

import asyncio

import pytest

from bardsmith.errors import RunError
from bardsmith.llm.limiter import Limiter


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_starts_at_eight_or_at_what_is_allowed() -> None:
    assert Limiter(100).limit == 8
    assert Limiter(3).limit == 3


def test_simultaneous_429s_halve_once_and_later_ones_again() -> None:
    clock = Clock()
    limiter = Limiter(64, clock)
    for _ in range(8):  # all were sent at 100 and come back at 101
        clock.now = 101
        limiter.throttled(100, None)
    assert limiter.limit == 4
    clock.now = 103
    limiter.throttled(102, None)
    assert limiter.limit == 2


def test_it_grows_by_one_after_as_many_successes_as_it_allows_and_not_beyond_the_most() -> None:
    limiter = Limiter(10)
    for _ in range(7):
        limiter.succeeded()
    assert limiter.limit == 8
    limiter.succeeded()
    assert limiter.limit == 9
    for _ in range(9 + 50):
        limiter.succeeded()
    assert limiter.limit == 10


def test_a_service_that_throttles_single_requests_is_given_growing_pauses() -> None:
    clock = Clock()
    limiter = Limiter(1, clock)
    pauses = []
    for _ in range(8):
        sent = clock.now = clock.now + 100
        clock.now += 1
        limiter.throttled(sent, None)
        pauses.append(limiter._opens_at - clock.now)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_never_more_in_flight_than_allowed_and_the_slots_of_cancelled_waiters_are_not_lost() -> None:
    limiter = Limiter(4)
    most = done = 0

    async def work() -> None:
        nonlocal most, done
        async with limiter.slot():
            most = max(most, limiter.in_flight)
            await asyncio.sleep(0.002)
            done += 1

    async def whole() -> None:
        tasks = [asyncio.create_task(work()) for _ in range(60)]
        for round_ in range(5):
            await asyncio.sleep(0.003)
            for task in tasks[round_::7]:
                task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        async with asyncio.timeout(1), limiter.slot():
            pass

    asyncio.run(whole())
    assert most == 4
    assert done > 4
    assert limiter.in_flight == 0


def test_a_further_attempt_goes_before_those_who_have_not_been_asked_for_yet() -> None:
    limiter = Limiter(1)
    order: list[str] = []

    async def work(name: str, again: bool) -> None:
        async with limiter.slot(again):
            order.append(name)
            await asyncio.sleep(0.001)

    async def whole() -> None:
        async with asyncio.TaskGroup() as group:
            for name in ("a", "b", "c"):
                group.create_task(work(name, again=False))
            await asyncio.sleep(0)
            group.create_task(work("again", again=True))

    asyncio.run(whole())
    assert order == ["a", "again", "b", "c"]


def test_a_stop_reaches_those_who_queue_and_those_who_pause() -> None:
    limiter = Limiter(1)

    async def queue() -> None:
        async with limiter.slot():
            raise AssertionError("a slot after the stop")

    async def whole() -> None:
        async with limiter.slot():
            waiting = [asyncio.create_task(queue()), asyncio.create_task(limiter.pause(60))]
            await asyncio.sleep(0.001)
            limiter.stop(RunError("enough"))
            limiter.stop(RunError("a later reason"))
            for task in waiting:
                with pytest.raises(RunError, match="enough"):
                    await asyncio.wait_for(task, 1)

    asyncio.run(whole())
