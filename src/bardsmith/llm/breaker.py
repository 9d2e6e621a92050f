"""When to stop asking a service that does not answer: a clear word instead of hours of retries."""

from __future__ import annotations

import time
from collections.abc import Callable

from bardsmith.errors import RunError
from bardsmith.llm.failures import Unreachable


class Breaker:
    """Judges by what all calls of one client see: single failures between successes never break it."""

    def __init__(self, where: str, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._where = where
        self._patience = patience
        self._clock = clock
        self._ever_succeeded = False
        self._trouble_since: float | None = None
        """When the first request of an unbroken row of failures was sent."""

    def succeeded(self) -> None:
        self._ever_succeeded = True
        self._trouble_since = None

    def failed(self, sent_at: float, failure: Exception) -> RunError | None:
        """The reason to stop all, if this failure is one too many."""
        self._trouble_since = sent_at if self._trouble_since is None else min(sent_at, self._trouble_since)
        trouble = self._clock() - self._trouble_since
        if trouble < self._patience:
            return None
        return RunError(
            f"{self._where} has answered nothing for {trouble:.0f} seconds; the last failure: {failure}",
            "What was answered is kept. The same command goes on from there when the service is well again.",
        )

    def gave_up(self, failures: list[Exception]) -> RunError | None:
        """The reason to stop all, if a call's attempts are used up and nothing ever answered there."""
        if self._ever_succeeded or not all(isinstance(failure, Unreachable) for failure in failures):
            return None
        return RunError(
            f"nothing answers at {self._where}: {failures[-1]}",
            "Start the server, or mend the address or the network; then the same command.",
        )
