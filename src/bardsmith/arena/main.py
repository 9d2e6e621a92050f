"""The base model, asked in several ways, and every trained run answer every held-out prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from bardsmith.arena.config import UNTRAINED, ArenaConfig
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import StudyFolder, digest, is_made_from, read_records, write_json, write_records
from bardsmith.probing import ProbePrompt
from bardsmith.progress import Progress
from bardsmith.records import Completion, Prompt
from bardsmith.workers import run_worker

What = Literal["answers", "probes"]
"""Of the held-out prompts, and of what is asked besides; either is gone on with without the other."""


def main(
    config: ArenaConfig, model: ModelConfig, runs: Sequence[str], folder: StudyFolder, seed: int, progress: Progress
) -> None:
    """Writes `completions.jsonl`: contestants in the study's order, sampled before greedy, prompts in their order; and
    `probes.jsonl`, likewise.

    Answers that a contestant gave before are kept as long as its adapter, the prompts and the settings are the same.
    """
    contestants = [*config.contestants, *runs]
    for contestant in contestants:
        made_from = _made_from(config, model, contestant, folder, seed)
        _claim(part_of(folder, contestant), {**made_from, "heldout": digest(folder.heldout)})
        _claim(part_of(folder, contestant, "probes"), {**made_from, "probes": digest(folder.probes)})
    request = {
        "arena": config.model_dump(mode="json"),
        "model": model.model_dump(mode="json"),
        "contestants": contestants,
        "seed": seed,
        "folder": str(folder.root),
    }
    run_worker("bardsmith.arena.answer", request, folder.arena / "log.txt", progress)
    held_out, probes = read_records(folder.heldout, Prompt), read_records(folder.probes, ProbePrompt)
    write_records(folder.completions, _gathered(held_out, [part_of(folder, name) for name in contestants]))
    write_records(folder.probed, _gathered(probes, [part_of(folder, name, "probes") for name in contestants]))


def part_of(folder: StudyFolder, contestant: str, what: What = "answers") -> Path:
    """Where one contestant's answers are kept until all have answered."""
    place = folder.arena / "parts"
    return (place if what == "answers" else place / "probes") / f"{contestant}.jsonl"


def _gathered(prompts: Sequence[Prompt], parts: Sequence[Path]) -> Iterator[Completion]:
    order = {prompt.id: number for number, prompt in enumerate(prompts)}
    for part in parts:
        completions = read_records(part, Completion)
        yield from sorted(completions, key=lambda c: (c.decoding == "greedy", order[c.prompt], c.sample))


def _made_from(
    config: ArenaConfig, model: ModelConfig, contestant: str, folder: StudyFolder, seed: int
) -> dict[str, Any]:
    adapter = folder.run(contestant) / "adapter" / "adapter_model.safetensors"
    return {
        "arena": config.model_dump(mode="json", exclude={"contestants"}),
        "model": model.model_dump(mode="json"),
        "seed": seed,
        "examples": digest(folder.train) if contestant == "base+examples" else None,
        "adapter": None if contestant in UNTRAINED else digest(adapter),
    }


def _claim(part: Path, made_from: Mapping[str, Any]) -> None:
    """Answers given under other conditions must not be gone on with."""
    claim = part.with_name(f"{part.stem}.json")
    if not is_made_from(claim, made_from):
        part.unlink(missing_ok=True)
        write_json(claim, made_from)
