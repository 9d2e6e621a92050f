"""Errors that speak to the person at the keyboard: what was wrong, where, what is allowed, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input, and what would mend it."""

    what: str
    where: str | None = None
    """File and line, such as `study.yaml:12`."""
    remedy: str | None = None

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n    {self.remedy}" if self.remedy else text


class BardsmithError(Exception):
    """Base of every error that is told without a traceback."""

    exit_code = 1

    def __init__(self, what: str, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}\n  {self.remedy}" if self.remedy else self.what


class InputError(BardsmithError):
    """The study, a file or an argument is wrong; nothing was started."""

    exit_code = 2

    def __init__(self, what: str, remedy: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(what, remedy)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        lines = [self.what, *(f"  {fault}" for fault in self.faults)]
        return "\n".join([*lines, f"  {self.remedy}"] if self.remedy else lines)


class RunError(BardsmithError):
    """Something failed while working; what was finished is kept and the same command goes on from there."""
