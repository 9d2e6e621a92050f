"""The monitor's files, and the run that it ends because it only repeats itself."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bardsmith.errors import InputError
from bardsmith.models.forgetting import Memory
from bardsmith.progress import Silent
from bardsmith.standing import read_rows
from bardsmith.training.config import RunConfig
from bardsmith.training.monitor import Monitor, evaluations, stopped_early
from bardsmith.training.recitation import Recited
from bardsmith.training.trainer import build_trainer


def answer(prompt: str, score: float, loops: bool = False) -> Recited:
    return Recited(prompt, "Why?", f"Because.\n{score}", score, verse=True, complete=not loops, loops=loops)


PUBLISHED: list[dict[str, float]] = []


def watched(
    folder: Path, answers: list[list[Recited]], last: int | None = None, stop_looping: bool = True
) -> list[int]:
    """Runs the callbacks of a run with an evaluation at every second step; returns the steps done."""
    told = iter(answers)
    memory = iter(Memory(20.0 + number, 0.9) for number in range(100))
    monitor = Monitor(
        folder, "r", lambda _: next(told), lambda _: 2.5, lambda _: next(memory), 2, stop_looping, Silent()
    )
    PUBLISHED.clear()
    monitor.publish = PUBLISHED.append
    model: Any = None
    control = SimpleNamespace(should_save=False, should_training_stop=False)
    state = SimpleNamespace(global_step=0, max_steps=2 * len(answers) if last is None else last)
    monitor.on_train_begin(None, state, control, model)
    done = []
    while state.global_step < state.max_steps and not control.should_training_stop:
        state.global_step += 1
        monitor.on_step_end(None, state, control, model)
        monitor.on_log(None, state, control, {"loss": 3.0, "grad_norm": 1.0, "epoch": 0.1})
        done.append(state.global_step)
    return done


def test_every_evaluation_is_kept_with_all_its_answers(tmp_path: Path) -> None:
    watched(tmp_path, [[answer("a", 0.2), answer("b", 0.4)], [answer("a", 0.8), answer("b", 0.6, loops=True)]])
    first, second = evaluations(tmp_path)
    assert (first.step, first.scores, first.loops, first.loss) == (2, (0.2, 0.4), 0.0, 2.5)
    assert (second.step, second.scores, second.loops, second.complete) == (4, (0.8, 0.6), 0.5, 0.5)
    rows = read_rows(tmp_path / "metrics.jsonl")
    assert rows[0] == {"step": 0, "prose_perplexity": 20.0, "facts_known": 0.9}
    measured = [row for row in rows if "validation_score" in row]
    assert [(row["step"], row["prose_perplexity"]) for row in measured] == [(2, 21.0), (4, 22.0)]
    assert measured[1]["validation_score"] == pytest.approx(0.7)
    assert measured[1]["validation_score_low"] <= 0.7 <= measured[1]["validation_score_high"]
    assert len([row for row in rows if "loss" in row]) == 4
    assert [found["validation_score"] for found in PUBLISHED] == [row["validation_score"] for row in measured]


def test_a_run_that_mostly_loops_at_two_evaluations_in_a_row_ends_and_says_why(tmp_path: Path) -> None:
    fine, looping = [answer("a", 0.5)], [answer("a", 0.0, loops=True)]
    assert watched(tmp_path, [looping, fine, looping, looping, fine]) == list(range(1, 9))
    assert stopped_early(tmp_path, True) == (
        "stopped at step 8: 100% and 100% of its answers looped at the last 2 evaluations"
    )


def test_a_tracker_that_is_not_installed_is_told_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    nothing: Any = None
    with pytest.raises(InputError, match="mlflow, which is not installed"):
        build_trainer(nothing, nothing, RunConfig(name="r"), [], Path(), 1, [], ["mlflow"])


def test_it_goes_on_where_that_is_not_wanted(tmp_path: Path) -> None:
    assert len(watched(tmp_path, [[answer("a", 0.0, loops=True)]] * 4, stop_looping=False)) == 8
    assert stopped_early(tmp_path, False) is None


def test_what_lies_behind_the_checkpoint_is_forgotten_when_a_run_is_resumed(tmp_path: Path) -> None:
    watched(tmp_path, [[answer("a", 0.1)], [answer("a", 0.2)]])
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 5, "lo')  # a kill cut it short
    monitor = Monitor(tmp_path, "r", lambda _: [], lambda _: 0.0, lambda _: Memory(1, 1), 2, True, Silent())
    model: Any = None
    monitor.on_train_begin(None, SimpleNamespace(global_step=2, max_steps=4), None, model)
    assert [one.step for one in evaluations(tmp_path)] == [2]
    text = (tmp_path / "metrics.jsonl").read_text(encoding="utf-8")
    assert all(json.loads(line)["step"] <= 2 for line in text.splitlines())
    assert text.count('"step": 0') == 1
