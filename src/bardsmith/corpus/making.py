"""Has a language model make what a study's corpus asks for: items, new poems, conversations, replay."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from bardsmith.corpus import conversations as conversations_act
from bardsmith.corpus import generate as generate_act
from bardsmith.corpus import refine as refine_act
from bardsmith.corpus import replay as replay_act
from bardsmith.corpus.accepting import Writer, accept
from bardsmith.corpus.config import CorpusConfig, SourceConfig
from bardsmith.corpus.gates.known import Fit, Known
from bardsmith.corpus.items import read_items
from bardsmith.corpus.reading import Act, known_to, makings
from bardsmith.corpus.sources import read
from bardsmith.corpus.sources.messages import messages
from bardsmith.corpus.sources.shapes import SourcePoem, SourceTalk
from bardsmith.corpus.working import Job, Written, first_requests
from bardsmith.errors import InputError
from bardsmith.llm.batches import ask_in_batches
from bardsmith.llm.budget import Forecast
from bardsmith.llm.client import Client, open_client
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Reply, Request, Settings
from bardsmith.llm.failures import GaveUp
from bardsmith.outputs import StudyFolder
from bardsmith.progress import Progress
from bardsmith.records import Message


@dataclass(frozen=True)
class Workshop:
    """What all acts of a study share."""

    config: CorpusConfig
    folder: StudyFolder
    seed: int
    base: LlmConfig
    """The model that is to be trained, which answers for replay."""
    fit: Callable[[], Fit | None]
    """Asked once something is made, for it may load a tokenizer; None if there is none here."""
    offline: bool
    """Take replies from the store only."""
    progress: Progress

    @property
    def store(self) -> Path:
        """Beside all studies' folders: beginning one anew buys nothing twice."""
        return self.folder.replies


def make(act: Act, shop: Workshop) -> Written:
    """Does one act; killed or failed, the same call goes on where it was, and pays for no reply twice.

    Raises InputError if the study does not ask for it or what it works on is missing, RunError for what ends it.
    """
    if getattr(shop.config, act) is None:
        raise InputError(f"the study has no corpus.{act}", "Add it to the study; docs/corpus.md has examples.")
    return asyncio.run(_made(act, shop))


def make_missing(shop: Workshop) -> None:
    """Does the acts that the study asks for and whose files are not there yet."""
    for making in makings(shop.config):
        if not any(shop.folder.corpus.glob(f"{making.name}_*.jsonl")):
            make(making.command, shop)


def dry_run(act: Act, shop: Workshop) -> Forecast:
    """What the first replies would cost; nothing is sent and no key is needed. Retries are not in it."""

    async def forecast() -> Forecast:
        config = shop.base if act == "replay" and not _answers(shop).exists() else _writer(shop)
        async with open_client(config, shop.store, offline=True, progress=shop.progress) as client:
            jobs = _jobs(act, shop, known_to(shop.config))
            return client.forecast(client.request(*asked) for asked in first_requests(jobs))

    return asyncio.run(forecast())


async def _made(act: Act, shop: Workshop) -> Written:
    known = known_to(shop.config, shop.fit())
    if act == "replay":
        await _answered(shop)
    async with open_client(_writer(shop), shop.store, offline=shop.offline, progress=shop.progress) as client:
        if client.config.batch and not shop.offline:
            await in_batches(lambda: _jobs(act, shop, known), client, shop.progress)
        written = await _act(act, shop, known, client)
        shop.progress.say(
            f"{written.rows.name}: {written.accepted_rows} accepted, {written.rejected_rows} rejected; "
            f"{client.sent} requests sent, ${client.spent:.2f} spent"
        )
    return written


async def _answered(shop: Workshop) -> None:
    """Has the base model answer what replay asks."""
    async with open_client(shop.base, shop.store, offline=shop.offline, progress=shop.progress) as base:
        await replay_act.answers(lambda: _asked_again(shop), base, shop.folder.corpus, shop.progress)


def _act(act: Act, shop: Workshop, known: Known, writer: Writer) -> Awaitable[Written]:
    config, seed, folder, progress = shop.config, shop.seed, shop.folder.corpus, shop.progress
    if act == "generate" and config.generate:
        return generate_act.generate(config.generate, seed, lambda: _poems(shop), known, writer, folder, progress)
    if act == "refine" and config.refine:
        return refine_act.refine(config.refine, seed, lambda: _items(shop), known, writer, folder, progress)
    if act == "conversations" and config.conversations:
        talks = config.conversations
        return conversations_act.conversations(
            talks, seed, lambda: _talks(talks.sources), known, writer, folder, progress
        )
    assert config.replay
    return replay_act.replay(config.replay, seed, known, writer, folder, progress)


def _jobs(act: Act, shop: Workshop, known: Known) -> Iterator[Job[Any]]:
    """What the act asks; of replay, until the base model has answered, what that is asked."""
    config, seed = shop.config, shop.seed
    if act == "generate" and config.generate:
        return generate_act.jobs_of(config.generate, seed, _poems(shop), known)
    if act == "refine" and config.refine:
        return refine_act.jobs_of(config.refine, seed, _items(shop), known)
    if act == "conversations" and config.conversations:
        return conversations_act.jobs_of(config.conversations, seed, _talks(config.conversations.sources), known)
    assert config.replay
    if _answers(shop).exists():
        return conversations_act.jobs_of(config.replay, seed, messages(_answers(shop), None), known)
    return replay_act.jobs_of(_asked_again(shop))


def _poems(shop: Workshop) -> Iterator[SourcePoem]:
    assert shop.config.generate
    return chain.from_iterable(map(read.poems, shop.config.generate.sources))


def _items(shop: Workshop) -> Iterable[Any]:
    file = shop.folder.corpus / generate_act.ITEMS
    if not file.exists():
        raise InputError(f"{file} is missing", "Make the items first: bardsmith corpus generate")
    return read_items(file)


def _talks(sources: Sequence[SourceConfig]) -> Iterator[SourceTalk]:
    return chain.from_iterable(map(read.talks, sources))


def _answers(shop: Workshop) -> Path:
    """What the base model answered, in prose."""
    return shop.folder.corpus / replay_act.ANSWERS


def _asked_again(shop: Workshop) -> Iterator[SourceTalk]:
    assert shop.config.replay
    return _talks(shop.config.replay.sources)


def _writer(shop: Workshop) -> LlmConfig:
    assert shop.config.writer  # the configuration is refused without one
    return shop.config.writer


class _Noting:
    """A writer that has only what the store has, and notes what it was asked besides."""

    def __init__(self, client: Client) -> None:
        self.client, self.config, self.spent = client, client.config, client.spent
        self.noted: dict[str, Request] = {}

    async def chat(self, messages: Sequence[Message], settings: Settings | None = None) -> Reply:
        request = self.client.request(messages, settings)
        reply = self.client.store.reply(request.key)
        if reply is None:
            self.noted[request.key] = request
            raise GaveUp("it is asked in a batch")
        return reply

    def key(self, messages: Sequence[Message], settings: Settings | None = None) -> str:
        return self.client.key(messages, settings)


async def in_batches(
    jobs: Callable[[], Iterable[Job[Any]]], client: Client, progress: Progress, pause: float = 60.0
) -> None:
    """Asks everything in batches, round by round: first all first tries, then what must be tried again, and so on.

    The act itself then finds every reply in the store. `pause`: seconds between two looks at the service.
    """
    given_up: set[str] = set()
    while True:
        writer = _Noting(client)
        for job in jobs():
            for ask in job.asks:
                await accept(ask, writer)
        wanted = [request for key, request in writer.noted.items() if key not in given_up]
        if not wanted:
            return
        given_up |= set(await ask_in_batches(client, wanted, progress, pause))
