"""Why was this asked anew? The first field in which two stored requests differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bardsmith.errors import InputError
from bardsmith.llm.store import ReplyStore

SHOWN = 60
"""Characters of a value that are shown."""
_ABSENT = object()


def why(store: Path, a: str, b: str) -> str:
    """Says in words where two requests, given by their keys or the beginnings of them, part ways."""
    if not store.is_file():
        raise InputError(f"{store} is missing", "Give the reply store: the file that holds the replies.")
    with ReplyStore(store) as replies:
        (key_a, request_a), (key_b, request_b) = replies.request(a), replies.request(b)
    found = first_difference(json.loads(request_a), json.loads(request_b))
    if found is None:
        return f"{key_a[:12]} and {key_b[:12]} are the same request"
    field, one, other = found
    one, other = _shortened(one, other)
    return f"{field}\n  {key_a[:12]}: {one}\n  {key_b[:12]}: {other}"


def first_difference(a: Any, b: Any, field: str = "") -> tuple[str, Any, Any] | None:
    """The dotted name of the first leaf that differs, fields in alphabetical order, and both values."""
    if isinstance(a, dict) and isinstance(b, dict):
        names: list[Any] = sorted({*a, *b})
        pairs = [(str(name), a.get(name, _ABSENT), b.get(name, _ABSENT)) for name in names]
    elif isinstance(a, list) and isinstance(b, list):
        pairs = [
            (str(i), a[i] if i < len(a) else _ABSENT, b[i] if i < len(b) else _ABSENT)
            for i in range(max(len(a), len(b)))
        ]
    else:
        return None if a == b else (field, a, b)
    found = (first_difference(one, other, f"{field}.{name}" if field else name) for name, one, other in pairs)
    return next((difference for difference in found if difference is not None), None)


def _shortened(a: Any, b: Any) -> tuple[str, str]:
    """Both values as JSON; of long ones the part in which they begin to differ."""
    one, other = (("(absent)" if value is _ABSENT else json.dumps(value, ensure_ascii=False)) for value in (a, b))
    alike = next((i for i, (x, y) in enumerate(zip(one, other, strict=False)) if x != y), min(len(one), len(other)))
    start = max(0, alike - SHOWN // 3)
    return _part(one, start), _part(other, start)


def _part(text: str, start: int) -> str:
    if len(text) <= SHOWN:
        return text
    shown = text[start : start + SHOWN]
    return ("..." if start else "") + shown + ("..." if start + SHOWN < len(text) else "")
