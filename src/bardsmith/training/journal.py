"""What happened to the study's runs, and when: one line an event, for whoever comes back after the weekend."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import filelock

from bardsmith.outputs import StudyFolder, append_records, finished_records
from bardsmith.records import Closed

Event = Literal["started", "resumed", "finished", "failed"]


class Entry(Closed):
    at: str
    """UTC, ISO 8601."""
    run: str
    event: Event
    seconds: float | None = None
    """Since it was started or resumed."""
    what: str | None = None
    """Why it failed."""
    remedy: str | None = None


def note(
    folder: StudyFolder,
    run: str,
    event: Event,
    seconds: float | None = None,
    what: str | None = None,
    remedy: str | None = None,
) -> None:
    """Appends to `training/journal.jsonl`, which the runs' processes share, on several machines it may be."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    path = folder.training / "journal.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder.training / ".journal.lock"):
        finished_records(path, Entry)  # a line that a kill cut short goes
        append_records(path, [Entry(at=at, run=run, event=event, seconds=seconds, what=what, remedy=remedy)])


def read(folder: StudyFolder) -> list[Entry]:
    """The journal from its beginning; a last line that is still being written is left out."""
    path = folder.training / "journal.jsonl"
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n") if path.exists() else ("", "", "")
    return [Entry.model_validate_json(line) for line in whole.split("\n") if line]
