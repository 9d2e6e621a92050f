"""The page's server: static files of the package, stored answers, sessions, ratings, and the live contestants.

It loads no model (that is the live worker's) and asks for nothing outside this machine. While a session is being rated
nothing that it sends tells whose an answer is.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bardsmith.arena import orders
from bardsmith.arena.guard import Guard
from bardsmith.arena.live import Live
from bardsmith.arena.scansion import scansion
from bardsmith.arena.showing import listed, prompt_page, revealed, turn_page
from bardsmith.arena.standings import standings
from bardsmith.arena.stored import Stored
from bardsmith.arena.votes import Ballots, StaleError, UnknownSessionError
from bardsmith.errors import BardsmithError, InputError
from bardsmith.outputs import StudyFolder, write_json

TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class Arena:
    """What the page is about."""

    stored: Stored
    folder: StudyFolder
    ballots: Ballots
    live: Live
    seed: int


def make_app(arena: Arena, hosts: frozenset[str], token: str | None) -> Starlette:
    """`hosts`: what a browser may call this server (`127.0.0.1:8000`); `token`: asked for instead of that."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await arena.live.close()

    desk = Desk(arena)
    return Starlette(
        routes=[
            *(Route(path, _static(path)) for path in _paths()),
            Route("/api/prompts", desk.prompts),
            Route("/api/prompt", desk.prompt),
            Route("/api/scansion", desk.scansion, methods=["POST"]),
            Route("/api/sessions", desk.begin, methods=["POST"]),
            Route("/api/sessions/{name}", desk.turn),
            Route("/api/sessions/{name}/vote", desk.vote, methods=["POST"]),
            Route("/api/sessions/{name}/undo", desk.undo, methods=["POST"]),
            Route("/api/sessions/{name}/end", desk.end, methods=["POST"]),
            Route("/api/ratings", desk.ratings),
            Route("/api/live", desk.ask, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, hosts=hosts, token=token)],
        exception_handlers={
            ValidationError: _told(422, "The page sent something that this server does not know: reload it."),
            UnknownSessionError: _told(404, None),
            StaleError: _told(409, "This was already decided, perhaps in another window."),
            InputError: _told(400, None),
            BardsmithError: _told(500, None),
        },
        lifespan=lifespan,
    )


class Desk:
    """One method a route. Those without `async` run in threads, so that nobody waits for another's disk."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena

    def prompts(self, _: Request) -> Response:
        return JSONResponse(listed(self.arena.stored, self.arena.live.contestants))

    def prompt(self, request: Request) -> Response:
        prompt = request.query_params.get("id", "")
        if prompt not in self.arena.stored.prompts:
            raise InputError(f"there is no prompt {prompt!r}")
        return JSONResponse(prompt_page(self.arena.stored, prompt))

    async def scansion(self, request: Request) -> Response:
        order = orders.Scansion.model_validate(await _json(request))
        return JSONResponse(await run_in_threadpool(scansion, order.text))

    async def begin(self, request: Request) -> Response:
        order = orders.Begin.model_validate(await _json(request))
        name = await run_in_threadpool(self.arena.ballots.begin, order.rater, order.mode, order.length)
        return JSONResponse({"session": name})

    def turn(self, request: Request) -> Response:
        name = request.path_params["name"]
        turn = self.arena.ballots.turn(name)
        return self._revealed(name) if turn.ended else JSONResponse(turn_page(self.arena.stored, turn))

    async def vote(self, request: Request) -> Response:
        order = orders.Vote.model_validate(await _json(request))
        name = request.path_params["name"]
        turn = await run_in_threadpool(self.arena.ballots.vote, name, order.token, order.choice, order.ms)
        return JSONResponse(turn_page(self.arena.stored, turn))

    async def undo(self, request: Request) -> Response:
        order = orders.Undo.model_validate(await _json(request))
        turn = await run_in_threadpool(self.arena.ballots.undo, request.path_params["name"], order.token)
        return JSONResponse(turn_page(self.arena.stored, turn))

    async def end(self, request: Request) -> Response:
        answer = await run_in_threadpool(self._revealed, request.path_params["name"])
        await run_in_threadpool(self._standings)
        return answer

    def _revealed(self, name: str) -> Response:
        return JSONResponse(revealed(self.arena.stored, self.arena.ballots.end(name)))

    def ratings(self, _: Request) -> Response:
        return JSONResponse(self._standings())

    def _standings(self) -> dict[str, Any]:
        found = standings(self.arena.stored, self.arena.ballots.votes(), self.arena.seed).model_dump(mode="json")
        write_json(self.arena.folder.arena_ratings, found)
        return found

    async def ask(self, request: Request) -> Response:
        order = orders.Question.model_validate(await _json(request))
        unknown = set(order.contestants) - set(self.arena.live.contestants)
        if unknown:
            raise InputError(f"{', '.join(sorted(unknown))} cannot answer live")
        return StreamingResponse(self._events(order), media_type="application/x-ndjson")

    async def _events(self, order: orders.Question) -> AsyncIterator[str]:
        try:
            async for event in self.arena.live.ask(order.question, order.contestants, self.arena.seed):
                yield json.dumps(event) + "\n"
        except BardsmithError as error:
            yield json.dumps({"error": str(error)}) + "\n"


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        raise InputError("this is not JSON") from None


def _paths() -> list[str]:
    """The addresses of the page's files: these and no others are served."""
    return ["/", *(f"/{file.name}" for file in files("bardsmith.arena").joinpath("page").iterdir())]


def _static(path: str) -> Callable[[Request], Response]:
    name = path[1:] or "index.html"
    content = files("bardsmith.arena").joinpath("page", name).read_bytes()
    kind = TYPES[name.rpartition(".")[2]]
    return lambda _: Response(content, media_type=kind)


def _told(status: int, what: str | None) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Answers an error in words: `what`, or the error's own."""

    async def answer(_: Request, error: Exception) -> Response:
        return JSONResponse({"error": what or str(error)}, status)

    return answer
