"""Watches a run: logs it, measures at every evaluation what it writes and what it forgets, marks checkpoints."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from bardsmith.models.forgetting import Memory
from bardsmith.outputs import write_text
from bardsmith.progress import Progress
from bardsmith.standing import read_rows
from bardsmith.training.choice import IN_A_ROW, Evaluation, breaks_down
from bardsmith.training.recitation import Recited

if TYPE_CHECKING:
    from peft import PeftModel

COMPLETE = "complete"
"""A file in a checkpoint that was written whole."""


class Monitor(TrainerCallback):  # type: ignore[misc]
    """Writes `metrics.jsonl` and `samples.jsonl`, cut back to the checkpoint when a run is resumed."""

    def __init__(
        self,
        folder: Path,
        name: str,
        recite: Callable[[PeftModel], list[Recited]],
        loss: Callable[[PeftModel], float],
        remember: Callable[[PeftModel], Memory],
        evaluate_every: int,
        stop_looping: bool,
        progress: Progress,
    ) -> None:
        self.folder, self.name, self.progress = folder, f"run {name}", progress
        self.recite, self.loss, self.remember = recite, loss, remember
        self.evaluate_every, self.stop_looping = evaluate_every, stop_looping
        self.metrics = folder / "metrics.jsonl"
        self.samples = folder / "samples.jsonl"
        self.publish: Callable[[dict[str, float]], None] = lambda found: None
        """Sends what an evaluation found to the trackers, if there are any."""

    def on_train_begin(self, args: Any, state: Any, control: Any, model: PeftModel, **kwargs: Any) -> None:
        for path in (self.metrics, self.samples):
            kept = [row for row in read_rows(path) if row["step"] <= state.global_step]
            write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept))
        if not read_rows(self.metrics):  # the adapter does nothing yet: this is the base
            self._append(self.metrics, [{"step": 0, **_memory_row(self.remember(model))}])
        self.progress.update(self.name, state.global_step, state.max_steps)

    def on_step_end(self, args: Any, state: Any, control: Any, model: PeftModel, **kwargs: Any) -> None:
        self.progress.update(self.name, state.global_step, state.max_steps)
        if state.global_step % self.evaluate_every == 0 or state.global_step == state.max_steps:
            self._evaluate(state.global_step, model)
            control.should_log = control.should_save = True  # publishing has taken the step's own line off the list
            if self.stop_looping and breaks_down(evaluations(self.folder)):
                control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **kwargs: Any) -> None:
        if "loss" in logs:
            kept: dict[str, Any] = {
                key: float(logs[key]) for key in ("loss", "learning_rate", "grad_norm") if key in logs
            }
            self._append(self.metrics, [{"step": state.global_step, **kept}])

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            write_text(Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE, "")

    def _evaluate(self, step: int, model: PeftModel) -> None:
        answers, loss = self.recite(model), self.loss(model)
        self._append(self.samples, [{"step": step, **answer._asdict()} for answer in answers])
        found = evaluation(step, loss, answers)
        low, high = found.interval
        measured = {
            "validation_loss": loss,
            "validation_score": found.score,
            "validation_score_low": low,
            "validation_score_high": high,
            "validation_verse": found.verse,
            "validation_complete": found.complete,
            "validation_loops": found.loops,
            **_memory_row(self.remember(model)),
        }
        self._append(self.metrics, [{"step": step, **measured}])
        self.publish(measured)
        self.progress.say(
            f"{self.name}, step {step}: score {found.score:.2f} [{low:.2f}, {high:.2f}], verse {found.verse:.0%}, "
            f"complete {found.complete:.0%}, loops {found.loops:.0%}; validation loss {loss:.3f}"
        )
        shown = answers[(step // self.evaluate_every) % len(answers)]
        self.progress.say("\n    ".join([f"  {shown.question.splitlines()[-1]}", *shown.text.splitlines()]))

    @staticmethod
    def _append(path: Path, rows: Sequence[dict[str, Any]]) -> None:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _memory_row(memory: Memory) -> dict[str, float]:
    return {"prose_perplexity": memory.perplexity, "facts_known": memory.facts}


def evaluation(step: int, loss: float, answers: Sequence[Recited]) -> Evaluation:
    def share(values: Sequence[bool]) -> float:
        return sum(values) / len(values)

    return Evaluation(
        step=step,
        loss=loss,
        scores=tuple(answer.score for answer in answers),
        verse=share([answer.verse for answer in answers]),
        complete=share([answer.complete for answer in answers]),
        loops=share([answer.loops for answer in answers]),
    )


def evaluations(folder: Path) -> list[Evaluation]:
    """What a run's folder holds of its evaluations, in their order."""
    losses = {
        row["step"]: row["validation_loss"] for row in read_rows(folder / "metrics.jsonl") if "validation_loss" in row
    }
    answers: dict[int, list[Recited]] = {step: [] for step in losses}
    for row in read_rows(folder / "samples.jsonl"):
        if row["step"] in answers:
            answers[row["step"]].append(Recited(**{name: row[name] for name in Recited._fields}))
    return [evaluation(step, loss, answers[step]) for step, loss in losses.items()]


def stopped_early(folder: Path, stop_looping: bool) -> str | None:
    """Why a run ended before its last step; None if it did not."""
    found = evaluations(folder)
    if not (stop_looping and breaks_down(found)):
        return None
    shares = " and ".join(f"{one.loops:.0%}" for one in found[-IN_A_ROW:])
    return f"stopped at step {found[-1].step}: {shares} of its answers looped at the last {IN_A_ROW} evaluations"
