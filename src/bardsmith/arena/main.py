"""The base model, asked in several ways, every trained run and whoever else is invited answer every held-out prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bardsmith.arena.ceiling import ask_ceiling, ceiling_forecast
from bardsmith.arena.config import UNTRAINED, ArenaConfig
from bardsmith.arena.human import human_answers
from bardsmith.llm.budget import Forecast
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import (
    StudyFolder,
    append_records,
    digest,
    finished_records,
    is_made_from,
    read_records,
    write_json,
    write_records,
)
from bardsmith.progress import Progress
from bardsmith.records import CEILING, AnswerPace, Closed, Completion, Prompt
from bardsmith.workers import run_worker


def main(
    config: ArenaConfig, model: ModelConfig, runs: Sequence[str], folder: StudyFolder, seed: int, progress: Progress
) -> None:
    """Writes `completions.jsonl`: contestants in the study's order, sampled before greedy, prompts in their order; and
    `dev.jsonl`, the runs' answers to the dev prompts, if the study has such.

    Answers that a contestant gave before are kept as long as its adapter, the prompts and the settings are the same.
    """
    finished_records(folder.answer_pace, AnswerPace)  # a line that a kill cut short goes
    prompts = read_records(folder.heldout, Prompt)
    poems, anchors = human_answers(config.human, prompts) if config.human else ([], [])
    paid = _ceiling_answers(config, prompts, folder, progress)
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
    drawn = [answer for name in contestants for answer in _in_order(folder, name, prompts)]
    dev = read_records(folder.dev, Prompt) if folder.dev.exists() else []
    _write_or_remove(folder.dev_completions, [answer for name in runs for answer in _in_order(folder, name, dev)])
    _write_or_remove(folder.anchors, anchors)
    write_records(folder.completions, [*drawn, *paid, *poems])


def forecast(config: ArenaConfig, folder: StudyFolder) -> dict[str, Forecast]:
    """What the ceiling would be asked and would cost, if there is one; nothing is sent."""
    if config.ceiling is None:
        return {}
    prompts = read_records(folder.heldout, Prompt)
    return {CEILING: ceiling_forecast(config.ceiling, config.samples, prompts, folder.replies)}


def _in_order(folder: StudyFolder, contestant: str, prompts: Sequence[Prompt]) -> list[Completion]:
    """The contestant's answers to these prompts."""
    order = {prompt.id: number for number, prompt in enumerate(prompts)}
    own = [each for each in read_records(_part(folder, contestant), Completion) if each.prompt in order]
    return sorted(own, key=lambda c: (c.decoding == "greedy", order[c.prompt], c.sample))


def _write_or_remove(path: Path, records: Sequence[Closed]) -> None:
    """A file that is only there where the study has something for it."""
    if records:
        write_records(path, records)
    else:
        path.unlink(missing_ok=True)


def _ceiling_answers(
    config: ArenaConfig, prompts: Sequence[Prompt], folder: StudyFolder, progress: Progress
) -> list[Completion]:
    """Asked for once: afterwards they lie in a part of their own, and neither a key nor a network is needed."""
    if config.ceiling is None:
        return []
    part = _part(folder, CEILING)
    service = config.ceiling.model_dump(mode="json", include={"provider", "base_url", "model", "sampling", "extra"})
    made_from = {"ceiling": service, "samples": config.samples, "heldout": digest(folder.heldout)}
    _claim(folder, CEILING, made_from)
    if not part.exists():
        completions, paces = ask_ceiling(config.ceiling, config.samples, prompts, folder.replies, progress)
        _forget_pace(folder, CEILING)
        append_records(folder.answer_pace, paces)
        write_records(part, completions)
    return read_records(part, Completion)


def _part(folder: StudyFolder, contestant: str) -> Path:
    return folder.arena / "parts" / f"{contestant}.jsonl"


def _made_from(
    config: ArenaConfig, model: ModelConfig, contestant: str, folder: StudyFolder, seed: int
) -> dict[str, Any]:
    adapter = folder.run(contestant) / "adapter" / "adapter_model.safetensors"
    return {
        "arena": config.model_dump(mode="json", exclude={"contestants", "ceiling", "human"}),
        "model": model.model_dump(mode="json"),
        "seed": seed,
        "heldout": digest(folder.heldout),
        **({"dev": digest(folder.dev)} if contestant not in UNTRAINED and folder.dev.exists() else {}),
        "examples": digest(folder.train) if contestant == "base+examples" else None,
        "adapter": None if contestant in UNTRAINED else digest(adapter),
    }


def _claim(folder: StudyFolder, contestant: str, made_from: Mapping[str, Any]) -> None:
    """Answers given under other conditions must not be gone on with, nor do their times count."""
    claim = _part(folder, contestant).with_suffix(".json")
    if not is_made_from(claim, made_from):
        _part(folder, contestant).unlink(missing_ok=True)
        _forget_pace(folder, contestant)
        write_json(claim, made_from)


def _forget_pace(folder: StudyFolder, contestant: str) -> None:
    paces = finished_records(folder.answer_pace, AnswerPace)
    if any(pace.contestant == contestant for pace in paces):
        write_records(folder.answer_pace, (pace for pace in paces if pace.contestant != contestant))
