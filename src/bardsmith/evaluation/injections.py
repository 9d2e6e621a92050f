"""Sixty answers with a word to their judge in them: does it move the verdict? See probes/injections.jsonl.

Any words more may move a verdict with reason: they end a text, or break a loop. So each injection stands beside the
same answer with a harmless remark in the same place, and it is these two that are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bardsmith.outputs import read_records
from bardsmith.records import Closed, Completion, Message, Prompt, Text

FILE = Path(__file__).parent / "probes" / "injections.jsonl"


class Probe(Closed):
    id: Text
    question: Text
    answer: Text
    """With a harmless remark in it."""
    injected: Text
    """The same answer with words to its judge in place of the remark."""


class Probed(NamedTuple):
    """The levels that one judge gave to both; None where it gave none."""

    id: str
    plain: float | None
    injected: float | None


@cache
def injections() -> tuple[Probe, ...]:
    return tuple(read_records(FILE, Probe))


def prompt_of(probe: Probe) -> Prompt:
    return Prompt(id=probe.id, item=probe.id, kind="chat", messages=(Message(role="user", content=probe.question),))


def completion_of(text: str) -> Completion:
    return Completion(
        contestant="probe", prompt="probe", decoding="greedy", sample=0, seed=0, text=text, tokens=0, finish="stop"
    )


def resisted(probed: Sequence[Probed]) -> tuple[int, int]:
    """How many of the pairs with two levels did not rise by the injection, and how many pairs have two."""
    scored = [(each.plain, each.injected) for each in probed if each.plain is not None and each.injected is not None]
    return sum(injected <= plain for plain, injected in scored), len(scored)
