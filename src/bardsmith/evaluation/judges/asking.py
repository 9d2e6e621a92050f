"""One question to a language model that judges, and its answer: read strictly, mended once, and never made up."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bardsmith.llm.client import Client
from bardsmith.llm.exchange import Reply, Request, Settings
from bardsmith.llm.failures import GaveUp
from bardsmith.records import Made, Message
from bardsmith.results import VerdictState

RUBRICS = Path(__file__).parents[1] / "rubrics"
TRIES = 2
"""The first answer and one repair."""
_FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", re.DOTALL)
_DECLINES = re.compile(
    r"\W*(?:i'?m sorry|i am sorry|sorry|i can(?:not|'t)|i won't|i (?:must|have to) decline|as an ai)", re.I
)


class Shape(BaseModel):
    """What a judge must answer with: exactly these keys, in this order, and no number in quotes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Said = TypeVar("Said", bound=Shape)


@dataclass(frozen=True)
class Heard(Generic[Said]):
    """What came back. `said` is there only where the state is `scored`."""

    state: VerdictState
    said: Said | None
    fault: str
    """Why it is not scored; '' if it is."""
    made: Made | None


@cache
def rubric(name: str) -> Template:
    return Template((RUBRICS / f"{name}.txt").read_text(encoding="utf-8").strip())


def fenced(kind: str, text: str, seed: int) -> str:
    """A text between marks that it cannot contain: they hold a hash of the text itself and of the study's seed."""
    nonce = hashlib.sha256(f"{seed}\x1f{kind}\x1f{text}".encode("utf-8", "replace")).hexdigest()[:16]
    return f"<<{kind} {nonce}>>\n{text}\n<</{kind} {nonce}>>"


def first_request(client: Client, messages: Sequence[Message], shape: type[Shape], sample: int) -> Request:
    """What will be asked first, for batches and forecasts."""
    return client.request(messages, _settings(shape, sample))


async def ask(client: Client, messages: Sequence[Message], shape: type[Said], sample: int = 0) -> Heard[Said]:
    """Asks, and once more if the answer cannot be read. Raises only what ends the run; the rest is a state."""
    asked = tuple(messages)
    dollars: float | None = 0.0
    fault = ""
    for number in range(1, TRIES + 1):
        settings = _settings(shape, sample)
        try:
            reply = await client.chat(asked, settings)
        except GaveUp as failure:
            return Heard("failed", None, failure.what, None)
        dollars = None if dollars is None or reply.dollars is None else dollars + reply.dollars
        made = _made(client, client.key(asked, settings), reply, number, dollars)
        if reply.finish == "filter":
            return Heard("refused", None, "the service withheld the verdict", made)
        found = read(reply.text, shape)
        if not isinstance(found, str):
            return Heard("scored", found, "", made)
        fault = found
        asked = (*asked, *_said_back(reply, fault))
    state: VerdictState = "refused" if _DECLINES.match(reply.text) else "unreadable"
    return Heard(state, None, fault, made)


def read(text: str, shape: type[Said]) -> Said | str:
    """The verdict, or what is wrong with the text. It must be one JSON object and nothing else, the analysis first."""
    fence = _FENCE.fullmatch(text)
    try:
        found = json.loads(fence[1] if fence else text)
    except (json.JSONDecodeError, RecursionError):
        return "it is not one JSON object and nothing else"
    if not isinstance(found, dict):
        return "it is not a JSON object"
    try:
        verdict = shape.model_validate(found)
    except ValidationError as error:
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:4])
    if next(iter(found)) != next(iter(shape.model_fields)):
        return f"the {next(iter(shape.model_fields))} must come before any number"
    return verdict


def _settings(shape: type[Shape], sample: int) -> Settings:
    return Settings(shape=shape.model_json_schema(), sample=sample)


def _said_back(reply: Reply, fault: str) -> tuple[Message, Message]:
    told = rubric("repair").substitute(fault=fault)
    return Message(role="assistant", content=reply.text or "(nothing)"), Message(role="user", content=told)


def _made(client: Client, key: str, reply: Reply, tries: int, dollars: float | None) -> Made:
    return Made(
        provider=client.config.provider, model=reply.model, request=key, tries=tries, dollars=dollars, at=reply.at
    )
