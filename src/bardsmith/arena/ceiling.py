"""A service's language model, asked for verse. No model is loaded here, and no reply is paid for twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bardsmith.arena.config import CeilingConfig
from bardsmith.arena.contestants import asked
from bardsmith.llm.batches import ask_in_batches
from bardsmith.llm.budget import Forecast
from bardsmith.llm.client import Client, open_client
from bardsmith.llm.exchange import Reply, Request, Settings
from bardsmith.llm.together import together
from bardsmith.progress import Progress
from bardsmith.records import CEILING, AnswerPace, Completion, Made, Prompt


def ask_ceiling(
    config: CeilingConfig, samples: int, prompts: Sequence[Prompt], store: Path, progress: Progress
) -> tuple[list[Completion], list[AnswerPace]]:
    """Its sampled answers by prompt and sample, and the time of each. Killed or failed, the same call goes on where it
    was: replies are taken from the store.

    Raises RunError or InputError for what ends the run, such as a missing key, a spent budget or a call that failed in
    all its attempts.
    """
    return asyncio.run(_answered(config, samples, prompts, store, progress))


def ceiling_forecast(config: CeilingConfig, samples: int, prompts: Sequence[Prompt], store: Path) -> Forecast:
    """What the same would cost; nothing is sent and no key is needed. Retries are not in it."""

    async def forecast() -> Forecast:
        async with open_client(config, store, offline=True) as client:
            return client.forecast(_requests(client, _places(prompts, samples)))

    return asyncio.run(forecast())


def _places(prompts: Sequence[Prompt], samples: int) -> list[tuple[Prompt, int]]:
    return [(prompt, sample) for prompt in prompts for sample in range(samples)]


def _requests(client: Client, places: Sequence[tuple[Prompt, int]]) -> list[Request]:
    return [client.request(asked(CEILING, prompt, ()), Settings(sample=sample)) for prompt, sample in places]


async def _answered(
    config: CeilingConfig, samples: int, prompts: Sequence[Prompt], store: Path, progress: Progress
) -> tuple[list[Completion], list[AnswerPace]]:
    places = _places(prompts, samples)
    async with open_client(config, store, progress=progress) as client:
        requests = _requests(client, places)
        if config.batch:
            await ask_in_batches(client, requests, progress)
        replies = await together([client.ask(request) for request in requests], f"answers of {CEILING}", progress)
        progress.say(f"{CEILING}: {client.sent} requests sent, ${client.spent:.2f} spent")
    completions = [
        _completion(config, prompt, sample, reply, request.key)
        for (prompt, sample), request, reply in zip(places, requests, replies, strict=True)
    ]
    if config.batch:  # a batch lies about for hours; that is no time of an answer
        return completions, []
    return completions, [
        AnswerPace(contestant=CEILING, answers=1, tokens=completion.tokens, seconds=round(reply.seconds, 3))
        for completion, reply in zip(completions, replies, strict=True)
    ]


def _completion(config: CeilingConfig, prompt: Prompt, sample: int, reply: Reply, request: str) -> Completion:
    """What the service withheld is an empty answer, and is judged as one."""
    return Completion(
        contestant=CEILING,
        prompt=prompt.id,
        decoding="sampled",
        sample=sample,
        seed=0,
        text=reply.text.strip(),
        tokens=reply.usage.output if reply.usage else 0,
        finish="length" if reply.finish == "length" else "stop",
        made=Made(
            provider=config.provider,
            model=reply.model,
            request=request,
            tries=1,
            dollars=reply.dollars,
            at=reply.at,
        ),
    )
