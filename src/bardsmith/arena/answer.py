"""Every contestant's answers, in a process of its own: batch by batch, each batch kept as soon as it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bardsmith.arena.config import UNTRAINED, ArenaConfig
from bardsmith.arena.contestants import asked, chosen_examples
from bardsmith.models.config import ModelConfig
from bardsmith.models.generate import Ask, draw
from bardsmith.models.load import load_contestant, load_tokenizer
from bardsmith.models.rendering import render_prompt
from bardsmith.outputs import StudyFolder, append_records, finished_records, read_records, write_records
from bardsmith.progress import Progress
from bardsmith.records import Completion, Conversation, Decoding, Prompt, seed_of
from bardsmith.workers import serve


@dataclass(frozen=True)
class Question:
    """One answer to be drawn, and whose it is."""

    prompt: str
    decoding: Decoding
    sample: int
    ask: Ask

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
    examples = (
        chosen_examples(read_records(folder.train, Conversation)) if "base+examples" in config.contestants else ()
    )
    for contestant in request["contestants"]:
        rendered = [(each.id, tuple(render_prompt(tokenizer, asked(contestant, each, examples)))) for each in prompts]
        batches = list(_batches(rendered, config, request["seed"]))
        part = folder.arena / "parts" / f"{contestant}.jsonl"
        done = _whole_batches(part, contestant, batches)
        task = f"answers of {contestant}"
        progress.update(task, done, len(batches))
        if done == len(batches):
            continue
        adapter = None if contestant in UNTRAINED else folder.run(contestant) / "adapter"
        model = load_contestant(model_config, adapter, progress)
        for number, batch in enumerate(batches[done:], start=done + 1):
            drawn = draw(model, tokenizer, [question.ask for question in batch])
            completions = [
                Completion(
                    contestant=contestant,
                    prompt=question.prompt,
                    decoding=question.decoding,
                    sample=question.sample,
                    seed=question.ask.seed,
                    text=result.text,
                    tokens=result.tokens,
                    finish=result.finish,
                )
                for question, result in zip(batch, drawn, strict=True)
            ]
            append_records(part, completions)
            progress.update(task, number, len(batches))
        del model


def _questions(prompt: str, ids: tuple[int, ...], config: ArenaConfig, seed: int) -> Iterator[Question]:
    for sample in range(config.samples):
        yield Question(prompt, "sampled", sample, Ask(ids, config.sampling, seed_of(seed, prompt, sample)))
    if config.greedy:
        yield Question(prompt, "greedy", 0, Ask(ids, config.sampling.greedy(), seed_of(seed, prompt, "greedy")))


def _batches(
    rendered: Sequence[tuple[str, tuple[int, ...]]], config: ArenaConfig, seed: int
) -> Iterator[list[Question]]:
    """Prompts of like length share a batch, and all answers to a prompt: the same at every start, so none is split."""
    ordered = sorted(rendered, key=lambda pair: (len(pair[1]), pair[0]))
    each = config.samples + config.greedy
    size = max(1, config.batch_size // each)
    for start in range(0, len(ordered), size):
        yield [q for prompt, ids in ordered[start : start + size] for q in _questions(prompt, ids, config, seed)]


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
