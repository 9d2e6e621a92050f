"""Anthropic's messages API and its message batches."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Finish, Reply, Request, Usage
from bardsmith.llm.failures import Passing
from bardsmith.llm.providers.provider import BatchState
from bardsmith.llm.providers.service import (
    SECONDS_TO_CONNECT,
    expect_object,
    failures_told,
    parameters,
    refuse_unknown,
    sdk_of,
    words,
)
from bardsmith.records import Sampling

ADDRESS = "https://api.anthropic.com"
BATCHES = "/v1/messages/batches"
UNKNOWN = ("min_p", "repetition_penalty")
FINISHES: Mapping[str, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "filter",
}


class Anthropic:
    """One attempt a call: the SDK's own retries are off, they would multiply with the client's."""

    def __init__(self, config: LlmConfig, key: str | None) -> None:
        """Raises InputError if the SDK is missing or `sampling` asks for what Anthropic does not know."""
        self._sdk = sdk_of("anthropic")
        self._config = config
        self._check(config.sampling)
        self._client = self._sdk.AsyncAnthropic(
            api_key=key,
            base_url=ADDRESS,
            max_retries=0,
            timeout=self._sdk.Timeout(config.timeout, connect=min(SECONDS_TO_CONNECT, config.timeout)),
            open_telemetry=False,
        )

    async def send(self, request: Request) -> Reply:
        started = time.monotonic()
        self._check(request.sampling)
        body = await self._ask("POST", "/v1/messages", body=body_of(request))
        return reply_of(self._config, body, time.monotonic() - started)

    async def close(self) -> None:
        await self._client.close()

    async def submit(self, requests: Mapping[str, Request], name: str) -> str:
        lines = [{"custom_id": custom_id, "params": body_of(request)} for custom_id, request in requests.items()]
        return str((await self._ask("POST", BATCHES, body={"requests": lines}))["id"])

    async def find(self, name: str, since: datetime) -> str | None:
        """A batch has no name here: only the custom ids among the results of one that has ended show whose it is."""
        is_pending = False
        after: dict[str, object] = {}
        while True:
            page = await self._ask("GET", BATCHES, limit=100, **after)
            recent = [b for b in page["data"] if datetime.fromisoformat(b["created_at"]) >= since]
            for batch in recent:
                if batch["processing_status"] != "ended":
                    is_pending = True
                elif any(line["custom_id"].startswith(name) for line in (await self._results(batch["id"]))[:1]):
                    return str(batch["id"])
            if len(recent) < len(page["data"]) or not page.get("has_more"):
                break
            after = {"after_id": page["last_id"]}
        if is_pending:
            raise Passing("a batch that may be ours is being worked on; whether it is shows when it has ended")
        return None

    async def collect(self, batch: str) -> BatchState:
        found = await self._ask("GET", f"{BATCHES}/{batch}")
        if found["processing_status"] != "ended":
            return BatchState(ended=False)
        replies: dict[str, Reply] = {}
        failed: dict[str, str] = {}
        for line in await self._results(batch):
            result = line["result"]
            if result["type"] != "succeeded":
                failed[line["custom_id"]] = f"{result['type']}: {words(result.get('error'))}"
                continue
            try:
                replies[line["custom_id"]] = reply_of(self._config, result["message"], 0)
            except Passing as failure:
                failed[line["custom_id"]] = str(failure)
        return BatchState(True, replies, failed, "the batch has ended")

    def _check(self, sampling: Sampling) -> None:
        refuse_unknown(self._config, sampling, UNKNOWN)

    async def _ask(self, method: str, path: str, body: object = None, **query: object) -> dict[str, Any]:
        with failures_told(self._sdk, "anthropic"):
            if method == "POST":
                answer = await self._client.post(path, cast_to=object, body=body)
            else:
                answer = await self._client.get(path, cast_to=object, options={"params": query})
        return expect_object("anthropic", answer)

    async def _results(self, batch: str) -> list[dict[str, Any]]:
        with failures_told(self._sdk, "anthropic"):
            content = await self._client.get(f"{BATCHES}/{batch}/results", cast_to=bytes)
            return [json.loads(line) for line in content.splitlines()]


def body_of(request: Request) -> dict[str, Any]:
    """The request in this dialect: the system message stands apart; what is left at its default is not sent."""
    system = [message.content for message in request.messages if message.role == "system"]
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.sampling.max_new_tokens,
        **({"system": system[0]} if system else {}),
        "messages": [message.model_dump() for message in request.messages if message.role != "system"],
        **parameters(request, "temperature", "top_p", "top_k"),
        **request.extra,
    }
    if request.shape is not None:
        shape = {"type": "json_schema", "schema": request.shape}
        body["output_config"] = {**body.get("output_config", {}), "format": shape}
    return body


def reply_of(config: LlmConfig, body: dict[str, Any], seconds: float) -> Reply:
    """Reads a message. Raises Passing if it is none; an empty text is the client's to judge."""
    reason = body.get("stop_reason")
    if not isinstance(reason, str) or reason not in FINISHES:
        raise Passing(f"the reply was broken off (stop reason {reason!r})")
    usage = body.get("usage") or {}
    read = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    counted = "input_tokens" in usage and "output_tokens" in usage
    return Reply(
        text="".join(block["text"] for block in body.get("content") or [] if block.get("type") == "text"),
        finish=FINISHES[reason],
        usage=Usage(input=sum(usage.get(name) or 0 for name in read), output=usage["output_tokens"])
        if counted
        else None,
        model=body.get("model") or config.model,
        seconds=seconds,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        raw=body,
    )
