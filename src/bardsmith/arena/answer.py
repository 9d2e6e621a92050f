"""Every contestant's answers, in a process of its own: drawn in batches, each kept as soon as it has ended.

The dev prompts and the probes come after the held-out prompts, while the contestant is loaded, and into parts of their
own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bardsmith.arena.config import UNTRAINED, ArenaConfig
from bardsmith.arena.contestants import asked, chosen_examples, put_to
from bardsmith.arena.main import What, part_of
from bardsmith.models.config import ModelConfig
from bardsmith.models.generate import Ask, Drawn, draw
from bardsmith.models.load import load_contestant, load_tokenizer
from bardsmith.models.rendering import render_prompt
from bardsmith.outputs import StudyFolder, append_records, finished_records, read_records, write_records
from bardsmith.probing import ProbePrompt
from bardsmith.progress import Progress
from bardsmith.records import AnswerPace, Completion, Conversation, Decoding, Prompt, seed_of
from bardsmith.workers import serve

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


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
    """Completes `arena/parts/<contestant>.jsonl` of every contestant in the request, and its other parts."""
    config = ArenaConfig.model_validate(request["arena"])
    model_config = ModelConfig.model_validate(request["model"])
    folder = StudyFolder(Path(request["folder"]))
    tokenizer = load_tokenizer(model_config, progress)
    prompts, probes = read_records(folder.heldout, Prompt), read_records(folder.probes, ProbePrompt)
    dev = read_records(folder.dev, Prompt) if folder.dev.exists() else []
    shown = "base+examples" in request["contestants"]
    examples = chosen_examples(read_records(folder.train, Conversation)) if shown else ()
    for contestant in request["contestants"]:
        tasks: list[tuple[What, Sequence[Prompt], ArenaConfig]] = [
            ("answers", prompts, config),
            ("dev", [] if contestant in UNTRAINED else dev, config.once()),
            ("probes", put_to(contestant, probes), config.once(greedy=True)),
        ]
        parts = []
        for what, those, how in tasks:
            rendered = [(one.id, tuple(render_prompt(tokenizer, asked(contestant, one, examples)))) for one in those]
            batches = list(_batches(rendered, how, request["seed"]))
            parts.append(Keeper(what, contestant, folder, batches, progress))
        if not all(part.is_complete for part in parts):
            adapter = None if contestant in UNTRAINED else folder.run(contestant) / "adapter"
            model = load_contestant(model_config, adapter, progress)
            for part in parts:
                for batch in part.batches:
                    _draw_missing(model, tokenizer, batch, part)
            del model
        for part in parts:
            part.put_in_order()


def _draw_missing(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, batch: Sequence[Question], keeper: Keeper
) -> None:
    missing = [question for question in batch if question.key not in keeper.kept]
    if missing:
        asks = [question.ask for question in missing]
        began = time.monotonic()
        drawn = draw(model, tokenizer, asks, lambda number, each: keeper.keep(missing[number], each))
        keeper.note(len(drawn), sum(each.tokens for each in drawn), time.monotonic() - began)


class Keeper:
    """One contestant's part: what is in it already, and how an answer gets into it."""

    def __init__(
        self,
        what: What,
        contestant: str,
        folder: StudyFolder,
        batches: Sequence[Sequence[Question]],
        progress: Progress,
    ) -> None:
        self.what, self.contestant, self.batches, self.progress = what, contestant, batches, progress
        self.questions = list(chain.from_iterable(batches))
        self.part, self.pace = part_of(folder, contestant, what), folder.answer_pace
        self.kept = {(c.prompt, c.decoding, c.sample): c for c in finished_records(self.part, Completion)}
        self._show()

    @property
    def is_complete(self) -> bool:
        return len(self.kept) == len(self.questions)

    def keep(self, question: Question, drawn: Drawn) -> None:
        completion = Completion(
            contestant=self.contestant,
            prompt=question.prompt,
            decoding=question.decoding,
            sample=question.sample,
            seed=question.ask.seed,
            text=drawn.text,
            tokens=drawn.tokens,
            finish=drawn.finish,
        )
        append_records(self.part, [completion])
        self.kept[question.key] = completion
        self._show()

    def note(self, answers: int, tokens: int, seconds: float) -> None:
        """How long it took to draw so many answers at once; told of the held-out prompts, which all answer alike."""
        if self.what == "answers":
            pace = AnswerPace(contestant=self.contestant, answers=answers, tokens=tokens, seconds=round(seconds, 3))
            append_records(self.pace, [pace])

    def put_in_order(self) -> None:
        """They ended in the order of their lengths; a part is the same whether it was broken off or not."""
        write_records(self.part, (self.kept[question.key] for question in self.questions))

    def _show(self) -> None:
        if self.questions:
            self.progress.update(f"{self.what} of {self.contestant}", len(self.kept), len(self.questions))


def _batches(
    rendered: Sequence[tuple[str, tuple[int, ...]]], config: ArenaConfig, seed: int
) -> Iterator[list[Question]]:
    """Prompts of like length share a batch, and all answers to a prompt, so that it is read once."""

    def questions(prompt: str, ids: tuple[int, ...]) -> Iterator[Question]:
        for sample in range(config.samples):
            yield Question(prompt, "sampled", sample, Ask(ids, config.sampling, seed_of(seed, prompt, sample)))
        if config.greedy:
            yield Question(prompt, "greedy", 0, Ask(ids, config.sampling.greedy(), seed_of(seed, prompt, "greedy")))

    ordered = sorted(rendered, key=lambda pair: (len(pair[1]), pair[0]))
    size = max(1, config.batch_size // (config.samples + config.greedy))
    for start in range(0, len(ordered), size):
        yield [question for pair in ordered[start : start + size] for question in questions(*pair)]


if __name__ == "__main__":
    serve(answer)
