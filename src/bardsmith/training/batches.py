"""The order in which a run reads its rows: settled before the first step, so that a resumed run reads the same."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import torch

from bardsmith.models.rendering import IGNORED, Row

POOL = 8
"""Batches among which rows of like length are put together; larger wastes less padding and shuffles less."""


def reading_order(lengths: Sequence[int], epochs: float, batch: int, seed: int) -> list[int]:
    """Row numbers for the whole run, `epochs` times through (the last one in part if it is a fraction).

    Each epoch is shuffled, then sorted by length within pools of `POOL` batches, then its batches are shuffled, so
    that a batch holds rows of like length. `batch` counts the rows of an optimiser step.
    """
    shuffler = random.Random(seed)
    order: list[int] = []
    for _ in range(math.ceil(epochs)):
        rows = list(range(len(lengths)))
        shuffler.shuffle(rows)
        pools = [rows[i : i + POOL * batch] for i in range(0, len(rows), POOL * batch)]
        ordered = [row for pool in pools for row in sorted(pool, key=lambda row: -lengths[row])]
        batches = [ordered[i : i + batch] for i in range(0, len(ordered), batch)]
        last = batches.pop() if len(batches[-1]) < batch else []
        shuffler.shuffle(batches)
        order += [row for members in batches for row in members] + last
    return order[: max(1, round(len(lengths) * epochs))]


def collate(rows: Sequence[dict[str, Any]], pad: int) -> dict[str, torch.Tensor]:
    """Right-pads rows to a batch: input_ids, attention_mask and labels, each [rows, longest]."""
    width = max(len(row["input_ids"]) for row in rows)

    def padded(key: str, filler: int) -> torch.Tensor:
        return torch.tensor([list(row[key]) + [filler] * (width - len(row[key])) for row in rows])

    mask = torch.tensor([[1] * len(row["input_ids"]) + [0] * (width - len(row["input_ids"])) for row in rows])
    return {"input_ids": padded("input_ids", pad), "attention_mask": mask, "labels": padded("labels", IGNORED)}


def columns(rows: Sequence[Row]) -> dict[str, list[list[int]]]:
    """Rows as the columns of a dataset."""
    return {"input_ids": [row.input_ids for row in rows], "labels": [row.labels for row in rows]}
