"""The rows a run reads: which, how much of them, and what of them is learned."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.errors import InputError
from bardsmith.models.rendering import IGNORED
from bardsmith.models.tiny import make_tokenizer
from bardsmith.records import Conversation, Message
from bardsmith.training.config import RunConfig
from bardsmith.training.rows import Rows, rows_of, unprompted

TOKENIZER = make_tokenizer()


def conversation(number: int, answer: str, system: bool = True, item: str | None = None) -> Conversation:
    turns = [Message(role="user", content="Say it."), Message(role="assistant", content=answer)]
    led = [Message(role="system", content="In verse.")] if system else []
    return Conversation(id=str(number), item=item or str(number), kind="chat", messages=tuple(led + turns))


LONG = conversation(0, "So long a line will never end within the room there is, my friend. " * 3)
SHORT = conversation(1, "A line that ends.")


def rows(*conversations: Conversation, **given: Any) -> Rows:
    settings: dict[str, Any] = {"name": "r", "max_length": 128, **given}
    return rows_of(TOKENIZER, conversations, [SHORT], RunConfig(**settings), seed=1)


def test_a_row_that_is_too_long_is_left_out_whole_and_told() -> None:
    found = rows(LONG, SHORT)
    assert [row.id for row in found.train] == ["1"]
    assert found.notes == ("1 rows are longer than max_length 128 and were left out",)
    with pytest.raises(InputError, match="no row fits in max_length 128"):
        rows(LONG)


def test_a_row_that_is_cut_loses_its_end_token_and_is_told() -> None:
    found = rows(LONG, SHORT, overlong="cut")
    cut, whole = found.train
    assert len(cut.input_ids) == 128
    assert TOKENIZER.eos_token_id not in cut.labels
    assert TOKENIZER.eos_token_id in whole.labels
    assert found.notes == ("1 rows are longer than max_length 128 and lost their end",)


def test_answers_are_learned_or_all_that_is_said() -> None:
    (answers,), (everything,) = (rows(SHORT, learn=learn).train for learn in ("answers", "conversation"))
    learned = TOKENIZER.decode([label for label in answers.labels if label != IGNORED])
    assert learned == "A line that ends.<|im_end|>"
    assert everything.labels == [IGNORED, *everything.input_ids[1:]]


@given(share=st.floats(0, 1), led=st.integers(0, 12), bare=st.integers(0, 12), seed=st.integers(0, 9))
def test_a_share_of_the_items_is_unprompted(share: float, led: int, bare: int, seed: int) -> None:
    given = [conversation(2 * i + k, "x", i < led, f"item {i}") for i in range(led + bare) for k in (0, 1)]
    found = unprompted(given, share, seed)
    without = {row.item for row in found if row.messages[0].role != "system"}
    assert len(without) == max(bare, round(share * (led + bare)))
    assert all((row.messages[0].role != "system") == (row.item in without) for row in found)
    assert [row.messages[-2:] for row in found] == [row.messages[-2:] for row in given]
