"""What is read at once and in which order, padded or packed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.models.config import ModelConfig
from bardsmith.models.load import load_base
from bardsmith.models.rendering import IGNORED, Row
from bardsmith.progress import Silent
from bardsmith.training.batches import batches, packed, packed_batches, padded, reading_order, steps_of
from bardsmith.training.config import RunSettings

lengths = st.lists(st.integers(1, 300), min_size=1, max_size=120)


def settings(**given: Any) -> RunSettings:
    return RunSettings(max_length=300, **given)


def flat(plan: list[tuple[int, ...]]) -> list[int]:
    return [row for batch in plan for row in batch]


READERS = {
    "by rows": {"batch_size": 4},
    "by tokens": {"batch_tokens": 600},
    "packed": {"packing": True, "batch_tokens": 600},
}


@pytest.mark.parametrize("how", READERS.values(), ids=READERS)
@given(lengths=lengths, epochs=st.integers(1, 3), seed=st.integers(0, 99))
def test_every_epoch_reads_every_row_once(how: dict[str, Any], lengths: list[int], epochs: int, seed: int) -> None:
    run = settings(epochs=epochs, **how)
    plan = batches(lengths, run, seed)
    n = len(lengths)
    if epochs == 1:
        assert sorted(flat(plan)) == list(range(n))
    assert Counter(flat(plan)) == Counter(dict.fromkeys(range(n), epochs))
    assert plan == batches(lengths, run, seed)


@pytest.mark.parametrize("how", READERS.values(), ids=READERS)
@given(lengths=lengths, samples=st.integers(1, 400))
def test_so_many_samples_are_read_however_many_rows_there_are(
    how: dict[str, Any], lengths: list[int], samples: int
) -> None:
    read = Counter(flat(batches(lengths, settings(samples=samples, **how), 1)))
    assert read.total() == samples
    assert max(read.values()) - min(read[row] for row in range(len(lengths))) <= 1


@given(lengths=lengths, seed=st.integers(0, 99))
def test_batches_by_tokens_hold_no_more_than_they_may(lengths: list[int], seed: int) -> None:
    for batch in batches(lengths, settings(batch_tokens=700), seed):
        assert len(batch) * max(lengths[row] for row in batch) <= 700
    for batch in batches(lengths, settings(packing=True, batch_tokens=700), seed):
        assert sum(lengths[row] for row in batch) <= 700


@given(lengths=lengths, batch=st.integers(1, 9))
def test_part_of_an_epoch_is_the_beginning_of_one(lengths: list[int], batch: int) -> None:
    half = reading_order(lengths, max(1, round(len(lengths) / 2)), batch, 1)
    assert half == reading_order(lengths, len(lengths), batch, 1)[: len(half)]


def test_batches_hold_rows_of_like_length_and_seeds_differ() -> None:
    lengths = [(37 * i) % 200 + 1 for i in range(256)]

    def padding(order: list[int]) -> int:
        batches = [[lengths[row] for row in order[i : i + 8]] for i in range(0, 256, 8)]
        return sum(max(batch) * len(batch) - sum(batch) for batch in batches)

    grouped = reading_order(lengths, 256, 8, 1)
    assert padding(grouped) < 0.3 * padding(list(range(256)))
    assert grouped != reading_order(lengths, 256, 8, 2)


def test_packed_rows_are_nearly_full() -> None:
    lengths = [(37 * i) % 200 + 20 for i in range(512)]
    plan = packed_batches(lengths, 512, 512, 1)
    assert len(plan) <= 1.05 * sum(lengths) / 512
    assert plan != packed_batches(lengths, 512, 512, 2)


def test_steps_are_counted_in_batches() -> None:
    assert steps_of(17, settings(accumulation=8)) == 3
    assert steps_of(17, settings(accumulation=8, max_steps=2)) == 2


def row(*ids: int) -> Row:
    return Row(str(ids), list(ids), [IGNORED, *ids[1:]])


def test_padding_is_neither_read_nor_learned() -> None:
    batch = padded([row(5, 6, 7), row(5)], pad=0)
    assert batch["input_ids"].tolist() == [[5, 6, 7], [5, 0, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch["labels"].tolist() == [[IGNORED, 6, 7], [IGNORED, IGNORED, IGNORED]]


def test_packed_neighbours_do_not_see_each_other() -> None:
    """Each row gets the logits it has alone, with other neighbours, and in another place; under SDPA."""
    model = load_base(ModelConfig(base="random:tiny", dtype="float32"), Silent())
    assert model.config._attn_implementation == "sdpa"
    rows = [row(*range(5, 25)), row(*range(90, 97)), row(*range(40, 80))]

    def logits(members: list[Row]) -> list[torch.Tensor]:
        batch = packed(members)
        with torch.no_grad():
            found = model(input_ids=batch["input_ids"], position_ids=batch["position_ids"], use_cache=False).logits[0]
        return list(found.split([len(member.input_ids) for member in members]))

    alone = [logits([member])[0] for member in rows]
    for together, wanted in zip(logits(rows), alone, strict=True):
        assert torch.allclose(together, wanted, atol=1e-5)
    for together, wanted in zip(logits(rows[::-1]), alone[::-1], strict=True):
        assert torch.allclose(together, wanted, atol=1e-5)
    batch = packed(rows)
    with torch.no_grad():
        contaminated = model(input_ids=batch["input_ids"], use_cache=False).logits[0]
    assert not torch.allclose(contaminated[-40:], alone[2], atol=1e-3)


def test_a_packed_rows_first_token_is_not_learned_from_its_neighbour() -> None:
    assert packed([row(5, 6), row(7, 8, 9)])["labels"].tolist() == [[IGNORED, 6, IGNORED, 8, 9]]
