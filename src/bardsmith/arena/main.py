"""The base model, asked in several ways, and every trained run answer every held-out prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bardsmith.arena.config import UNTRAINED, ArenaConfig
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import (
    StudyFolder,
    digest,
    finished_records,
    is_made_from,
    read_records,
    write_json,
    write_records,
)
from bardsmith.progress import Progress
from bardsmith.records import AnswerPace, Completion, Prompt
from bardsmith.workers import run_worker


def main(
    config: ArenaConfig, model: ModelConfig, runs: Sequence[str], folder: StudyFolder, seed: int, progress: Progress
) -> None:
    """Writes `completions.jsonl`: contestants in the study's order, sampled before greedy, prompts in their order.

    Answers that a contestant gave before are kept as long as its adapter, the prompts and the settings are the same.
    """
    contestants = [*config.contestants, *runs]
    for contestant in contestants:
        _claim(folder, contestant, _made_from(config, model, contestant, folder, seed))
    request = {
        "arena": config.model_dump(mode="json"),
        "model": model.model_dump(mode="json"),
        "contestants": contestants,
        "seed": seed,
        "folder": str(folder.root),
    }
    run_worker("bardsmith.arena.answer", request, folder.arena / "log.txt", progress)
    order = {prompt.id: number for number, prompt in enumerate(read_records(folder.heldout, Prompt))}
    completions = [
        completion
        for contestant in contestants
        for completion in sorted(
            read_records(folder.arena / "parts" / f"{contestant}.jsonl", Completion),
            key=lambda c: (c.decoding == "greedy", order[c.prompt], c.sample),
        )
    ]
    write_records(folder.completions, completions)


def _made_from(
    config: ArenaConfig, model: ModelConfig, contestant: str, folder: StudyFolder, seed: int
) -> dict[str, Any]:
    adapter = folder.run(contestant) / "adapter" / "adapter_model.safetensors"
    return {
        "arena": config.model_dump(mode="json", exclude={"contestants"}),
        "model": model.model_dump(mode="json"),
        "seed": seed,
        "heldout": digest(folder.heldout),
        "examples": digest(folder.train) if contestant == "base+examples" else None,
        "adapter": None if contestant in UNTRAINED else digest(adapter),
    }


def _claim(folder: StudyFolder, contestant: str, made_from: Mapping[str, Any]) -> None:
    """Answers given under other conditions must not be gone on with, nor do their times count."""
    parts = folder.arena / "parts"
    claim = parts / f"{contestant}.json"
    if not is_made_from(claim, made_from):
        (parts / f"{contestant}.jsonl").unlink(missing_ok=True)
        paces = finished_records(folder.answer_pace, AnswerPace)
        if any(pace.contestant == contestant for pace in paces):
            write_records(folder.answer_pace, (pace for pace in paces if pace.contestant != contestant))
        write_json(claim, made_from)
