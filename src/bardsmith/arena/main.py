"""The base model, asked in several ways, every trained run and whoever else is invited answer every held-out prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

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
from bardsmith.probing import ProbePrompt
from bardsmith.progress import Progress
from bardsmith.records import CEILING, AnswerPace, Closed, Completion, Prompt
from bardsmith.workers import run_worker

What = Literal["answers", "dev", "probes"]
"""To the held-out prompts, and to what is asked besides; each is gone on with without the others."""


def main(
    config: ArenaConfig, model: ModelConfig, runs: Sequence[str], folder: StudyFolder, seed: int, progress: Progress
) -> None:
    """Writes `completions.jsonl`: contestants in the study's order, sampled before greedy, prompts in their order;
    `probes.jsonl`, likewise; and `dev.jsonl`, the runs' answers to the dev prompts, if the study has such.

    Answers that a contestant gave before are kept as long as its adapter, the prompts and the settings are the same.
    """
    finished_records(folder.answer_pace, AnswerPace)  # a line that a kill cut short goes
    prompts = read_records(folder.heldout, Prompt)
    poems, anchors = human_answers(config.human, prompts) if config.human else ([], [])
    paid = _ceiling_answers(config, prompts, folder, progress)
    contestants = [*config.contestants, *runs]
    dev = read_records(folder.dev, Prompt) if folder.dev.exists() else []
    for contestant in contestants:
        made_from = _made_from(config, model, contestant, folder, seed)
        _claim(folder, contestant, "answers", {**made_from, "heldout": digest(folder.heldout)})
        _claim(folder, contestant, "dev", {**made_from, "dev": digest(folder.dev) if dev else None})
        _claim(folder, contestant, "probes", {**made_from, "probes": digest(folder.probes)})
    request = {
        "arena": config.model_dump(mode="json"),
        "model": model.model_dump(mode="json"),
        "contestants": contestants,
        "seed": seed,
        "folder": str(folder.root),
    }
    run_worker("bardsmith.arena.answer", request, folder.arena / "log.txt", progress)
    probes = read_records(folder.probes, ProbePrompt)
    write_records(folder.probed, _gathered(probes, [part_of(folder, name, "probes") for name in contestants]))
    _write_or_remove(folder.dev_completions, _gathered(dev, [part_of(folder, name, "dev") for name in runs]))
    _write_or_remove(folder.anchors, anchors)
    drawn = _gathered(prompts, [part_of(folder, name) for name in contestants])
    write_records(folder.completions, [*drawn, *paid, *poems])


def part_of(folder: StudyFolder, contestant: str, what: What = "answers") -> Path:
    """Where one contestant's answers are kept until all have answered."""
    place = folder.arena / "parts"
    return (place if what == "answers" else place / what) / f"{contestant}.jsonl"


def forecast(config: ArenaConfig, folder: StudyFolder) -> dict[str, Forecast]:
    """What the ceiling would be asked and would cost, if there is one; nothing is sent."""
    if config.ceiling is None:
        return {}
    prompts = read_records(folder.heldout, Prompt)
    return {CEILING: ceiling_forecast(config.ceiling, config.samples, prompts, folder.replies)}


def _gathered(prompts: Sequence[Prompt], parts: Sequence[Path]) -> list[Completion]:
    order = {prompt.id: number for number, prompt in enumerate(prompts)}
    return [
        completion
        for part in parts
        for completion in sorted(
            read_records(part, Completion), key=lambda c: (c.decoding == "greedy", order[c.prompt], c.sample)
        )
    ]


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
    part = part_of(folder, CEILING)
    service = config.ceiling.model_dump(mode="json", include={"provider", "base_url", "model", "sampling", "extra"})
    made_from = {"ceiling": service, "samples": config.samples, "heldout": digest(folder.heldout)}
    _claim(folder, CEILING, "answers", made_from)
    if not part.exists():
        completions, paces = ask_ceiling(config.ceiling, config.samples, prompts, folder.replies, progress)
        _forget_pace(folder, CEILING)
        append_records(folder.answer_pace, paces)
        write_records(part, completions)
    return read_records(part, Completion)


def _made_from(
    config: ArenaConfig, model: ModelConfig, contestant: str, folder: StudyFolder, seed: int
) -> dict[str, Any]:
    adapter = folder.run(contestant) / "adapter" / "adapter_model.safetensors"
    return {
        "arena": config.model_dump(mode="json", exclude={"contestants", "ceiling", "human"}),
        "model": model.model_dump(mode="json"),
        "seed": seed,
        "examples": digest(folder.train) if contestant == "base+examples" else None,
        "adapter": None if contestant in UNTRAINED else digest(adapter),
    }


def _claim(folder: StudyFolder, contestant: str, what: What, made_from: Mapping[str, Any]) -> None:
    """Answers given under other conditions must not be gone on with, nor do their times count."""
    part = part_of(folder, contestant, what)
    claim = part.with_name(f"{part.stem}.json")
    if not is_made_from(claim, made_from):
        part.unlink(missing_ok=True)
        if what == "answers":
            _forget_pace(folder, contestant)
        write_json(claim, made_from)


def _forget_pace(folder: StudyFolder, contestant: str) -> None:
    paces = finished_records(folder.answer_pace, AnswerPace)
    if any(pace.contestant == contestant for pace in paces):
        write_records(folder.answer_pace, (pace for pace in paces if pace.contestant != contestant))
