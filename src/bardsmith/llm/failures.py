"""How a call may fail. The client waits and asks again for the first three, and passes on a refusal at once."""

from __future__ import annotations

import email.utils
from datetime import UTC, datetime

from bardsmith.errors import RunError


class Throttled(Exception):  # noqa: N818  (a state of the service, caught by the client)
    """429, 503 or 529: the service wants fewer requests."""

    def __init__(self, said: str, retry_after: float | None = None) -> None:
        super().__init__(said)
        self.retry_after = retry_after
        """Seconds from now, from a number of seconds or from a date; None if not told."""


class Passing(Exception):  # noqa: N818
    """A timeout, a broken or cut connection, a 5xx, an empty reply: the same request may go well."""


class Unreachable(Passing):
    """No connection was made at all: nothing listens there, the name is unknown, the network is down."""


class Refused(RunError):  # noqa: N818
    """400, 401, 402, 403, 404 and the like, told in the service's words: asking again is useless."""


class GaveUp(RunError):  # noqa: N818
    """One call got no reply within its attempts or its deadline; others may still go well."""


def seconds_to_wait(retry_after: str | None, now: datetime | None = None) -> float | None:
    """What a Retry-After header asks for (RFC 9110, 10.2.3): seconds, or a date; None for none that can be read."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            date = email.utils.parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        in_utc = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (in_utc - (now or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if seconds == seconds else None
