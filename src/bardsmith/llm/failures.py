"""How a call may fail. The client waits and retries for two of them and passes on the third at once."""

from __future__ import annotations

from bardsmith.errors import RunError


class Throttled(Exception):  # noqa: N818  (a state of the service, caught by the client)
    """429, or 503 and 529 with a wait: the service wants fewer requests."""

    def __init__(self, said: str, retry_after: float | None = None) -> None:
        super().__init__(said)
        self.retry_after = retry_after
        """Seconds from now, from a number of seconds or from a date; None if not told."""


class Passing(Exception):  # noqa: N818
    """A timeout, a broken or cut connection, a 5xx, an empty reply: the same request may go well."""


class Refused(RunError):  # noqa: N818
    """400, 401, 402, 403, 404 and the like, told in the service's words: asking again is useless."""
