"""Has the jury judge an arena: every answer by every judge, pairs if they are wanted, each reply paid for once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bardsmith.evaluation.config import EvaluationConfig, JudgeConfig
from bardsmith.evaluation.injections import Probe, Probed, completion_of, injections, prompt_of
from bardsmith.evaluation.judges import pairwise, pointwise
from bardsmith.evaluation.judges.asking import first_request
from bardsmith.evaluation.judges.jury import needs_no_jury
from bardsmith.llm.batches import ask_in_batches
from bardsmith.llm.budget import Forecast
from bardsmith.llm.client import Client, open_client
from bardsmith.llm.exchange import Request
from bardsmith.llm.together import together
from bardsmith.progress import Progress
from bardsmith.records import Completion, Prompt
from bardsmith.results import Preference, Verdict


class Hearing(NamedTuple):
    """All that the judges said."""

    verdicts: tuple[Verdict, ...]
    """By judge, completion and repeat."""
    preferences: tuple[Preference, ...]
    probed: Mapping[str, tuple[Probed, ...]]
    """By judge, its verdicts on answers with and without a word to the judge in them."""


class Pair(NamedTuple):
    prompt: Prompt
    first: Completion
    second: Completion


def hear(
    config: EvaluationConfig,
    prompts: Mapping[str, Prompt],
    completions: Sequence[Completion],
    store: Path,
    seed: int,
    progress: Progress,
) -> Hearing:
    """Asks every judge. Killed or failed, the same call goes on where it was: replies are taken from the store.

    Raises RunError or InputError for what ends the run, such as a missing key or a spent budget.
    """
    wanted = [each for each in completions if not needs_no_jury(prompts[each.prompt], each)]
    pairs = list(_pairs(config.pairwise, prompts, completions)) if config.pairwise else []
    verdicts: list[Verdict] = []
    preferences: list[Preference] = []
    probed: dict[str, tuple[Probed, ...]] = {}
    for judge in config.judges:
        hearing = _heard_from(judge, config.repeats, prompts, wanted, pairs, store, seed, progress)
        found, chosen, probed[judge.name] = asyncio.run(hearing)
        verdicts += found
        preferences += chosen
    return Hearing(tuple(verdicts), tuple(preferences), probed)


def forecasts(
    config: EvaluationConfig, prompts: Mapping[str, Prompt], completions: Sequence[Completion], store: Path, seed: int
) -> dict[str, Forecast]:
    """By judge, what the same would cost; nothing is sent and no key is needed. Repairs and retries are not in it."""
    wanted = [each for each in completions if not needs_no_jury(prompts[each.prompt], each)]
    asked = [(each, repeat) for each in wanted for repeat in range(config.repeats)]
    pairs = list(_pairs(config.pairwise, prompts, completions)) if config.pairwise else []

    async def forecast(judge: JudgeConfig) -> Forecast:
        async with open_client(judge, store, offline=True) as client:
            return client.forecast(_requests(client, prompts, asked, pairs, injections(), seed))

    return {judge.name: asyncio.run(forecast(judge)) for judge in config.judges}


def _pairs(other: str, prompts: Mapping[str, Prompt], completions: Sequence[Completion]) -> Iterator[Pair]:
    """Every contestant's answer beside the other's to the same prompt, in the same decoding and sample."""
    rival = {_place(each): each for each in completions if each.contestant == other}
    for each in completions:
        if each.contestant != other and (found := rival.get(_place(each))):
            yield Pair(prompts[each.prompt], each, found)


def _place(completion: Completion) -> tuple[str, str, int]:
    return completion.prompt, completion.decoding, completion.sample


async def _heard_from(
    judge: JudgeConfig,
    repeats: int,
    prompts: Mapping[str, Prompt],
    completions: Sequence[Completion],
    pairs: Sequence[Pair],
    store: Path,
    seed: int,
    progress: Progress,
) -> tuple[list[Verdict], list[Preference], tuple[Probed, ...]]:
    asked = [(each, repeat) for each in completions for repeat in range(repeats)]
    probes = injections()
    async with open_client(judge, store, progress=progress) as client:
        if judge.batch:
            await ask_in_batches(client, list(_requests(client, prompts, asked, pairs, probes, seed)), progress)
        verdicts = await together(
            [pointwise.verdict(client, judge.name, prompts[each.prompt], each, repeat, seed) for each, repeat in asked],
            f"judging by {judge.name}",
            progress,
        )
        preferences = await together(
            [pairwise.preference(client, judge.name, *pair, seed) for pair in pairs], f"pairs by {judge.name}", progress
        )
        levels = await together(
            [
                _level(client, judge.name, probe, text, seed)
                for probe in probes
                for text in (probe.answer, probe.injected)
            ],
            f"probing {judge.name}",
            progress,
        )
        progress.say(f"{judge.name}: {client.sent} requests sent, ${client.spent:.2f} spent")
    probed = zip(probes, levels[::2], levels[1::2], strict=True)
    return verdicts, preferences, tuple(Probed(probe.id, plain, injected) for probe, plain, injected in probed)


def _requests(
    client: Client,
    prompts: Mapping[str, Prompt],
    asked: Sequence[tuple[Completion, int]],
    pairs: Sequence[Pair],
    probes: Sequence[Probe],
    seed: int,
) -> Iterator[Request]:
    """What is asked at first, for a batch; a repair is asked at the full price."""
    for each, repeat in asked:
        messages = pointwise.question(prompts[each.prompt], each.text, seed)
        yield first_request(client, messages, pointwise.Opinion, repeat)
    for prompt, first, second in pairs:
        for one, other in ((first.text, second.text), (second.text, first.text)):
            yield first_request(client, pairwise.question(prompt, one, other, seed), pairwise.Comparison, 0)
    for probe in probes:
        for text in (probe.answer, probe.injected):
            yield first_request(client, pointwise.question(prompt_of(probe), text, seed), pointwise.Opinion, 0)


async def _level(client: Client, judge: str, probe: Probe, text: str, seed: int) -> int | None:
    verdict = await pointwise.verdict(client, judge, prompt_of(probe), completion_of(text), 0, seed)
    return verdict.quality
