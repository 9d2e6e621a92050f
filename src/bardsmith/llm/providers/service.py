"""How a service says no, in words and statuses that both dialects share: what may pass, what cannot, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, NoReturn

from bardsmith.errors import InputError
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Reply, Request, Usage
from bardsmith.llm.failures import Passing, Refused, Throttled, Unreachable, seconds_to_wait
from bardsmith.llm.keys import VARIABLES
from bardsmith.records import Sampling

SECONDS_TO_CONNECT = 10.0
SHOWN = 500
"""Characters of a service's words that are shown."""
THROTTLING = (429, 503, 529)
PASSING = (408, 409, 425)
OUT_OF_CREDIT = ("insufficient_quota", "billing_hard_limit_reached")
"""Codes that OpenAI sends with a 429 although waiting does not help."""
FLAGGED = ("content_filter", "content_policy_violation")
"""Codes of a 400 or 403 that is about this one prompt."""
RESERVED = ("messages", "model", "n", "stream")
"""What `extra` may not say: it is said elsewhere, or the reply would not be one."""


class Withheld(Exception):  # noqa: N818
    """The service's moderation turned this one prompt away; others may go well."""


def sdk_of(package: str) -> Any:
    """The service's own library. Raises InputError if it is not installed."""
    try:
        return import_module(package)
    except ImportError as error:
        raise InputError(
            f"the package {package} is needed for this provider and cannot be imported ({error})",
            'Install it: pip install "bardsmith[llm]".',
        ) from None


def refuse_unknown(config: LlmConfig, sampling: Sampling, unknown: tuple[str, ...]) -> None:
    """Raises InputError for sampling that the provider would not heed, and for an `extra` that breaks the reply."""
    plain = Sampling(temperature=1, top_p=1)
    asked = [name for name in unknown if getattr(sampling, name) != getattr(plain, name)]
    if asked:
        raise InputError(
            f"provider {config.provider} does not know {' and '.join(asked)}",
            f"Leave {' and '.join(asked)} out of `sampling`; openrouter, a server of your own and local know them.",
        )
    reserved = [name for name in RESERVED if name in config.extra]
    if reserved:
        raise InputError(f"`extra` may not say {' and '.join(reserved)}", "Models and samples are configured apart.")


def parameters(request: Request, *known: str) -> dict[str, Any]:
    """The sampling that is not at its default."""
    plain = Sampling(temperature=1, top_p=1)
    values = {name: getattr(request.sampling, name) for name in known}
    return {name: value for name, value in values.items() if value != getattr(plain, name)}


@contextmanager
def failures_told(sdk: Any, provider: str) -> Iterator[None]:
    """Turns what the SDK raises (both are made by one generator) into Throttled, Passing and Refused."""
    try:
        yield
    except sdk.APIConnectionError as error:  # a timeout is one, too
        cause = error.__cause__ or error
        said = f"{type(cause).__name__}: {cause}".rstrip(": ")
        # By name: the HTTP library under the SDKs has changed before, its exceptions' names have not.
        if type(cause).__name__ in ("ConnectError", "ConnectTimeout"):
            raise Unreachable(f"no connection ({said})") from None
        raise Passing(f"the connection failed ({said})") from None
    except sdk.APIStatusError as error:
        raise_for(provider, error.status_code, error.body, error.response.headers.get("retry-after"))
    except json.JSONDecodeError as error:
        raise Passing(f"the reply is not JSON that can be read ({error})") from None
    except sdk.APIError as error:
        raise Passing(f"the reply cannot be used ({error})") from None


def raise_for(provider: str, status: int, body: object, retry_after: str | None = None) -> NoReturn:
    """Raises what an HTTP status, or the code in an error body, means: one of the failures, or Withheld."""
    said = f"{status}: {words(body)}"
    if _error_of(body).get("code") in OUT_OF_CREDIT:
        raise Refused(said, remedy_for(provider, 402))
    if _is_flagged(body):
        raise Withheld(said)
    if status in THROTTLING:
        raise Throttled(said, seconds_to_wait(retry_after))
    if status >= 500 or status in PASSING:
        raise Passing(said)
    raise Refused(said, remedy_for(provider, status))


def expect_object(provider: str, body: object) -> dict[str, Any]:
    """The body of a 200. Raises as a status would if it holds an error, and Passing if it is no JSON object."""
    if not isinstance(body, dict):
        raise Passing(f"the reply is no JSON object: {words(body)}")
    error = body.get("error")
    if error:
        code = error.get("code") if isinstance(error, dict) else None
        if isinstance(code, int) and 400 <= code < 600:
            raise_for(provider, code, error)
        raise Passing(f"200 with an error in its body: {words(error)}")
    return body


def withheld_reply(model: str, said: str, seconds: float) -> Reply:
    """Stands in the store like any reply, so that the prompt is not sent to the moderation again and again."""
    nothing = Usage(input=0, output=0)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Reply(text="", finish="filter", usage=nothing, model=model, dollars=0, seconds=seconds, at=at, raw=said)


def words(body: object) -> str:
    """What an error body says, wherever in it that stands."""
    if isinstance(body, dict):
        for name in ("message", "detail", "error"):
            if body.get(name):
                return words(body[name])
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return " ".join(text.split())[:SHOWN] or "(nothing said)"


def remedy_for(provider: str, status: int) -> str:
    """What to do about a refusal."""
    variables = " or ".join(VARIABLES.get(provider, ("key_variable",)))
    if status == 401:
        return f"Check the key in {variables}: it is wrong, expired or another service's."
    if status == 402:
        return f"Add credit to the account of {variables}; the same command goes on from here."
    if status == 403:
        return f"The key in {variables} may not do this: check its rights, its limits and the region."
    if status == 404:
        return "Check `model`, and `base_url` where there is one: many servers want it to end in /v1."
    return "Check `model`, `sampling` and `extra`; what was answered before is kept."


def _is_flagged(body: object) -> bool:
    metadata = _error_of(body).get("metadata")
    reasons = metadata.get("reasons") if isinstance(metadata, dict) else None  # OpenRouter's way to say it
    return bool(reasons) or _error_of(body).get("code") in FLAGGED


def _error_of(body: object) -> dict[str, Any]:
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body
