"""The file of what is finished while a run lasts, so that the next one goes on where this one was killed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from bardsmith.corpus.gates.objections import Rejected
from bardsmith.outputs import append_records, line_of
from bardsmith.records import Closed, Text

Row = TypeVar("Row", bound=Closed)

NO_REPLY = "no reply"
"""The gate of what was given up: the only rejection that asking again may mend."""


class Finished(Closed, Generic[Row]):
    """What came of all that was asked about one source text."""

    job: Text
    begun: Text
    """Digest of what was asked; with another one it is another job."""
    rows: tuple[Row, ...] = ()
    rejected: tuple[Rejected, ...] = ()

    @property
    def gave_up(self) -> bool:
        return any(objection.gate == NO_REPLY for each in self.rejected for objection in each.objections)


class _Place(NamedTuple):
    start: int
    """Of its line, in bytes."""
    begun: str
    rows: int
    rejected: int


class Part(Generic[Row]):
    """One line a job, in the order in which they ended. In memory is only where each line is."""

    def __init__(self, path: Path, shape: type[Finished[Row]]) -> None:
        """Reads back what is there; half a line at the end is cut off."""
        self.path = path
        self._shape = shape
        self._places: dict[str, _Place] = {}
        """By job."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        with path.open("rb+") as file:
            start = 0
            for line in file:
                if not line.endswith(b"\n"):
                    file.truncate(start)
                    break
                self._note(shape.model_validate_json(line), start)
                start += len(line)

    def _note(self, finished: Finished[Row], start: int) -> None:
        begun = "" if finished.gave_up else finished.begun
        self._places[finished.job] = _Place(start, begun, len(finished.rows), len(finished.rejected))

    def has(self, job: str, begun: str) -> bool:
        """Is this job done, and was it the same? What was given up is to be done anew."""
        return job in self._places and self._places[job].begun == begun

    def counts(self, job: str) -> tuple[int, int]:
        """How many rows and rejects came of a job."""
        return self._places[job].rows, self._places[job].rejected

    def add(self, finished: Sequence[Finished[Row]]) -> None:
        """Brings finished jobs to the disk."""
        start = self.path.stat().st_size
        append_records(self.path, finished)
        for each in finished:
            self._note(each, start)
            start += len(line_of(each).encode())

    def read(self, jobs: Iterable[str]) -> Iterator[Finished[Row]]:
        """What came of these jobs, in their order."""
        with self.path.open("rb") as file:
            for job in jobs:
                file.seek(self._places[job].start)
                yield self._shape.model_validate_json(file.readline())
