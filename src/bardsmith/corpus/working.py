"""Works off many jobs at once with little memory, and so that a kill loses nothing that was finished."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

import filelock

from bardsmith.corpus.accepting import Ask, Writer, accept
from bardsmith.corpus.gates.objections import Rejected
from bardsmith.corpus.part import Finished, Part, Row
from bardsmith.errors import Fault, InputError
from bardsmith.llm.exchange import Settings
from bardsmith.outputs import atomic, line_of
from bardsmith.progress import Progress
from bardsmith.records import Closed, Message

REPORTS = 10
"""How many times a run says how many rows were accepted and rejected, and what was spent."""


@dataclass(frozen=True, slots=True)
class Job(Generic[Row]):
    """What is asked about one source text, one after the other: an answer may be judged by those before it."""

    id: str
    asks: tuple[Ask[Row], ...]
    rejected: tuple[Rejected, ...] = ()
    """What need not be asked."""

    def begun(self, writer: Writer) -> str:
        """Digest of all that it asks first, and how often."""
        asked = "\n".join(f"{writer.key(ask.messages, Settings(sample=ask.sample))} {ask.tries}" for ask in self.asks)
        return hashlib.sha256(asked.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Written:
    """What a run made."""

    rows: Path
    rejected: Path
    accepted_rows: int
    rejected_rows: int


def first_requests(jobs: Iterable[Job[Row]]) -> Iterator[tuple[tuple[Message, ...], Settings]]:
    """What is asked at the least, once for every row: to estimate a run without sending anything."""
    return ((ask.messages, Settings(sample=ask.sample)) for job in jobs for ask in job.asks)


def unique(ids: Iterable[str], what: str) -> list[str]:
    """The ids as they are. Raises InputError if one stands twice."""
    seen: dict[str, None] = {}
    twice: dict[str, None] = {}
    for each in ids:
        (twice if each in seen else seen)[each] = None
    if twice:
        faults = [Fault(f"id {each!r} stands more than once") for each in list(twice)[:20]]
        raise InputError(f"every {what} needs an id of its own", "Rename them, or leave one of the files out.", faults)
    if not seen:
        raise InputError(f"there is no {what} to work on", "Check the sources.")
    return list(seen)


@asynccontextmanager
async def worked_off(
    jobs: Iterable[Job[Row]], total: int, path: Path, shape: type[Finished[Row]], writer: Writer, progress: Progress
) -> AsyncIterator[Part[Row]]:
    """Does all jobs that the part file at `path` does not have yet, and yields it; when the block ends well it goes.

    At most `concurrency` jobs are in flight, and each asks one thing at a time. Raises what ends the run, after all
    that was finished until then was brought to the disk.
    """
    task = path.name.partition(".")[0]
    with _sole_worker(path):
        part = Part(path, shape)
        tally = _Tally(task, total, writer, progress)
        flying: set[asyncio.Task[Finished[Row]]] = set()
        try:
            for job in jobs:
                begun = job.begun(writer)
                if part.has(job.id, begun):
                    tally.add(*part.counts(job.id))
                    continue
                if len(flying) >= writer.config.concurrency:
                    flying = await _landed(flying, part, tally)
                flying.add(asyncio.create_task(_done(job, begun, writer)))
            while flying:
                flying = await _landed(flying, part, tally)
        finally:
            await _cancel(flying)
        yield part
        path.unlink()


@contextmanager
def _sole_worker(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(path.with_name(f".{path.name}.lock"), timeout=0):
            yield
    except filelock.Timeout:
        raise InputError(f"another bardsmith is writing {path}", "Wait for it, or end it.") from None


async def _done(job: Job[Row], begun: str, writer: Writer) -> Finished[Row]:
    rows: list[Row] = []
    rejected = [*job.rejected]
    for ask in job.asks:
        outcome: Row | Rejected = await accept(ask, writer)
        if isinstance(outcome, Rejected):
            rejected.append(outcome)
        else:
            rows.append(outcome)
    return Finished(job=job.id, begun=begun, rows=tuple(rows), rejected=tuple(rejected))


async def _landed(
    flying: set[asyncio.Task[Finished[Row]]], part: Part[Row], tally: _Tally
) -> set[asyncio.Task[Finished[Row]]]:
    """Waits for the next jobs to end, keeps what came of them, and returns those still in flight."""
    ended, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
    failures = [failure for task in ended if (failure := task.exception())]
    finished = [task.result() for task in ended if not task.exception()]
    part.add(finished)
    for each in finished:
        tally.add(*part.counts(each.job))
    if failures:
        raise failures[0]
    return flying


async def _cancel(flying: Iterable[asyncio.Task[Finished[Row]]]) -> None:
    for task in flying:
        task.cancel()
    await asyncio.gather(*flying, return_exceptions=True)


class _Tally:
    """Counts what came of a run, and says so now and then."""

    def __init__(self, task: str, total: int, writer: Writer, progress: Progress) -> None:
        self._task, self._total, self._writer, self._progress = task, total, writer, progress
        self._done = self._accepted = self._rejected = 0
        progress.update(task, 0, total)

    def add(self, accepted: int, rejected: int) -> None:
        """Of one more job."""
        before = self._done * REPORTS // self._total
        self._done += 1
        self._accepted += accepted
        self._rejected += rejected
        self._progress.update(self._task, self._done, self._total)
        if self._done * REPORTS // self._total > before:
            self._progress.say(
                f"{self._task}: {self._done} of {self._total} done, {self._accepted} rows accepted, "
                f"{self._rejected} rejected, ${self._writer.spent:.2f} spent"
            )


def write_lines(path: Path, records: Iterable[Closed]) -> int:
    """Writes records as they come, in one step for the reader of the file; returns how many."""
    number = 0
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(line_of(record))
            number += 1
    return number
