"""How far a run is, read from the files that it keeps while it is trained: the same for whoever trains it, and where.

A terminal that shows a run on another machine, or one that was killed yesterday, needs nothing but its folder.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import filelock

from bardsmith.outputs import StudyFolder, read_manifest
from bardsmith.records import Closed

State = Literal["open", "running", "stopped", "done", "failed"]
"""`stopped`: begun and neither at work nor ended, as after a kill; the same command goes on with it."""
RECENT = 20
"""Steps over which speed is averaged."""


class Pace(Closed):
    """One line of a run's `pace.jsonl`: how fast a step was. It is no result, and the only log that holds times."""

    step: int
    steps: int
    """Of the whole run."""
    since: int
    """The step after which this process began: 0, or that of the checkpoint it went on from."""
    elapsed: float
    """Seconds since then, evaluations included."""
    seconds: float
    """Of this step alone."""
    tokens: int
    """Read in this step, padding left out."""
    memory: int
    """Bytes at the peak so far: of the GPU where there is one, else of the process."""


@dataclass(frozen=True)
class Standing:
    """A run in one line; None is what is not known (yet)."""

    run: str
    state: State
    step: int | None = None
    steps: int | None = None
    loss: float | None = None
    """Of the last step."""
    score: float | None = None
    """Mean score of the validation answers, 0 to 1: the kept checkpoint's once the run is done, else the last one's."""
    loops: float | None = None
    """Share of answers that loop, of the same evaluation."""
    tokens_per_second: float | None = None
    memory: int | None = None
    """Bytes."""
    seconds_left: float | None = None
    failure: str | None = None
    """Why it failed, and what to do."""


def lock_of(folder: StudyFolder, run: str) -> Path:
    """The file that is locked while somebody trains the run; beside its folder, which may be cleared."""
    return folder.training / f".{run}.lock"


def standing(folder: StudyFolder, run: str) -> Standing:
    """How far one run of the study is."""
    place = folder.run(run)
    manifest, failure = read_manifest(place), place / "failure.json"
    state: State = "stopped" if (place / "run.json").exists() else "open"
    reason = None
    if _is_locked(lock_of(folder, run)):
        state = "running"
    elif manifest is not None:
        state = "done"
    elif failure.exists():
        told = json.loads(failure.read_text(encoding="utf-8"))
        state, reason = "failed", "\n".join(filter(None, (told["what"], told["remedy"])))
    if state == "open":
        return Standing(run, state)
    rows = read_rows(place / "metrics.jsonl")
    chosen = manifest.counts.get("chosen_step") if manifest is not None else None
    evaluations = [row for row in rows if "validation_loss" in row and chosen in (None, row["step"])]
    evaluation = evaluations[-1] if evaluations else {}
    losses = [row["loss"] for row in rows if "loss" in row]
    paces = [Pace.model_validate(row) for row in read_rows(place / "pace.jsonl")]
    last = paces[-1] if paces else None
    return Standing(
        run,
        state,
        step=last.step if last else None,
        steps=last.steps if last else None,
        loss=losses[-1] if losses else None,
        score=evaluation.get("validation_score"),
        loops=evaluation.get("validation_loops"),
        tokens_per_second=_speed(paces),
        memory=max((pace.memory for pace in paces), default=None),
        seconds_left=_left(last) if last and state == "running" else None,
        failure=reason,
    )


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a log; a last line that a kill cut short is left out."""
    if not path.exists():
        return []
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.split("\n") if line]


def _speed(paces: list[Pace]) -> float | None:
    recent = [pace for pace in paces[-RECENT:] if pace.since == paces[-1].since]
    seconds = sum(pace.seconds for pace in recent)
    return sum(pace.tokens for pace in recent) / seconds if seconds else None


def _left(last: Pace) -> float:
    return last.elapsed / (last.step - last.since) * (last.steps - last.step)


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with filelock.FileLock(path, timeout=0):
            return False
    except filelock.Timeout:
        return True
