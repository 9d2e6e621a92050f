"""The fake service that ships: it answers from a script, in process, and can fail in every way a real one does."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bardsmith.errors import InputError
from bardsmith.llm.exchange import Finish, Reply, Request, Usage
from bardsmith.llm.failures import Passing, Refused, Throttled, Unreachable, seconds_to_wait
from bardsmith.llm.providers.provider import BatchState
from bardsmith.records import seed_of


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply; with no text one that is empty."""

    text: str
    finish: Finish = "stop"
    counted: bool = True
    """False: without token counts, as some servers do."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """400, 401, 402, 403 or 404."""

    status: int = 401
    said: str = "the script refuses"


@dataclass(frozen=True, slots=True)
class Throttle:
    """429, with the Retry-After header as it stands: a number of seconds, a date, or none."""

    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """A 5xx, a connection that is reset, a stream that is cut, or a 200 whose body is an error: by its name."""

    said: str = "503 service unavailable"


@dataclass(frozen=True, slots=True)
class Hang:
    """No reply, ever."""


@dataclass(frozen=True, slots=True)
class Silence:
    """No connection: nothing listens."""


Act = Answer | Refuse | Throttle | Fail | Hang | Silence
Script = Callable[[Request, int], Act]
"""What is done about a request that comes for the n-th time, from 0."""

CUT_STREAM = Fail("the stream was cut after 12 tokens")
ERROR_BODY = Fail("200 with an error in its body: upstream overloaded")


def in_turn(*acts: Act) -> Script:
    """Every request meets these acts one after another, and then the last of them again and again."""
    return lambda request, before: acts[min(before, len(acts) - 1)]


class Scripted:
    """Plays a script. `at_once`: requests in flight that it allows before it says 429; `seconds` that a reply takes."""

    def __init__(self, script: Script, *, at_once: int | None = None, seconds: float = 0) -> None:
        self.requests = 0
        self.most_at_once = 0
        self._script = script
        self._at_once = at_once
        self._seconds = seconds
        self._in_flight = 0
        self._seen: Counter[str] = Counter()
        self._batches: dict[str, Mapping[str, Request]] = {}

    async def send(self, request: Request) -> Reply:
        started = time.monotonic()
        self.requests += 1
        self._in_flight += 1
        self.most_at_once = max(self.most_at_once, self._in_flight)
        try:
            if self._at_once is not None and self._in_flight > self._at_once:
                raise Throttled("429 too many requests in flight")
            await asyncio.sleep(self._seconds)
            return await self._play(request, started)
        finally:
            self._in_flight -= 1

    async def _play(self, request: Request, started: float) -> Reply:
        key = request.key
        before = self._seen[key]
        self._seen[key] += 1
        match self._script(request, before):
            case Answer() as answer:
                return _reply(request, answer, time.monotonic() - started)
            case Refuse(status, said):
                raise Refused(f"{status}: {said}", "This is the scripted fake, doing as it was told.")
            case Throttle(retry_after):
                raise Throttled("429 rate limit", seconds_to_wait(retry_after))
            case Fail(said):
                raise Passing(said)
            case Silence():
                raise Unreachable("connection refused")
            case Hang():
                await asyncio.Event().wait()
        raise AssertionError("an act that is none")

    async def close(self) -> None:
        pass

    async def submit(self, requests: Mapping[str, Request], name: str) -> str:
        """Batches are done as soon as they are handed in, and forgotten when the process ends."""
        self._batches[name] = requests
        return name

    async def find(self, name: str, since: datetime) -> str | None:
        return name if name in self._batches else None

    async def collect(self, batch: str) -> BatchState:
        if batch not in self._batches:
            raise Refused(f"404: no batch {batch}", "Batches of the scripted fake end with its process.")
        replies: dict[str, Reply] = {}
        failed: dict[str, str] = {}
        for name, request in self._batches[batch].items():
            match self._script(request, 0):
                case Answer() as answer:
                    replies[name] = _reply(request, answer, 0)
                case act:
                    failed[name] = f"the script says {act}"
        return BatchState(True, replies, failed)


def _reply(request: Request, answer: Answer, seconds: float) -> Reply:
    words = sum(len(message.content.split()) for message in request.messages)
    return Reply(
        text=answer.text,
        finish=answer.finish,
        usage=Usage(input=words, output=len(answer.text.split())) if answer.counted else None,
        model=f"scripted/{request.model}",
        seconds=seconds,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        raw={"text": answer.text, "finish": answer.finish},
    )


def script_of(name: str) -> Script:
    """The scripts that ship, by the name that stands as `model`."""
    from bardsmith.llm.providers.forms import forms
    from bardsmith.llm.providers.verses import verses

    scripts: dict[str, Script] = {
        "echo": _echo,
        "form": forms,
        "refuse": in_turn(Refuse()),
        "trouble": _troubled(verses),
        "verse": verses,
    }
    if name not in scripts:
        raise InputError(
            f"provider scripted has no script {name!r}", f"`model` must be one of: {', '.join(sorted(scripts))}."
        )
    return scripts[name]


def _echo(request: Request, before: int) -> Act:
    return Answer(request.messages[-1].content)


def _troubled(script: Script) -> Script:
    """Plays `script`, but meets about every eighth request with a trouble first."""
    troubles: list[Act] = [Throttle("1"), Throttle(), CUT_STREAM, ERROR_BODY, Answer(""), Fail()]

    def troubled(request: Request, before: int) -> Act:
        chosen = seed_of("trouble", request.key) % (8 * len(troubles))
        return troubles[chosen] if before == 0 and chosen < len(troubles) else script(request, before)

    return troubled
