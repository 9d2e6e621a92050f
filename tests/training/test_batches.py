"""The settled order of rows, and their padding."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bardsmith.models.rendering import IGNORED
from bardsmith.training.batches import collate, reading_order

lengths = st.lists(st.integers(1, 300), min_size=1, max_size=120)


@given(lengths=lengths, epochs=st.integers(1, 3), batch=st.integers(1, 9), seed=st.integers(0, 99))
def test_every_epoch_reads_every_row_once(lengths: list[int], epochs: int, batch: int, seed: int) -> None:
    order = reading_order(lengths, epochs, batch, seed)
    n = len(lengths)
    assert all(sorted(order[e * n : (e + 1) * n]) == list(range(n)) for e in range(epochs))
    assert order == reading_order(lengths, epochs, batch, seed)


@given(lengths=lengths, batch=st.integers(1, 9))
def test_part_of_an_epoch_is_the_beginning_of_one(lengths: list[int], batch: int) -> None:
    half = reading_order(lengths, 0.5, batch, 1)
    assert half == reading_order(lengths, 1, batch, 1)[: len(half)]
    assert len(half) == max(1, round(len(lengths) / 2))


def test_batches_hold_rows_of_like_length_and_seeds_differ() -> None:
    lengths = [(37 * i) % 200 + 1 for i in range(256)]

    def padding(order: list[int]) -> int:
        batches = [[lengths[row] for row in order[i : i + 8]] for i in range(0, 256, 8)]
        return sum(max(batch) * len(batch) - sum(batch) for batch in batches)

    grouped = reading_order(lengths, 1, 8, 1)
    assert padding(grouped) < 0.3 * padding(list(range(256)))
    assert grouped != reading_order(lengths, 1, 8, 2)
    assert Counter(grouped) == Counter(range(256))


def test_padding_is_neither_read_nor_learned() -> None:
    batch = collate([{"input_ids": [5, 6, 7], "labels": [IGNORED, 6, 7]}, {"input_ids": [5], "labels": [5]}], pad=0)
    assert batch["input_ids"].tolist() == [[5, 6, 7], [5, 0, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch["labels"].tolist() == [[IGNORED, 6, 7], [5, IGNORED, IGNORED]]
