"""Runs the tiny study as a user would, and reads back all that it leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bardsmith.outputs import MANIFEST, StudyFolder

COMMAND = [sys.executable, "-m", "bardsmith"]
HOLDS_TIMES = {"index.html", "report.pdf", "log.txt", "pace.jsonl", "speed.csv", "journal.jsonl"}


@dataclass(frozen=True)
class Finished:
    folder: StudyFolder
    seconds: float
    said: str


def bardsmith(*words: str, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], cwd=cwd, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload,no-any-return]


def results(folder: Path) -> dict[str, object]:
    """Every file a study leaves, by path; times aside."""
    files: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.name == MANIFEST:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            manifest.pop("seconds")
            kept = {file: d for file, d in manifest["outputs"].items() if Path(file).name not in HOLDS_TIMES}
            files[name] = {**manifest, "outputs": kept}
        elif path.is_file() and path.name not in HOLDS_TIMES and not path.name.endswith(".lock"):
            files[name] = path.read_bytes()
    return files
