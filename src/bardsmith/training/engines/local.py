"""The engine of one machine: a run on each GPU at a time; without a GPU, one run at a time."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Sequence

from bardsmith.errors import InputError
from bardsmith.progress import Progress
from bardsmith.training.sequence import Outcome, Task, carry_out


def train_all(tasks: Sequence[Task], progress: Progress) -> list[Outcome]:
    """Carries the runs out in the study's order, each as soon as the GPUs that it needs are free.

    Raises InputError if a run needs more GPUs than there are, or what `carry_out` raises.
    """
    gpus = [] if any(task.model.device == "cpu" for task in tasks) else visible_gpus()
    _refuse_too_many_shards(tasks, gpus)
    waiting, free, at_work = deque(tasks), list(gpus), 0
    ended: queue.SimpleQueue[tuple[Outcome | Exception, list[str]]] = queue.SimpleQueue()

    def carry(task: Task, taken: list[str]) -> None:
        try:
            ended.put((carry_out(task, progress, taken or None), taken))
        except Exception as error:  # told by the thread that waits
            ended.put((error, taken))

    outcomes: list[Outcome] = []
    while waiting or at_work:
        while waiting and (waiting[0].run.shards <= len(free) if gpus else not at_work):
            task = waiting.popleft()
            taken = [free.pop(0) for _ in range(task.run.shards if gpus else 0)]
            # A daemon: when this process ends, for whatever reason, its workers see their pipes close and end, too.
            threading.Thread(target=carry, args=(task, taken), daemon=True).start()
            at_work += 1
        outcome, taken = _next(ended)
        if isinstance(outcome, Exception):
            raise outcome
        outcomes.append(outcome)
        free += taken
        at_work -= 1
    return outcomes


def visible_gpus() -> list[str]:
    """Identifiers of the NVIDIA cards this process may use, as CUDA_VISIBLE_DEVICES has them; torch is not needed."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name for name in chosen.split(",") if name not in ("", "-1")]
    if shutil.which("nvidia-smi") is None:
        return []
    found = subprocess.run(
        ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"], capture_output=True, text=True, check=False
    )
    return found.stdout.split() if found.returncode == 0 else []


def _refuse_too_many_shards(tasks: Sequence[Task], gpus: Sequence[str]) -> None:
    for task in tasks:
        if task.run.shards > max(1, len(gpus)):
            raise InputError(
                f"run {task.name} is to be spread over {task.run.shards} GPUs; there are {len(gpus)} here",
                "Lower its `shards`, or train it on a larger machine: --engine ray, slurm or skypilot.",
            )


def _next(ended: queue.SimpleQueue[tuple[Outcome | Exception, list[str]]]) -> tuple[Outcome | Exception, list[str]]:
    """Waits in short turns, since on Windows a long one does not hear Ctrl-C."""
    while True:
        try:
            return ended.get(timeout=1)
        except queue.Empty:
            continue
