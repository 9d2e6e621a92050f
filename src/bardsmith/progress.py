"""How far a stage is: the two calls every stage makes, whoever shows them."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    def update(self, task: str, done: int, total: int) -> None:
        """`task` has finished `done` of `total` steps; 0 of n opens it, n of n closes it."""

    def say(self, text: str) -> None:
        """One line worth reading while waiting."""


class Silent:
    """Shows nothing: for tests and for programs that call a stage themselves."""

    def update(self, task: str, done: int, total: int) -> None:
        pass

    def say(self, text: str) -> None:
        pass
