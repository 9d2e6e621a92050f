"""The engine of a Ray cluster: runs go where GPUs are free, and start again elsewhere when a machine is lost.

Every machine must see the study's folder at the same path and have bardsmith installed. What a run has finished lies
in its folder, so one that is started again goes on from its last checkpoint and ends as if nothing had happened.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import Any

from bardsmith.errors import InputError
from bardsmith.progress import Progress, Silent
from bardsmith.training.sequence import Outcome, Task, carry_out

RETRIES = 3
"""Machines that a run may lose before it is given up."""
PATIENCE = 120.0
"""Seconds that a run waits for its own remains on a machine that is being lost."""


def train_all(tasks: Sequence[Task], progress: Progress) -> list[Outcome]:
    """Carries the runs out on the cluster that RAY_ADDRESS names, or that this machine is part of.

    Raises InputError if Ray or the cluster is missing, or if it has too few GPUs for a run.
    """
    ray = _connected()
    try:
        total = ray.cluster_resources()
        on_gpu = total.get("GPU", 0) > 0 and all(task.model.device != "cpu" for task in tasks)
        remote = ray.remote(_carry_out)
        waiting = {}
        for task in tasks:
            needs = _needs(task, on_gpu)
            _refuse_what_never_fits(task, needs, total)
            waiting[remote.options(**needs, max_retries=RETRIES, name=f"run {task.name}").remote(task)] = task
        outcomes = []
        while waiting:
            ended, _ = ray.wait(list(waiting), timeout=1)  # in short turns, for Ctrl-C
            for reference in ended:
                outcomes.append(_outcome(ray, reference, waiting.pop(reference), progress))
        return outcomes
    finally:
        ray.shutdown()  # ends what this process started on the cluster; the cluster stays


def _connected() -> Any:
    try:
        import ray
    except ModuleNotFoundError:
        raise InputError("Ray is not installed", 'pip install "bardsmith[train,ray]"') from None
    address = os.environ.get("RAY_ADDRESS", "auto")
    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, logging_level="error")
    except OSError as error:  # a ConnectionError is one
        raise InputError(
            f"there is no Ray cluster to be found from here (address {address}): {str(error).splitlines()[0]}",
            "Begin one with `ray start --head`, join others with `ray start --address=HOST:6379`, or set RAY_ADDRESS.",
        ) from None
    return ray


def _knock(address: str) -> None:
    """Raises OSError if nobody answers at `host:port`; Ray itself would go on trying for minutes."""
    host, _, port = address.rpartition(":")
    if port.isdecimal() and "//" not in host:
        socket.create_connection((host, int(port)), timeout=10).close()


def _needs(task: Task, on_gpu: bool) -> dict[str, float]:
    """What Ray sets aside for a run: its share of a GPU, or whole ones; a processor where there is no GPU."""
    if not on_gpu:
        return {"num_cpus": 1}
    return {"num_cpus": 1, "num_gpus": task.run.shards if task.run.shards > 1 else task.training.gpus_per_run}


def _refuse_what_never_fits(task: Task, needs: dict[str, float], total: dict[str, float]) -> None:
    if needs.get("num_gpus", 0) > total.get("GPU", 0):
        raise InputError(
            f"run {task.name} needs {needs['num_gpus']} GPUs; the cluster has {total.get('GPU', 0):.0f}",
            "Add machines to it, or lower the run's `shards`.",
        )


def _carry_out(task: Task) -> Outcome:
    """On the machine that Ray chose, which has set CUDA_VISIBLE_DEVICES; how far it is, the run's own files tell."""
    return carry_out(task, Silent(), patience=PATIENCE)


def _outcome(ray: Any, reference: Any, task: Task, progress: Progress) -> Outcome:
    """Of a run that ended; Ray's own errors, such as the loss of one machine too many, are failures of the run."""
    try:
        outcome: Outcome = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause if isinstance(error.cause, InputError) else error from None
    except ray.exceptions.RayError as error:
        outcome = Outcome(task.name, f"it was lost with its machine, {RETRIES + 1} times: {error}")
    if outcome.failure is not None:
        progress.say(f"Run {task.name} failed and is left out: {outcome.failure}")
    else:
        progress.update(f"run {task.name}", 1, 1)
    return outcome
