"""Runs a part of a study in a process of its own, so that its crash or its memory costs that part only.

The parent sends one request (JSON, with the study's `folder`) on the child's standard input and keeps that pipe open:
when the parent dies, in whatever way, the pipe closes and the child ends itself. The child answers with one event
(JSON) a line on standard output; everything else that it or a library prints goes to a log file.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import filelock

from bardsmith.errors import BardsmithError, InputError, RunError
from bardsmith.progress import Progress


def run_worker(
    module: str,
    request: Mapping[str, Any],
    log: Path,
    progress: Progress,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Runs `python -m module` on `request` and shows its progress. Raises the error the child told, or RunError.

    `environment` holds variables that this child gets beside its parent's. Workers of one folder take turns, unless
    their requests name them (`worker`) differently.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    settings = {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "TOKENIZERS_PARALLELISM": "false"}
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env={**os.environ, **settings, **(environment or {})},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        error: BardsmithError | None = None
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                error = _show(json.loads(line), progress) or error
            code = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            process.stdin.close()
    if error is not None:
        raise error
    if code != 0:
        remedy = f"The end of {log} says more:\n{_tail(log)}"
        raise RunError(f"a worker ended {_how(code)}", f"{LESS_MEMORY}\n  {remedy}" if _is_kill(code) else remedy)


def _show(event: Mapping[str, Any], progress: Progress) -> BardsmithError | None:
    if "task" in event:
        progress.update(event["task"], event["done"], event["total"])
    elif "say" in event:
        progress.say(event["say"])
    elif "error" in event:
        kind = InputError if event["input"] else RunError
        return kind(event["error"], event["remedy"])
    return None


LESS_MEMORY = "End other programs, or let it hold less at once: a lower batch_size, and in training max_length or rank."


def _is_kill(code: int) -> bool:
    return hasattr(signal, "SIGKILL") and code == -signal.SIGKILL


def _how(code: int) -> str:
    if _is_kill(code):
        return "because the system killed it, most likely for want of memory"
    return f"with signal {-code}" if code < 0 else f"with exit code {code}"


def _tail(log: Path, lines: int = 5) -> str:
    text = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return "\n".join(f"    {line}" for line in text[-lines:])


class Events:
    """The child's Progress: one JSON line an event."""

    def __init__(self) -> None:
        # Libraries print to standard output as they like; the events keep the real one, prints go to the log.
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
        os.dup2(2, 1)

    def update(self, task: str, done: int, total: int) -> None:
        self._send(task=task, done=done, total=total)

    def say(self, text: str) -> None:
        self._send(say=text)

    def fail(self, error: BardsmithError) -> None:
        what = str(error).removesuffix(f"\n  {error.remedy}")  # with the faults that an InputError may have
        self._send(error=what, remedy=error.remedy, input=isinstance(error, InputError))

    def _send(self, **event: object) -> None:
        self._out.write(json.dumps(event) + "\n")


def serve(work: Callable[[dict[str, Any], Progress], None]) -> NoReturn:
    """The child's main: reads the request, does `work`, tells errors, and never outlives its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is its parent's to answer, and is no failure of the work
    events = Events()
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        # A killed parent may be replaced before its child has ended: the new child waits for the old one here.
        with filelock.FileLock(_lock_of(request), timeout=60):
            work(request, events)
    except filelock.Timeout:
        events.fail(InputError(f"another worker is still busy in {request['folder']}", "Wait for it, or end it."))
        sys.exit(InputError.exit_code)
    except BardsmithError as error:
        events.fail(error)
        sys.exit(error.exit_code)
    except Exception as error:
        told = disk_error(error, Path(request["folder"]))
        if told is None:
            raise
        events.fail(told)
        sys.exit(RunError.exit_code)
    sys.exit(0)


def _lock_of(request: Mapping[str, Any]) -> Path:
    name = f".worker.{request['worker']}.lock" if "worker" in request else ".worker.lock"
    return Path(request["folder"]) / name


def end_with_parent() -> None:
    """Ends this process once its standard input closes, which is when its parent is gone."""
    sys.stdin.read()
    os._exit(1)


FULL = 8 << 20
"""Bytes left on a disk under which a failed write is put down to it."""


def disk_error(error: Exception, folder: Path) -> RunError | None:
    """What an error of reading or writing means to the person at the keyboard; None if it is another kind of error.

    Libraries that write weights tell a full disk in errors of their own, so the disk itself is looked at, too.
    """
    if isinstance(error, OSError) and error.errno is not None:
        what = f"could not read or write {error.filename or folder}: {error.strerror}"
    elif folder.is_dir() and shutil.disk_usage(folder).free < FULL:
        what = f"the disk that holds {folder} is full"
    else:
        return None
    return RunError(what, "Finished work is kept: mend this and run the same command again.")
