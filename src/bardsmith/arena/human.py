"""Poems by people from a file, judged beside the answers: an anchor for the scale.

A poem may say which held-out prompt it answers; the others stand behind prompts of their own, which nobody else is
asked, so that no paired comparison ever holds them.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from bardsmith.errors import Fault, InputError
from bardsmith.outputs import faults_of_line, faulty_file, read_records
from bardsmith.records import HUMAN, Closed, Completion, Message, Prompt, Text

ASKED = "Write a poem."
"""What a poem that answers no prompt is judged as an answer to."""


class HumanPoem(Closed):
    """A row of the file."""

    text: Text
    prompt: Text | None = None
    """Id of the held-out prompt that it answers."""
    title: str | None = None
    author: str | None = None
    source: str | None = None
    licence: Text | None = None
    """SPDX, such as CC0-1.0."""


def human_answers(path: Path, prompts: Sequence[Prompt]) -> tuple[list[Completion], list[Prompt]]:
    """The poems as completions in the file's order, and the prompts that stand before those that answer none.

    Raises InputError that names every faulty row.
    """
    poems = _read_csv(path) if path.suffix.lower() == ".csv" else read_records(path, HumanPoem)
    _refuse_unknown_prompts(path, poems, [prompt.id for prompt in prompts])
    anchors = {number: _anchor(number, poem) for number, poem in enumerate(poems, start=1) if poem.prompt is None}
    seen: Counter[str] = Counter()
    completions = []
    for number, poem in enumerate(poems, start=1):
        prompt = poem.prompt or anchors[number].id
        completions.append(
            Completion(
                contestant=HUMAN,
                prompt=prompt,
                decoding="sampled",
                sample=seen[prompt],
                seed=0,
                text=poem.text.strip(),
                tokens=0,
                finish="unknown",
            )
        )
        seen[prompt] += 1
    return completions, list(anchors.values())


def _anchor(number: int, poem: HumanPoem) -> Prompt:
    name = f"{HUMAN}-{number:03}"
    origin = ", ".join(part for part in (poem.author, poem.title, poem.source) if part)
    message = Message(role="user", content=ASKED)
    return Prompt(id=name, item=name, kind="poem", messages=(message,), licence=poem.licence, source=origin or None)


def _read_csv(path: Path) -> list[HumanPoem]:
    """A header of column names, then a poem a row; an empty field is none."""
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        rows = list(reader)
    except FileNotFoundError:
        raise InputError(f"{path} is missing", "Check arena.human in the study.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV: {error}", "Save it as 'CSV UTF-8'.") from None
    poems: list[HumanPoem] = []
    faults: list[Fault] = []
    for number, row in enumerate(rows, start=1):
        try:
            poems.append(HumanPoem.model_validate({key: value for key, value in row.items() if value}))
        except ValidationError as error:
            faults.extend(faults_of_line(error, f"{path}, poem {number}"))
    if faults:
        raise faulty_file(path, faults)
    return poems


def _refuse_unknown_prompts(path: Path, poems: Sequence[HumanPoem], known: Sequence[str]) -> None:
    if not poems:
        raise InputError(f"{path} holds no poem", "Give at least one, or leave arena.human out.")
    faults: list[Fault] = []
    for number, poem in enumerate(poems, start=1):
        if poem.prompt is not None and poem.prompt not in known:
            close = get_close_matches(poem.prompt, known, 1)
            hint = f"Did you mean {close[0]}?" if close else "Leave `prompt` out of a poem that answers none."
            faults.append(Fault(f"there is no held-out prompt {poem.prompt!r}", f"{path}, poem {number}", hint))
    if faults:
        raise faulty_file(path, faults)
