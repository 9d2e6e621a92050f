"""Reads the instructions that are given to writers: the text files in `instructions/`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Template

from bardsmith.records import Form

HERE = Path(__file__).parent / "instructions"


@cache
def _text(name: str) -> str:
    return (HERE / f"{name}.txt").read_text(encoding="utf-8").strip()


def instruction(name: str, **values: object) -> str:
    """The instruction `name` with every `$value` in its place; without values as it stands."""
    return Template(_text(name)).substitute(values) if values else _text(name)


def choices(name: str) -> tuple[str, ...]:
    """The lines of a file that offers one thing a line."""
    return tuple(_text(name).split("\n"))


@cache
def sections(name: str) -> dict[str, str]:
    """A file of parts that begin with `[title]` on a line, by title."""
    _, *parts = re.split(r"^\[(.+)\]$", _text(name), flags=re.MULTILINE)
    return {title: body.strip() for title, body in zip(parts[::2], parts[1::2], strict=True)}


def rules_of(form: Form) -> str:
    """What a poem in this form has to keep, for somebody who writes one."""
    return sections("forms")[form]
