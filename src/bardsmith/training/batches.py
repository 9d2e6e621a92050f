"""What a run reads at once, and in which order: settled before the first step, so that a resumed run reads the same."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from bardsmith.models.rendering import IGNORED, Row
from bardsmith.training.config import RunSettings

POOL = 8
"""Optimiser steps among which rows of like length are put together; more waste less padding and shuffle less."""
PACKED_POOL = 256
"""Rows among which those are sought that fill a packed row; more leave smaller gaps and shuffle less."""

Batch = tuple[int, ...]
"""Numbers of the rows that are read at once."""


def batches(lengths: Sequence[int], run: RunSettings, seed: int) -> list[Batch]:
    """Every batch of a run in its order; `run.accumulation` of them make an optimiser step.

    `lengths` are the rows' tokens, none above `run.max_length`. With `epochs` every row is read so many times, the
    last in part if it is a fraction; with `samples` so many rows are.
    """
    reads = run.samples or max(1, round(len(lengths) * (run.epochs or 1)))
    if run.pack_tokens is not None:
        return packed_batches(lengths, reads, run.pack_tokens, seed)
    if run.batch_tokens is None:
        rows = run.batch_size or 1
        order = reading_order(lengths, reads, rows * run.accumulation, seed)
        return [tuple(order[i : i + rows]) for i in range(0, len(order), rows)]
    rows = max(1, round(run.batch_tokens * run.accumulation * len(lengths) / sum(lengths)))
    return filled(reading_order(lengths, reads, rows, seed), lengths, run.batch_tokens)


def reading_order(lengths: Sequence[int], reads: int, step: int, seed: int) -> list[int]:
    """Row numbers in the order in which `reads` rows are read, each epoch of them anew.

    An epoch is shuffled, then sorted by length within pools of `POOL` optimiser steps of `step` rows, then its steps
    are shuffled, so that a step holds rows of like length.
    """
    shuffler = random.Random(seed)
    order: list[int] = []
    while len(order) < reads:
        rows = _shuffled(len(lengths), shuffler)
        pools = [rows[i : i + POOL * step] for i in range(0, len(rows), POOL * step)]
        ordered = [row for pool in pools for row in sorted(pool, key=lambda row: -lengths[row])]
        steps = [ordered[i : i + step] for i in range(0, len(ordered), step)]
        last = steps.pop() if len(steps[-1]) < step else []
        shuffler.shuffle(steps)
        order += [row for members in steps for row in members] + last
    return order[:reads]


def _shuffled(count: int, shuffler: random.Random) -> list[int]:
    rows = list(range(count))
    shuffler.shuffle(rows)
    return rows


def filled(order: Iterable[int], lengths: Sequence[int], tokens: int) -> list[Batch]:
    """Batches of as many rows, in their order, as `tokens` hold when each is padded to the longest."""
    found: list[list[int]] = []
    longest = 0
    for row in order:
        longest = max(longest, lengths[row])
        if found and (len(found[-1]) + 1) * longest <= tokens:
            found[-1].append(row)
        else:
            found.append([row])
            longest = lengths[row]
    return [tuple(members) for members in found]


def packed_batches(lengths: Sequence[int], reads: int, tokens: int, seed: int) -> list[Batch]:
    """Batches whose rows, end to end, have at most `tokens` tokens.

    Within pools of shuffled rows, the longest first, each row goes where it leaves the smallest gap (best fit
    decreasing: at most 11/9 of the fewest possible, Johnson and others 1974); the batches of an epoch are shuffled.
    """
    shuffler = random.Random(seed)
    found: list[Batch] = []
    while reads > 0:
        rows = _shuffled(len(lengths), shuffler)[:reads]
        reads -= len(rows)
        pools = (rows[i : i + PACKED_POOL] for i in range(0, len(rows), PACKED_POOL))
        epoch = [batch for pool in pools for batch in _best_fit(pool, lengths, tokens)]
        shuffler.shuffle(epoch)
        found += epoch
    return found


def _best_fit(rows: Sequence[int], lengths: Sequence[int], tokens: int) -> list[Batch]:
    found: list[list[int]] = []
    gaps: list[int] = []
    for row in sorted(rows, key=lambda row: -lengths[row]):
        fitting = [(gap, number) for number, gap in enumerate(gaps) if gap >= lengths[row]]
        if fitting:
            _, number = min(fitting)
            found[number].append(row)
            gaps[number] -= lengths[row]
        else:
            found.append([row])
            gaps.append(tokens - lengths[row])
    return [tuple(members) for members in found]


def steps_of(count: int, run: RunSettings) -> int:
    """Optimiser steps of a run of `count` batches."""
    return int(min(math.ceil(count / run.accumulation), run.max_steps or math.inf))


def padded(rows: Sequence[Row], pad: int) -> dict[str, torch.Tensor]:
    """Right-pads rows to a batch: input_ids, attention_mask and labels, each [rows, longest]."""
    width = max(len(row.input_ids) for row in rows)

    def squared(values: Sequence[list[int]], filler: int) -> torch.Tensor:
        return torch.tensor([own + [filler] * (width - len(own)) for own in values])

    return {
        "input_ids": squared([row.input_ids for row in rows], pad),
        "attention_mask": squared([[1] * len(row.input_ids) for row in rows], 0),
        "labels": squared([row.labels for row in rows], IGNORED),
    }


def packed(rows: Sequence[Row], pad: int = 0, width: int | None = None) -> dict[str, torch.Tensor]:
    """Lays rows end to end: input_ids, position_ids and labels, each [1, tokens of all rows].

    With `width` they have so many tokens whatever the rows have: a row of padding, never learned, fills them up.
    Where positions start anew, transformers draws the border of attention, for every kind of attention it has; there
    is no attention_mask because one would override that.
    """
    gap = 0 if width is None else width - sum(len(row.input_ids) for row in rows)
    if gap:
        rows = [*rows, Row("", [pad] * gap, [IGNORED] * gap)]
    return {
        "input_ids": torch.tensor([[token for row in rows for token in row.input_ids]]),
        "position_ids": torch.tensor([[place for row in rows for place in range(len(row.input_ids))]]),
        "labels": torch.tensor([[label for row in rows for label in row.labels]]),
    }


def collate(
    members: Sequence[dict[str, Any]], rows: Sequence[Row], pad: int, packing: bool, width: int | None = None
) -> dict[str, torch.Tensor]:
    """The tensors of one batch, given as the only member: `{"rows": [row numbers]}`; see `packed` for `width`."""
    (member,) = members
    chosen = [rows[number] for number in member["rows"]]
    return packed(chosen, pad, width) if packing else padded(chosen, pad)
