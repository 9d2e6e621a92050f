"""Every contestant's answers, in a process of its own: batch by batch, each batch kept as soon as it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bardsmith.arena.config import ArenaConfig
from bardsmith.models.config import ModelConfig
from bardsmith.models.generate import draw
from bardsmith.models.load import load_contestant, load_tokenizer
from bardsmith.models.rendering import render_prompt
from bardsmith.outputs import StudyFolder, append_records, finished_records, read_records, write_records
from bardsmith.progress import Progress
from bardsmith.records import Completion, Decoding, Prompt, seed_of
from bardsmith.workers import serve


@dataclass(frozen=True)
class Question:
    """One answer to be drawn."""

    prompt: str
    ids: list[int]
    decoding: Decoding
    sample: int
    seed: int

    @property
    def key(self) -> tuple[str, Decoding, int]:
        return (self.prompt, self.decoding, self.sample)


def answer(request: dict[str, Any], progress: Progress) -> None:
    """Completes `arena/parts/<contestant>.jsonl` of every contestant named in the request."""
    config = ArenaConfig.model_validate(request["arena"])
    model_config = ModelConfig.model_validate(request["model"])
    folder = StudyFolder(Path(request["folder"]))
    tokenizer = load_tokenizer(model_config, progress)
    prompts = read_records(folder.heldout, Prompt)
    rendered = [(prompt.id, render_prompt(tokenizer, prompt.messages)) for prompt in prompts]
    batches = list(_batches(_questions(rendered, config, request["seed"]), config.batch_size))
    for contestant in request["contestants"]:
        part = folder.arena / "parts" / f"{contestant}.jsonl"
        done = _whole_batches(part, contestant, batches)
        progress.update(contestant, done, len(batches))
        if done == len(batches):
            continue
        adapter = None if contestant == "base" else folder.run(contestant) / "adapter"
        model = load_contestant(model_config, adapter, progress)
        for number, batch in enumerate(batches[done:], start=done + 1):
            greedy = batch[0].decoding == "greedy"
            sampling = config.sampling.greedy() if greedy else config.sampling
            drawn = draw(model, tokenizer, [q.ids for q in batch], sampling, [q.seed for q in batch])
            completions = [
                Completion(
                    contestant=contestant,
                    prompt=question.prompt,
                    decoding=question.decoding,
                    sample=question.sample,
                    seed=question.seed,
                    text=result.text,
                    tokens=result.tokens,
                    finish=result.finish,
                )
                for question, result in zip(batch, drawn, strict=True)
            ]
            append_records(part, completions)
            progress.update(contestant, number, len(batches))
        del model


def _questions(rendered: Sequence[tuple[str, list[int]]], config: ArenaConfig, seed: int) -> Iterator[Question]:
    for sample in range(config.samples):
        for prompt, ids in rendered:
            yield Question(prompt, ids, "sampled", sample, seed_of(seed, prompt, sample))
    if config.greedy:
        for prompt, ids in rendered:
            yield Question(prompt, ids, "greedy", 0, seed_of(seed, prompt, "greedy"))


def _batches(questions: Iterator[Question], size: int) -> Iterator[list[Question]]:
    """Batches of one decoding, prompts of like length together: the same at every start, so that none is split."""
    by_decoding: dict[str, list[Question]] = {}
    for question in questions:
        by_decoding.setdefault(question.decoding, []).append(question)
    for members in by_decoding.values():
        ordered = sorted(members, key=lambda question: (len(question.ids), question.key))
        yield from (ordered[i : i + size] for i in range(0, len(ordered), size))


def _whole_batches(part: Path, contestant: str, batches: Sequence[Sequence[Question]]) -> int:
    """How many batches stand whole at the start of the part; what lies behind them is cut off."""
    found = finished_records(part, Completion)
    done = rows = 0
    for batch in batches:
        wanted = [question.key for question in batch]
        if [(c.prompt, c.decoding, c.sample) for c in found[rows : rows + len(batch)]] != wanted:
            break
        rows += len(batch)
        done += 1
    if rows < len(found):
        write_records(part, found[:rows])
    return done


if __name__ == "__main__":
    serve(answer)
