"""The rows a run reads, as token ids and labels: exactly what its trainer is fed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from bardsmith.errors import InputError
from bardsmith.models.rendering import Row, render_example
from bardsmith.records import Conversation, seed_of
from bardsmith.training.config import RunConfig

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class Rows(NamedTuple):
    train: list[Row]
    validation: list[Row]
    notes: tuple[str, ...]
    """What was left out, cut or not to be had, in words."""


def rows_of(
    tokenizer: PreTrainedTokenizerBase,
    train: Sequence[Conversation],
    validation: Sequence[Conversation],
    run: RunConfig,
    seed: int,
) -> Rows:
    """The run's rows and those of its validation loss. Raises InputError if none fits in max_length."""
    prompted = train if run.unprompted is None else unprompted(train, run.unprompted, seed)
    rows = [render_example(tokenizer, conversation, run.learn) for conversation in prompted]
    fitting = _fitting(rows, run)
    if not fitting:
        raise InputError(f"run {run.name}: no row fits in max_length {run.max_length}", "Raise max_length.")
    watched = [render_example(tokenizer, conversation, run.learn) for conversation in validation]
    return Rows(fitting[: run.items], _fitting(watched, run) or watched, tuple(_notes(rows, fitting, run)))


def _fitting(rows: Sequence[Row], run: RunConfig) -> list[Row]:
    """Rows of at most max_length tokens: a longer one is left out whole, since its end would be lost, or cut."""
    if run.overlong == "drop":
        return [row for row in rows if len(row.input_ids) <= run.max_length]
    cut = [Row(row.id, row.input_ids[: run.max_length], row.labels[: run.max_length]) for row in rows]
    return [row for row in cut if row.learns]


def _notes(rows: Sequence[Row], fitting: Sequence[Row], run: RunConfig) -> list[str]:
    notes = []
    too_long = sum(len(row.input_ids) > run.max_length for row in rows)
    if too_long:
        fate = "were left out" if run.overlong == "drop" else "lost their end"
        notes.append(f"{too_long} rows are longer than max_length {run.max_length} and {fate}")
    if run.items is not None and len(fitting) < run.items:
        notes.append(f"asked for {run.items} items; the corpus has {len(fitting)} that fit, and all were taken")
    return notes


def unprompted(rows: Sequence[Conversation], share: float, seed: int) -> list[Conversation]:
    """The rows, of which `share` of the items have no system message; rows that had none count towards it."""
    items = sorted({row.item for row in rows})
    without = {row.item for row in rows if row.messages[0].role != "system"}
    led = [item for item in items if item not in without]
    missing = max(0, round(share * len(items)) - len(without))
    without |= set(random.Random(seed_of(seed, "unprompted")).sample(led, min(missing, len(led))))
    return [_without_system(row) if row.item in without else row for row in rows]


def _without_system(row: Conversation) -> Conversation:
    if row.messages[0].role != "system":
        return row
    return row.model_copy(update={"messages": row.messages[1:]})
