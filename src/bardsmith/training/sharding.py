"""One run over several GPUs of a machine: a process for each, which holds its part of the base (FSDP2).

The worker is the first process and the only one that writes. It starts the others, which train the same run on other
batches and answer the same validation prompts (every layer's weights are gathered from all of them), with their logs
in a scratch folder. None outlives another: the others' standard input is a pipe from the first, which watches them.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import torch

from bardsmith.models.config import ModelConfig
from bardsmith.models.load import dtype_of
from bardsmith.progress import Progress, Silent
from bardsmith.training.gauge import Work
from bardsmith.workers import end_with_parent


def spread(work: Work) -> Work:
    """The same work, but for a run with `shards: N` it is done by N processes, of which this is the first."""

    @functools.wraps(work)
    def spread_work(request: dict[str, Any], progress: Progress) -> None:
        shards, port = request["run"]["shards"], _free_port()
        others = [_start(request, rank, shards, port) for rank in range(1, shards)]
        if others:
            os.environ.update(_place(0, shards, port))
        work(request, progress)
        for other in others:
            other.wait()

    return spread_work


def is_first() -> bool:
    """Whether this process is the run's only one, or the first: the one that writes its results."""
    return int(os.environ.get("RANK", "0")) == 0


def logs_of(folder: Path, scratch: str | None) -> Path:
    """Where this process keeps the run's logs: its folder; all but the first have a copy in `scratch`."""
    if scratch is None:
        return folder
    for name in ("metrics.jsonl", "samples.jsonl"):
        if (folder / name).exists():
            shutil.copyfile(folder / name, Path(scratch) / name)
    return Path(scratch)


def loaded_for(config: ModelConfig, shards: int) -> ModelConfig:
    """How a base is loaded that is to be spread: whole, into the computer's memory; no GPU need hold all of it."""
    if shards == 1:
        return config
    dtype = "float32" if dtype_of(config) == torch.float32 else "bfloat16"
    return config.model_copy(update={"device": "cpu", "dtype": dtype})


def fsdp_settings(shards: int) -> dict[str, Any]:
    """What SFTConfig is told so that accelerate spreads the model; nothing if it is not to be spread."""
    if shards == 1 or not torch.cuda.is_available():  # accelerate spreads over GPUs only
        return {}
    config = {"version": 2, "auto_wrap_policy": "TRANSFORMER_BASED_WRAP", "state_dict_type": "FULL_STATE_DICT"}
    return {"fsdp": "full_shard", "fsdp_config": config}


def smallest(number: int) -> int:
    """The smallest of what the run's processes give; they must all ask. Without others, the number itself."""
    if not torch.distributed.is_initialized():
        return number
    device = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
    numbers = torch.tensor(number, device=device)
    torch.distributed.all_reduce(numbers, torch.distributed.ReduceOp.MIN)
    return int(numbers)


def _start(request: dict[str, Any], rank: int, shards: int, port: int) -> subprocess.Popen[str]:
    environment = {**os.environ, **_place(rank, shards, port)}
    command = [sys.executable, "-m", "bardsmith.training.sharding"]
    other = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=sys.stderr, text=True, encoding="utf-8", env=environment
    )
    assert other.stdin is not None
    other.stdin.write(json.dumps(request) + "\n")
    other.stdin.flush()
    threading.Thread(target=_end_with, args=(other,), daemon=True).start()
    return other


def _place(rank: int, shards: int, port: int) -> dict[str, str]:
    """The variables by which PyTorch's processes find one another, as torchrun sets them."""
    own = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": shards, "LOCAL_WORLD_SIZE": shards, "MASTER_PORT": port}
    return {"MASTER_ADDR": "127.0.0.1", **{name: str(value) for name, value in own.items()}}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _end_with(other: subprocess.Popen[str]) -> None:
    """Ends this process as another one of the run ended, if badly: it would wait for that one for ever."""
    code = other.wait()
    if code < 0:
        os.kill(os.getpid(), -code)
    if code > 0:
        os._exit(code)


def main() -> None:
    """One of the other processes."""
    from bardsmith.training.run import train

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=end_with_parent, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="bardsmith-") as scratch:
        train({**request, "scratch": scratch}, Silent())


if __name__ == "__main__":
    main()
