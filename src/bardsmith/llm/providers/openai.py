"""Services that speak OpenAI's chat completions: OpenAI itself, Mistral, and servers of one's own."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Finish, Reply, Request, Usage
from bardsmith.llm.failures import Passing, Refused, Throttled
from bardsmith.llm.providers.provider import BatchState
from bardsmith.llm.providers.service import (
    SECONDS_TO_CONNECT,
    Withheld,
    expect_object,
    failures_told,
    parameters,
    refuse_unknown,
    sdk_of,
    withheld_reply,
    words,
)

ADDRESSES = {
    "openai": "https://api.openai.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "mistral": "https://api.mistral.ai/v1",
}
SAMPLING = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
UNKNOWN = dict.fromkeys(("openai", "mistral"), ("top_k", "min_p", "repetition_penalty"))
"""Sampling that OpenAI and Mistral do not know; servers of one's own and OpenRouter know all."""
FINISHES: Mapping[str, Finish] = {
    "stop": "stop",
    "length": "length",
    "model_length": "length",
    "content_filter": "filter",
}


class ChatCompletions:
    """One attempt a call: the SDK's own retries are off, they would multiply with the client's."""

    def __init__(self, config: LlmConfig, key: str | None) -> None:
        """Raises InputError if the SDK is missing or `sampling` asks for what the provider does not know."""
        self._sdk = sdk_of("openai")
        self._config = config
        self._check(config.sampling)
        own = config.provider == "openai"
        self._client = self._sdk.AsyncOpenAI(
            api_key=key or "none",  # the SDK wants one, a server without keys reads none
            base_url=config.base_url or ADDRESSES[config.provider],
            max_retries=0,
            timeout=self._sdk.Timeout(config.timeout, connect=min(SECONDS_TO_CONNECT, config.timeout)),
            # Read by the SDK from the environment, and nobody's business but OpenAI's.
            default_headers={} if own else dict.fromkeys(("OpenAI-Organization", "OpenAI-Project"), self._sdk.Omit()),
        )

    async def send(self, request: Request) -> Reply:
        started = time.monotonic()
        self._check(request.sampling)
        try:
            body = await self._post("/chat/completions", body_of(request))
        except Withheld as withheld:
            return withheld_reply(request.model, str(withheld), time.monotonic() - started)
        return reply_of(self._config, body, time.monotonic() - started)

    async def close(self) -> None:
        await self._client.close()

    def _check(self, sampling: Any) -> None:
        refuse_unknown(self._config, sampling, UNKNOWN.get(self._config.provider, ()))

    async def _post(self, path: str, body: object) -> dict[str, Any]:
        with failures_told(self._sdk, self._config.provider):
            answer = await self._client.post(path, cast_to=object, body=body)
        return expect_object(self._config.provider, answer)

    async def _get(self, path: str, **query: object) -> dict[str, Any]:
        with failures_told(self._sdk, self._config.provider):
            answer = await self._client.get(path, cast_to=object, options={"params": query})
        if not isinstance(answer, dict):
            raise Passing(f"the answer is no JSON object: {words(answer)}")
        return answer

    async def _listed(self, since: datetime) -> list[dict[str, Any]]:
        """The batches that the service has got since then, the newest first."""
        found: list[dict[str, Any]] = []
        after: dict[str, object] = {}
        while True:
            page = await self._get("/batches", limit=100, **after)
            batches = page.get("data") or []
            recent = [batch for batch in batches if batch["created_at"] >= since.timestamp()]
            found += recent
            if len(recent) < len(batches) or not page.get("has_more"):
                return found
            after = {"after": page.get("last_id") or batches[-1]["id"]}


class OpenAI(ChatCompletions):
    """OpenAI itself, with its batches: a file of requests handed in, a file of results fetched."""

    async def submit(self, requests: Mapping[str, Request], name: str) -> str:
        lines = (
            {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body_of(request)}
            for custom_id, request in requests.items()
        )
        content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
        with failures_told(self._sdk, "openai"):
            file = await self._client.files.create(file=(f"{name}.jsonl", content), purpose="batch")
        batch = await self._post(
            "/batches",
            {
                "input_file_id": file.id,
                "endpoint": "/v1/chat/completions",
                "completion_window": "24h",
                "metadata": {"bardsmith": name},
            },
        )
        return str(batch["id"])

    async def find(self, name: str, since: datetime) -> str | None:
        for batch in await self._listed(since):
            if (batch.get("metadata") or {}).get("bardsmith") == name:
                return str(batch["id"])
        return None

    async def collect(self, batch: str) -> BatchState:
        found = await self._get(f"/batches/{batch}")
        if found["status"] not in ("completed", "failed", "expired", "cancelled"):
            return BatchState(ended=False)
        lines: list[dict[str, Any]] = []
        for file in (found.get("output_file_id"), found.get("error_file_id")):
            if file:
                with failures_told(self._sdk, "openai"):
                    content = await self._client.get(f"/files/{file}/content", cast_to=bytes)
                lines += [json.loads(line) for line in content.splitlines()]
        return state_of(self._config, found["status"], lines, found.get("errors"))


def body_of(request: Request) -> dict[str, Any]:
    """The request in this dialect; what is left at its default is not sent."""
    length = "max_completion_tokens" if request.provider == "openai" else "max_tokens"
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [message.model_dump() for message in request.messages],
        length: request.sampling.max_new_tokens,
        **parameters(request, *SAMPLING),
        **({"usage": {"include": True}} if request.provider == "openrouter" else {}),
        **request.extra,
    }
    if request.shape is not None:
        shape = {"name": "reply", "schema": request.shape, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": shape}
    return body


def reply_of(config: LlmConfig, body: dict[str, Any], seconds: float) -> Reply:
    """Reads a chat completion. Raises Passing or Refused if it is none; an empty text is the client's to judge."""
    if not body.get("choices"):
        raise Passing("the reply has no choices")
    choice = body["choices"][0]
    if choice.get("error"):  # OpenRouter: what was behind it failed half way
        expect_object(config.provider, choice)
    finish = choice.get("finish_reason")
    if not isinstance(finish, str) or finish not in FINISHES:
        raise Passing(f"the reply was broken off (finish reason {finish!r})")
    message = choice.get("message") or {}
    usage = body.get("usage") or {}
    counted = "prompt_tokens" in usage and "completion_tokens" in usage
    return Reply(
        text=_text(message.get("content")),
        finish="filter" if message.get("refusal") else FINISHES[finish],
        usage=Usage(input=usage["prompt_tokens"], output=usage["completion_tokens"]) if counted else None,
        model=body.get("model") or config.model,
        dollars=usage.get("cost") if config.provider == "openrouter" else None,
        seconds=seconds,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        raw=body,
    )


def _text(content: object) -> str:
    """Mistral's reasoning models answer in parts, of which some are thoughts."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if part.get("type") == "text")
    return str(content or "")


def state_of(config: LlmConfig, status: str, lines: list[dict[str, Any]], reason: object) -> BatchState:
    """What OpenAI and OpenRouter say of an ended batch: each line has a response or an error."""
    replies: dict[str, Reply] = {}
    failed: dict[str, str] = {}
    for line in lines:
        response = line.get("response") or {}
        if line.get("error") or response.get("status_code") != 200:
            failed[line["custom_id"]] = words(line.get("error") or response.get("body"))
            continue
        try:
            replies[line["custom_id"]] = reply_of(config, expect_object(config.provider, response.get("body")), 0)
        except (Throttled, Passing, Refused) as failure:
            failed[line["custom_id"]] = str(failure)
    return BatchState(True, replies, failed, f"the batch {status}" + (f": {words(reason)}" if reason else ""))
