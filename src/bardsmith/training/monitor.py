"""Watches a run: logs its losses, samples answers at every evaluation, and marks checkpoints that can be resumed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from bardsmith.models.generate import Ask, draw
from bardsmith.models.load import merged
from bardsmith.models.rendering import render_prompt
from bardsmith.outputs import write_text
from bardsmith.progress import Progress
from bardsmith.records import Conversation, Sampling, seed_of
from bardsmith.verse import junk, verse

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase

SHOWN = 5
"""Validation prompts whose answers are kept at every evaluation."""
COMPLETE = "complete"
"""A file in a checkpoint that was written whole."""


@dataclass(frozen=True)
class Evaluation:
    """What one evaluation found; the best has the most verse, and of equals the lowest loss."""

    step: int
    loss: float
    verse: float
    """Share of validation prompts answered in complete verse without loops."""

    def rank(self) -> tuple[float, float]:
        return (self.verse, -self.loss)


class Sampler:
    """Answers the validation prompts with the adapter in training, each time with the same seeds."""

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, conversations: Sequence[Conversation], sampling: Sampling, seed: int
    ) -> None:
        self.tokenizer = tokenizer
        self.conversations = list(conversations)
        self.asks = [
            Ask(tuple(render_prompt(tokenizer, row.messages[:-1])), sampling, seed_of(seed, row.id))
            for row in conversations
        ]

    def __call__(self, model: PeftModel) -> tuple[float, list[tuple[Conversation, str]]]:
        """The share of good verse, and the first SHOWN answers."""
        with merged(model) as ready:
            drawn = draw(ready, self.tokenizer, self.asks)
        good = [answer.finish == "stop" and verse(answer.text) and not junk(answer.text) for answer in drawn]
        texts = [answer.text for answer in drawn]
        return sum(good) / len(good), list(zip(self.conversations, texts, strict=True))[:SHOWN]


class Monitor(TrainerCallback):  # type: ignore[misc]
    """Writes `metrics.jsonl` and `samples.jsonl`, cut back to the checkpoint when a run is resumed."""

    def __init__(self, folder: Path, name: str, sample: Sampler, progress: Progress) -> None:
        self.folder, self.name, self.sample, self.progress = folder, name, sample, progress
        self.metrics = folder / "metrics.jsonl"
        self.samples = folder / "samples.jsonl"

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        for path in (self.metrics, self.samples):
            kept = [row for row in read_rows(path) if row["step"] <= state.global_step]
            write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept))
        self.progress.update(self.name, state.global_step, state.max_steps)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.progress.update(self.name, state.global_step, state.max_steps)
        if state.global_step == state.max_steps:
            control.should_evaluate = control.should_save = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **kwargs: Any) -> None:
        if "loss" in logs:
            kept: dict[str, Any] = {
                key: float(logs[key]) for key in ("loss", "learning_rate", "grad_norm") if key in logs
            }
            self._append(self.metrics, {"step": state.global_step, **kept})

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: dict[str, float], model: PeftModel, **kwargs: Any
    ) -> None:
        good, shown = self.sample(model)
        found = {"validation_loss": metrics["eval_loss"], "validation_verse": good}
        self._append(self.metrics, {"step": state.global_step, **found})
        for conversation, text in shown:
            question = conversation.question
            row = {"step": state.global_step, "prompt": conversation.id, "question": question, "text": text}
            self._append(self.samples, row)
        share = f"validation loss {metrics['eval_loss']:.3f}, good verse {good:.0%}"
        self.progress.say(f"{self.name}, step {state.global_step}: {share}")
        conversation, text = shown[(state.global_step // args.eval_steps) % len(shown)]
        self.progress.say(
            "\n".join([f"  {conversation.question.splitlines()[-1]}", *(f"    {line}" for line in text.splitlines())])
        )

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        write_text(Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE, "")

    @staticmethod
    def _append(path: Path, row: dict[str, Any]) -> None:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a log; a last line that a kill cut short is left out."""
    if not path.exists():
        return []
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.split("\n") if line]


def evaluations(metrics: Path) -> list[Evaluation]:
    return [
        Evaluation(row["step"], row["validation_loss"], row["validation_verse"])
        for row in read_rows(metrics)
        if "validation_loss" in row
    ]
