"""Many calls of one client at once, counted as they are answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from bardsmith.progress import Progress

Done = TypeVar("Done")


async def together(acts: Sequence[Awaitable[Done]], task: str, progress: Progress) -> list[Done]:
    """All of them, at once as far as the client lets them; the first failure that ends the run ends the others."""
    done = 0

    async def one(act: Awaitable[Done]) -> Done:
        nonlocal done
        result = await act
        done += 1
        progress.update(task, done, len(acts))
        return result

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(act)) for act in acts]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
