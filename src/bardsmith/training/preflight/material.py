"""What runs are really fed: their rows as the collator hands them to the trainer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch

from bardsmith.errors import InputError
from bardsmith.models.rendering import Row, render_example, render_prompt
from bardsmith.records import Conversation
from bardsmith.training.batches import collate
from bardsmith.training.config import RunConfig
from bardsmith.training.rows import rows_of, unprompted

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SAME_ROWS = frozenset({
    "name", "method", "rank", "alpha", "dropout", "target_modules", "last_layers", "epochs", "samples", "max_steps",
    "learning_rate", "schedule", "warmup_steps", "batch_size", "accumulation", "weight_decay", "max_grad_norm",
    "optimizer", "gradient_checkpointing", "evaluate_every", "stop_looping", "adapter_backend", "host_embedding",
    "backend", "shards",
})  # fmt: skip
"""Settings that do not change what a row is; runs that differ in nothing else are looked at once."""
BATCH = 8
"""Rows that are collated at once."""


class Fed(NamedTuple):
    """What runs that read the same rows are fed."""

    runs: tuple[str, ...]
    run: RunConfig
    """The first of them."""
    rows: list[Row]
    whole: dict[str, Row]
    """By row id, before any was left out or cut."""
    conversations: dict[str, Conversation]
    """By row id, as they are rendered: some without their system message, if the run says so."""
    prompts: dict[str, list[int]]
    """By row id, what the same question is asked with when the model is sampled from."""


def fed(
    tokenizer: PreTrainedTokenizerBase,
    rows: Sequence[Row],
    conversations: Sequence[Conversation],
    runs: Sequence[RunConfig],
    seed: int,
) -> Iterator[Fed]:
    """What each run is fed of the conversations that could be rendered; `rows` has these, whole."""
    rendered = {row.id: row for row in rows}
    readable = {row.id: row for row in conversations if row.id in rendered}
    groups: dict[str, list[RunConfig]] = {}
    for run in runs:
        groups.setdefault(run.model_dump_json(exclude=set(SAME_ROWS)), []).append(run)
    for run, *others in groups.values():
        own_seed = seed if run.seed is None else run.seed
        read = dict(readable)
        if run.unprompted is not None:
            read = {row.id: row for row in unprompted(list(readable.values()), run.unprompted, own_seed)}
        changed = {name: render_example(tokenizer, row) for name, row in read.items() if row is not readable[name]}
        try:
            trained = rows_of(tokenizer, list(readable.values()), (), run, own_seed).train
        except InputError:  # no row fits: `nothing_learned` and `long_rows` tell it
            trained = []
        yield Fed(
            runs=(run.name, *(other.name for other in others)),
            run=run,
            rows=as_collated(trained, int(tokenizer.pad_token_id or 0), run.packing),
            whole={**rendered, **changed},
            conversations=read,
            prompts={row.id: render_prompt(tokenizer, read[row.id].messages[:-1]) for row in trained},
        )


def as_collated(rows: Sequence[Row], pad: int, packing: bool) -> list[Row]:
    """The rows once they were through the collator, taken out of its batches again."""
    found = []
    for start in range(0, len(rows), BATCH):
        members = rows[start : start + BATCH]
        batch = collate([{"rows": list(range(len(members)))}], members, pad, packing)
        found += [Row(row.id, *each) for row, each in zip(members, _parted(batch), strict=True)]
    return found


def _parted(batch: dict[str, torch.Tensor]) -> Iterator[tuple[list[int], list[int]]]:
    """Token ids and labels of each row of a batch, be it padded or packed."""
    ids, labels = batch["input_ids"], batch["labels"]
    if "position_ids" in batch:
        starts = (batch["position_ids"][0] == 0).nonzero().flatten().tolist()
        for start, end in zip(starts, [*starts[1:], ids.shape[1]], strict=True):
            yield ids[0, start:end].tolist(), labels[0, start:end].tolist()
        return
    for row, length in enumerate(batch["attention_mask"].sum(1).tolist()):
        yield ids[row, :length].tolist(), labels[row, :length].tolist()
