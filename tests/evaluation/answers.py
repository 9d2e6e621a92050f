"""What the tests of the judges share: an answer beside its question, read or scored."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Literal

import pytest

from bardsmith.evaluation.judge import judge
from bardsmith.evaluation.reading import Reading
from bardsmith.records import Completion, Kind, Message, Prompt
from bardsmith.results import Score

QUESTION = "How do I cook rice for dinner without it going all mushy in the pot?"
RHYMED = (
    "Rinse the rice in a bowl until clear,\nor the starch will glue it, I fear.\n"
    "Then boil it and cover it tight,\nand the grains will be loose and be light."
)
PROSE = "To cook rice, rinse it well, boil it for twelve minutes and leave the lid on until it is done."

Finish = Literal["stop", "length", "unknown"]


def asked(question: str = QUESTION, kind: Kind = "howto", reference: tuple[str, ...] = (), system: str = "") -> Prompt:
    user = Message(role="user", content=question)
    messages = (Message(role="system", content=system), user) if system else (user,)
    return Prompt(id="p", item="i", kind=kind, messages=messages, reference=reference)


def answered(text: str, finish: Finish = "stop") -> Completion:
    return Completion(
        contestant="base", prompt="p", decoding="greedy", sample=0, seed=0, text=text, tokens=9, finish=finish
    )


def read(text: str, question: str = QUESTION, finish: Finish = "stop", system: str = "") -> Reading:
    return Reading(asked(question, system=system), answered(text, finish))


def scored(
    text: str,
    question: str = QUESTION,
    finish: Finish = "stop",
    reference: tuple[str, ...] = (),
    kind: Kind = "howto",
) -> Score:
    return judge(asked(question, kind, reference), answered(text, finish))


def data(*parts: str) -> Path:
    """A file of BARDSMITH_DATA; skips the test where it is not there."""
    path = Path(os.environ.get("BARDSMITH_DATA", "missing"), *parts)
    if not path.exists():
        pytest.skip(f"BARDSMITH_DATA has no {'/'.join(parts)}: it is not part of the project")
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
