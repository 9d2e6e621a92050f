"""Answers per second, way by way: python benchmarks/generation.py STUDY_FOLDER (a finished study with its adapters).

Every way draws the same greedy answers of the study's first run to its held-out prompts; how many come out the same is
told, since a fast way that answers otherwise is none.

- plain: transformers' generate, batches in the order of the file, padded on the left
- sorted: the same, prompts of like length in a batch
- continuous: transformers' generate_batch, where this version can do it on this device
- ours: models/generate.py, as the arena draws: sorted, each prompt read once, what has ended leaves the batch

Then ours for every contestant, its adapter merged into the base or switched to on a base that holds them all.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch

from bardsmith.models.config import ModelConfig
from bardsmith.models.generate import Ask, draw
from bardsmith.models.load import load_contestant, load_tokenizer
from bardsmith.models.rendering import render_prompt
from bardsmith.models.switching import Switchable
from bardsmith.outputs import StudyFolder, read_records
from bardsmith.progress import Silent
from bardsmith.records import Prompt, Sampling
from bardsmith.study.load import load_study


@dataclass(frozen=True)
class Task:
    """What is drawn."""

    tokenizer: Any
    prompts: Sequence[list[int]]
    rows: int
    """Answers drawn at once."""
    tokens: int
    """Of an answer at most."""

    def batches(self) -> Iterator[Sequence[list[int]]]:
        for start in range(0, len(self.prompts), self.rows):
            yield self.prompts[start : start + self.rows]

    def by_length(self) -> Task:
        return Task(self.tokenizer, sorted(self.prompts, key=lambda ids: (len(ids), ids)), self.rows, self.tokens)


PAGE = 64
"""Tokens in a page of the cache that continuous batching keeps."""

Way = Callable[[Any, Task], list[str]]
"""Draws the answers of a model, in the order of the task's prompts."""


def main() -> None:
    """Prints seconds, those of the processor and answers per second of each way; the median of its rounds."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, help="outputs/<study>")
    arguments.add_argument("--prompts", type=int, default=None, help="only so many of the held-out prompts")
    arguments.add_argument("--rows", type=int, default=32, help="answers drawn at once")
    arguments.add_argument("--tokens", type=int, default=64, help="of an answer at most")
    arguments.add_argument("--rounds", type=int, default=3)
    chosen = arguments.parse_args()
    folder = StudyFolder(chosen.folder.absolute())
    config = load_study(folder.study).model
    tokenizer = load_tokenizer(config, Silent())
    prompts = [render_prompt(tokenizer, prompt.messages) for prompt in read_records(folder.heldout, Prompt)]
    prompts = prompts[: chosen.prompts]
    task = Task(tokenizer, prompts, chosen.rows, chosen.tokens)
    adapters: dict[str, Path | None] = {"base": None}
    adapters |= {path.parent.name: path for path in sorted(folder.training.glob("*/adapter"))}
    print(f"{len(prompts)} prompts, {chosen.rows} at once, {torch.get_num_threads()} threads", flush=True)
    compare_ways(config, next(path for path in adapters.values() if path), task, chosen.rounds)
    compare_adapters(config, adapters, task.by_length())


def compare_ways(config: ModelConfig, adapter: Path, task: Task, rounds: int) -> None:
    """Round by round, so that a busy minute of the machine hits all ways alike."""
    model = load_contestant(config, adapter, Silent())
    ways: dict[str, tuple[Way, Task]] = {
        "plain": (_plain, task),
        "sorted": (_plain, task.by_length()),
        "continuous": (_continuous, task.by_length()),
        "ours": (_ours, task.by_length()),
    }
    wanted = sorted(_ours(model, task.by_length()))
    took: dict[str, list[Took]] = {name: [] for name in ways}
    same = dict.fromkeys(ways, 0)
    for _ in range(rounds):
        for name, (way, own) in ways.items():
            clock = Clock()
            try:
                answers = way(model, own)
            except Exception as error:  # a way that this version or device lacks is told, and the others are measured
                print(
                    f"{name}: not to be had here: {type(error).__name__}: {str(error).splitlines()[0][:90]}", flush=True
                )
                continue
            took[name].append(clock.took())
            _tell(name, took[name][-1], len(answers))
            same[name] = sum(one == other for one, other in zip(sorted(answers), wanted, strict=True))
    print("median:")
    for name, found in took.items():
        if found:
            _tell(name, statistics.median_low(found), len(wanted), f"{same[name]} of {len(wanted)} answers as ours")


def compare_adapters(config: ModelConfig, adapters: Mapping[str, Path | None], task: Task) -> None:
    """Every contestant in turn, loading included: that is what the arena waits for."""
    whole = Clock()
    for name, adapter in adapters.items():
        own = Clock()
        _ours(load_contestant(config, adapter, Silent()), task)
        _tell(f"{name}, merged", own.took(), len(task.prompts))
    _tell("all, merged", whole.took(), len(adapters) * len(task.prompts))
    whole = Clock()
    switchable = Switchable(config, adapters, Silent())
    for name in adapters:
        own = Clock()
        switchable.use(name)
        _ours(switchable.model, task)
        _tell(f"{name}, switched", own.took(), len(task.prompts))
    _tell("all, switched", whole.took(), len(adapters) * len(task.prompts))


class Took(NamedTuple):
    seconds: float
    processor: float
    """Seconds of all threads: what a machine that is busy with other things distorts least."""


class Clock:
    def __init__(self) -> None:
        self.started = time.perf_counter(), time.process_time()

    def took(self) -> Took:
        return Took(time.perf_counter() - self.started[0], time.process_time() - self.started[1])


def _tell(name: str, took: Took, answers: int, more: str = "") -> None:
    rate = f"{answers / took.seconds:5.2f} answers/s"
    print(f"{name:18} {took.seconds:6.1f} s {took.processor:6.1f} s of processor   {rate}   {more}", flush=True)


@torch.inference_mode()
def _plain(model: Any, task: Task) -> list[str]:
    answers: list[str] = []
    for batch in task.batches():
        padded = task.tokenizer.pad({"input_ids": batch}, padding_side="left", return_tensors="pt").to(model.device)
        drawn = model.generate(**padded, do_sample=False, max_new_tokens=task.tokens, repetition_penalty=1.0)
        texts = task.tokenizer.batch_decode(drawn[:, padded["input_ids"].shape[1] :], skip_special_tokens=True)
        answers += [text.strip() for text in texts]
    return answers


def _continuous(model: Any, task: Task) -> list[str]:
    from transformers import ContinuousBatchingConfig, GenerationConfig

    stop = task.tokenizer.eos_token_id
    config = GenerationConfig(do_sample=False, max_new_tokens=task.tokens, eos_token_id=stop, pad_token_id=stop)
    pages = 1 + max(map(len, task.prompts)) // PAGE + task.tokens // PAGE
    # Sizes are given: left to itself it takes 90 % of the memory, which on a processor is the whole machine's.
    sizes = ContinuousBatchingConfig(
        page_size=PAGE, num_blocks=task.rows * pages, max_batch_tokens=8 * task.rows, max_requests_per_batch=task.rows
    )
    found = model.generate_batch(list(task.prompts), config, sizes)
    answers = [task.tokenizer.decode(one.generated_tokens, skip_special_tokens=True) for one in found.values()]
    if len(answers) != len(task.prompts):
        raise RuntimeError(f"{len(answers)} of {len(task.prompts)} answers came")
    return [answer.strip() for answer in answers]


def _ours(model: Any, task: Task) -> list[str]:
    greedy = Sampling(temperature=0, top_p=1, max_new_tokens=task.tokens)
    drawn = (draw(model, task.tokenizer, [Ask(tuple(ids), greedy, 0) for ids in batch]) for batch in task.batches())
    return [answer.text for batch in drawn for answer in batch]


if __name__ == "__main__":
    main()
