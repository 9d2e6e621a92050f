"""Faults of a study in words: what was found, what is allowed, which key or choice is nearest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import chain
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bardsmith.errors import Fault
from bardsmith.study.document import Document, Location
from bardsmith.study.spec import Study

Schema = Mapping[str, Any]
"""A JSON schema, or a part of one."""

PATTERNS = {
    r"^[a-z0-9][a-z0-9._-]{0,63}$": (
        "1 to 64 lower-case letters, digits, dots, underscores and hyphens, the first a letter or a digit"
    ),
}

OTHER_TOOLS_KEYS = {
    "lr": "learning_rate",
    "r": "rank",
    "lora_r": "rank",
    "lora_alpha": "alpha",
    "lora_dropout": "dropout",
    "use_dora": "method",
    "use_rslora": "method",
    "rslora": "method",
    "num_train_epochs": "epochs",
    "per_device_train_batch_size": "batch_size",
    "gradient_accumulation_steps": "accumulation",
    "lr_scheduler_type": "schedule",
    "optim": "optimizer",
    "max_seq_length": "max_length",
    "sample_packing": "packing",
    "train_on_inputs": "learn",
    "eval_steps": "evaluate_every",
}
"""What PEFT and transformers call a setting, and what it is called here."""


def faults_of(error: ValidationError, document: Document) -> list[Fault]:
    """Every fault once, at the line that must be mended."""
    entries: dict[Location, ErrorDetails] = {}
    for entry in error.errors(include_url=False, include_input=False):
        entries.setdefault(_location(entry, document), entry)
    # What fits no branch of a union is told by each branch, and a list whose entries are faulty as too short: the fault
    # that lies deepest is the right one.
    deepest = [place for place in entries if not any(place == other[: len(place)] != other for other in entries)]
    schema = Study.model_json_schema()
    return [
        _fault(entries[place], place, document, schema)
        for place in deepest
        if not _is_inherited(entries[place]["loc"], document) and not _is_told_by_names_twice(entries[place])
    ]


def names_twice(document: Document) -> Iterator[Fault]:
    """Runs whose name is taken: told here because the shape looks at names only when all runs are sound."""
    taken = {"base": "the untouched base model"}
    runs = document.node(("training", "runs"))
    for number in range(len(runs.value) if isinstance(runs, SequenceNode) else 0):
        location: Location = ("training", "runs", number, "name")
        name = document.node(location)
        if name is None or not isinstance(name.value, str):
            continue
        if name.value in taken:
            what = f"the run name {name.value} is taken by {taken[name.value]}"
            yield Fault(what, document.where(location), "Give each run a name of its own.")
        else:
            taken[name.value] = f"the run on line {name.start_mark.line + 1}"


def nearest(word: str, words: list[str]) -> str | None:
    close = get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    return close[0] if close else None


def allowed(schema: Schema, part: Schema) -> str:
    """What a part of the schema lets in, in words."""
    part = _resolved(schema, part)
    if "anyOf" in part:
        return " or ".join(allowed(schema, option) for option in part["anyOf"])
    if "const" in part:
        return str(part["const"])
    if "enum" in part:
        return f"one of {', '.join(part['enum'])}"
    match part.get("type"):
        case "object":
            keys = f"a group of keys ({', '.join(_names(schema, part))})" if _names(schema, part) else "a group of keys"
            values = part.get("additionalProperties")
            return f"{keys}, each {allowed(schema, values)}" if isinstance(values, dict) else keys
        case "array" if "prefixItems" in part:
            return f"a list of {len(part['prefixItems'])}, each {allowed(schema, part['prefixItems'][0])}"
        case "array":
            count = "a list of at least one entry" if part.get("minItems") else "a list"
            return f"{count}, each {allowed(schema, part['items'])}"
        case "string" if "pattern" in part:
            return PATTERNS[part["pattern"]]
        case "string" if "format" in part:
            return "a path"
        case "string":
            return "a text that is not empty" if part.get("minLength") else "a text"
        case "integer" | "number" as kind:
            return f"{'a whole number' if kind == 'integer' else 'a number'}{_range(part)}"
        case "boolean":
            return "true or false"
    return "null"


def _range(part: Schema) -> str:
    bounds = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "of at most",
        "exclusiveMaximum": "below",
    }
    given = [f"{words} {part[key]:g}" for key, words in bounds.items() if key in part]
    return f" {' and '.join(given)}" if given else ""


def _location(entry: ErrorDetails, document: Document) -> Location:
    if entry["type"] == "missing":
        return (*document.follow(entry["loc"][:-1]), entry["loc"][-1])
    return document.follow(entry["loc"])


def _is_inherited(steps: Location, document: Document) -> bool:
    """Whether a run's value stands in `training.defaults`: its fault is told there, once."""
    if steps[:2] != ("training", "runs") or len(steps) < 4:
        return False
    return steps[3] not in document.keys(steps[:3]) and steps[3] in document.keys(("training", "defaults"))


def _is_told_by_names_twice(entry: ErrorDetails) -> bool:
    return entry["type"] == "value_error" and entry["loc"] == ("training", "runs")


def _fault(entry: ErrorDetails, place: Location, document: Document, schema: Schema) -> Fault:
    label = document.label(place)
    part = _part(schema, place)
    if entry["type"] == "missing":
        return Fault(f"{label} is missing; it must be {allowed(schema, part)}", document.where(place[:-1]))
    if entry["type"] == "extra_forbidden" or entry["loc"][-1:] == ("[key]",):
        return Fault(f"unknown key {label}", document.where(place), _right_key(place, schema))
    if entry["type"] == "value_error":
        return Fault(f"{label}: {entry['ctx']['error']}".removeprefix(": "), document.where(place))
    node = document.node(place)
    wanted = "a finite number" if entry["type"] == "finite_number" else allowed(schema, part)
    choices = list(_choices(schema, part))
    close = nearest(node.value, choices) if node and isinstance(node.value, str) else None
    remedy = f"did you mean {close}?" if close else None
    return Fault(f"{label} must be {wanted}; found {_found(node)}", document.where(place), remedy)


def _right_key(place: Location, schema: Schema) -> str:
    key = str(place[-1])
    here = _names(schema, _part(schema, place[:-1]))
    places: dict[str, list[str]] = {}
    for name, group in _keys(schema, schema, ""):
        places.setdefault(name, []).append(group)
    if key in places:
        near = nearest(key, here)
        return (f"did you mean {near}? " if near else "") + f"{key} belongs under {' or '.join(places[key])}"
    right = OTHER_TOOLS_KEYS.get(key) or nearest(key, here) or nearest(key, list(places))
    if right is None:
        return f"allowed here: {', '.join(here)}"
    return f"did you mean {right}?" + ("" if right in here else f" It belongs under {' or '.join(places[right])}")


def _keys(schema: Schema, part: Schema, group: str) -> Iterator[tuple[str, str]]:
    """Every key of the study with the group it belongs under."""
    for option in _options(schema, part):
        for name, value in option.get("properties", {}).items():
            yield name, group or "the top level"
            place = f"{group}.{name}".removeprefix(".")
            yield from _keys(schema, value, place)
            for inner in _options(schema, value):
                if "items" in inner:
                    yield from _keys(schema, inner["items"], f"an entry of {place}")


def _names(schema: Schema, part: Schema) -> list[str]:
    """The keys that a group may have."""
    options = _options(schema, part)
    return [
        name
        for option in options
        for name in (*option.get("properties", {}), *option.get("propertyNames", {}).get("enum", []))
    ]


def _part(schema: Schema, place: Location) -> Schema:
    """The part of the schema that rules a place; empty where the schema knows no such place."""
    part = schema
    for step in place:
        options = _options(schema, part)
        if isinstance(step, int):
            part = next((option["items"] for option in options if "items" in option), {})
        else:
            named = (o["properties"][step] for o in options if step in o.get("properties", {}))
            others = (o["additionalProperties"] for o in options if isinstance(o.get("additionalProperties"), dict))
            part = next(chain(named, others), {})
    return part


def _options(schema: Schema, part: Schema) -> list[Schema]:
    """The branches of a union, or the part itself."""
    part = _resolved(schema, part)
    return [_resolved(schema, option) for option in part.get("anyOf", [part])]


def _choices(schema: Schema, part: Schema) -> Iterator[str]:
    part = _resolved(schema, part)
    yield from part.get("enum", [part["const"]] if "const" in part else [])
    for option in part.get("anyOf", []):
        yield from _choices(schema, option)


def _resolved(schema: Schema, part: Schema) -> Schema:
    resolved: Schema = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    return resolved


def _found(node: Node | None) -> str:
    if isinstance(node, MappingNode):
        return "a group of keys"
    if isinstance(node, SequenceNode):
        return f"a list of {len(node.value)}"
    if not isinstance(node, ScalarNode) or node.tag.endswith(":null"):
        return "nothing"
    text = node.value if len(node.value) <= 60 else f"{node.value[:57]}..."
    return repr(text) if node.style or not text else str(text)
