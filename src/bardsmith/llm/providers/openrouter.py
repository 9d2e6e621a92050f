"""OpenRouter: chat completions that tell what was billed, and batches with their requests and results inline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bardsmith.llm.exchange import Request
from bardsmith.llm.failures import Passing
from bardsmith.llm.providers.openai import ChatCompletions, body_of, state_of
from bardsmith.llm.providers.provider import BatchState

ENDED = ("completed", "failed", "expired", "cancelled")
BATCH_VARIANT = ":batch"
"""What a model's name ends in where it is sold in batches."""


class OpenRouter(ChatCompletions):
    async def submit(self, requests: Mapping[str, Request], name: str) -> str:
        model = next(iter(requests.values())).model.removesuffix(BATCH_VARIANT) + BATCH_VARIANT
        bodies = {custom_id: body_of(request) for custom_id, request in requests.items()}
        lines = [{"custom_id": custom_id, "body": {**body, "model": model}} for custom_id, body in bodies.items()]
        # The service reads the body as it comes: it answers 400 if it meets the requests before the other two.
        handed_in = {"endpoint": "/v1/chat/completions", "model": model, "requests": lines}
        return str((await self._post("/batches", handed_in))["id"])

    async def find(self, name: str, since: datetime) -> str | None:
        """A batch has no name here: only the custom ids among the results of one that has ended show whose it is."""
        listed = await self._listed(since)
        for batch in listed:
            if batch["status"] in ENDED:
                results = (await self._get(f"/batches/{batch['id']}")).get("results") or []
                if results and str(results[0]["custom_id"]).startswith(name):
                    return str(batch["id"])
        if any(batch["status"] not in ENDED for batch in listed):
            raise Passing("a batch that may be ours is being worked on; whether it is shows when it has ended")
        return None

    async def collect(self, batch: str) -> BatchState:
        found = await self._get(f"/batches/{batch}")
        if found["status"] not in ENDED:
            return BatchState(ended=False)
        return state_of(self._config, found["status"], found.get("results") or [], found.get("error"))
