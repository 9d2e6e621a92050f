"""A worker like any other, but that the run `crashing` is killed as the system kills what takes too much memory."""

from __future__ import annotations

import os
import signal
from typing import Any

from bardsmith.progress import Progress
from bardsmith.training.gauge import memory_explained
from bardsmith.training.run import train
from bardsmith.training.sharding import spread
from bardsmith.workers import serve


def planted(request: dict[str, Any], progress: Progress) -> None:
    if request["run"]["name"] == "crashing":
        os.kill(os.getpid(), signal.SIGKILL)
    train(request, progress)


if __name__ == "__main__":
    serve(memory_explained(spread(planted)))
