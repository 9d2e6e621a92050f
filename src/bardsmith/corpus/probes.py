"""Draws the probes of a study: facts, safety twins, and held-out prompts under other system prompts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from bardsmith.corpus.config import CorpusConfig
from bardsmith.outputs import read_records
from bardsmith.probing import PARAPHRASES, ProbePrompt, Variant
from bardsmith.records import Message, Prompt, seed_of

PROMPTS = Path(__file__).parent / "prompts"
Drawn = TypeVar("Drawn")


def probe_files(config: CorpusConfig) -> list[Path]:
    """The shipped files that the study's probes are drawn from."""
    wanted = {
        "facts.jsonl": config.probes.facts,
        "safety.jsonl": config.probes.safety,
        "system.txt": config.probes.system_prompts if config.system_prompt else 0,
    }
    return [PROMPTS / name for name, number in wanted.items() if number]


def asked_apart(config: CorpusConfig) -> list[Prompt]:
    """All facts and safety prompts that may be drawn: none of them may be learned from."""
    return [prompt for file in probe_files(config) if file.suffix == ".jsonl" for prompt in read_records(file, Prompt)]


def probes(config: CorpusConfig, held_out: Sequence[Prompt], seed: int) -> list[ProbePrompt]:
    """The study's probes under its system prompt: the same for every contestant, and decided by the seed."""
    found = [*_facts(config, seed), *_safety(config, seed), *_system_prompts(config, held_out, seed)]
    return [probe if probe.probe == "system prompt" else _led(probe, config.system_prompt) for probe in found]


def spread(rows: Sequence[Drawn], number: int, seed: int) -> list[Drawn]:
    """So many rows at even distances from a random start, or all of them: neighbours get their share, be they of one
    topic or one kind (systematic sampling)."""
    if number >= len(rows):
        return list(rows)
    start = random.Random(seed).random()
    return [rows[int((start + i) * len(rows) / number)] for i in range(number)]


def _facts(config: CorpusConfig, seed: int) -> Iterator[ProbePrompt]:
    if config.probes.facts:
        prompts = read_records(PROMPTS / "facts.jsonl", Prompt)
        for prompt in spread(prompts, config.probes.facts, seed_of(seed, "facts")):
            yield ProbePrompt(**dict(prompt), probe="facts")


def _safety(config: CorpusConfig, seed: int) -> Iterator[ProbePrompt]:
    """Twins stay together, and harmless ones are as many as those to be refused."""
    if not config.probes.safety:
        return
    prompts = read_records(PROMPTS / "safety.jsonl", Prompt)
    kinds = {prompt.item: prompt.kind for prompt in prompts}
    items = set(spread(sorted(kinds, key=lambda item: kinds[item]), config.probes.safety, seed_of(seed, "safety")))
    for prompt in prompts:
        if prompt.item in items:
            variant: Variant = "verse" if prompt.id.endswith("-verse") else "prose"
            yield ProbePrompt(**dict(prompt), probe="safety", variant=variant)


def _system_prompts(config: CorpusConfig, held_out: Sequence[Prompt], seed: int) -> Iterator[ProbePrompt]:
    """Each of some held-out prompts without a system message of its own, under every wording of the study's."""
    if config.system_prompt is None or not config.probes.system_prompts:
        return
    _, *others = (PROMPTS / "system.txt").read_text(encoding="utf-8").splitlines()
    wordings: dict[Variant, str | None] = {"own": config.system_prompt, "none": None}
    wordings |= dict(zip(PARAPHRASES, others, strict=True))
    bare = sorted((each for each in held_out if each.messages[0].role != "system"), key=lambda each: each.kind)
    for prompt in spread(bare, config.probes.system_prompts, seed_of(seed, "system prompts")):
        for variant, wording in wordings.items():
            own = {**dict(prompt), "id": f"{prompt.id}, {variant}"}
            yield _led(ProbePrompt(**own, probe="system prompt", variant=variant), wording)


def _led(probe: ProbePrompt, system_prompt: str | None) -> ProbePrompt:
    if system_prompt is None:
        return probe
    return probe.model_copy(update={"messages": (Message(role="system", content=system_prompt), *probe.messages)})
