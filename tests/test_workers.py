"""Workers tell their errors, leave a log when they crash, and never outlive their parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bardsmith.errors import InputError, RunError
from bardsmith.workers import run_worker

WORKER = """
import os, sys, time
from pathlib import Path
from bardsmith.errors import InputError
from bardsmith.workers import serve

def work(request, progress):
    print("a library says something")
    progress.update("task", 1, 2)
    if request["do"] == "refuse":
        raise InputError("the input is wrong", "mend it")
    if request["do"] == "crash":
        raise ZeroDivisionError("a fault of ours")
    if request["do"] == "full":
        raise OSError(28, "No space left on device", "some.file")
    if request["do"] == "die":
        os.kill(os.getpid(), 9)
    if request["do"] == "wait":
        Path(request["folder"], "pid").write_text(str(os.getpid()))
        time.sleep(60)
    progress.say("done")

if __name__ == "__main__":
    serve(work)
"""


class Seen:
    def __init__(self) -> None:
        self.events: list[object] = []

    def update(self, task: str, done: int, total: int) -> None:
        self.events.append((task, done, total))

    def say(self, text: str) -> None:
        self.events.append(text)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "a_worker.py").write_text(WORKER, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    return "a_worker"


def run(worker: str, tmp_path: Path, do: str) -> Seen:
    seen = Seen()
    run_worker(worker, {"do": do, "folder": str(tmp_path)}, tmp_path / "log.txt", seen)
    return seen


def test_progress_arrives_and_prints_go_to_the_log(worker: str, tmp_path: Path) -> None:
    assert run(worker, tmp_path, "work").events == [("task", 1, 2), "done"]
    assert "a library says something" in (tmp_path / "log.txt").read_text()


def test_a_told_error_keeps_its_kind_and_remedy(worker: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the input is wrong\n  mend it"):
        run(worker, tmp_path, "refuse")


def test_a_full_disk_is_told_in_words(worker: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"could not read or write some.file: No space left(.|\n)*run the same command"):
        run(worker, tmp_path, "full")


def test_a_crash_shows_the_end_of_the_log(worker: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"exit code 1(.|\n)*ZeroDivisionError: a fault of ours"):
        run(worker, tmp_path, "crash")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_kill_by_the_system_is_recognised(worker: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="want of memory"):
        run(worker, tmp_path, "die")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_killed_parent_takes_its_worker_with_it(worker: str, tmp_path: Path) -> None:
    request = {"do": "wait", "folder": str(tmp_path)}
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom bardsmith.workers import run_worker\n"
        "from bardsmith.progress import Silent\n"
        f"run_worker({worker!r}, json.loads(sys.argv[1]), Path(sys.argv[2]), Silent())"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, json.dumps(request), str(tmp_path / "log.txt")])
    deadline = time.monotonic() + 60
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child = int((tmp_path / "pid").read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while _lives(child):
        assert time.monotonic() < deadline, "the worker outlived its parent"
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().split()[2]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
