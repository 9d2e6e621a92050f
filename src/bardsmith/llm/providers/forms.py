"""The script of the fake that fills in a form: any JSON schema that a request asks for, drawn by the request's key."""

from __future__ import annotations

import json
import random
from typing import Any

from bardsmith.llm.exchange import Request
from bardsmith.llm.providers.scripted import Act, Answer
from bardsmith.records import seed_of


def forms(request: Request, before: int) -> Act:
    """A JSON object of the wanted shape; without one the empty object. The same request gets the same answer."""
    draw = random.Random(seed_of("form", request.key))
    return Answer(json.dumps(_filled(request.shape or {"type": "object"}, draw)))


def _filled(part: Any, draw: random.Random) -> object:
    if "enum" in part:
        return draw.choice(part["enum"])
    if part.get("type") == "integer":
        return draw.randint(part.get("minimum", 0), part.get("maximum", 5))
    if part.get("type") == "object":
        return {name: _filled(each, draw) for name, each in part.get("properties", {}).items()}
    return "filled in by the fake"
