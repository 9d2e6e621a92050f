"""Training and sampling see the same tokens; the loss covers the answers and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.errors import InputError
from bardsmith.models.rendering import IGNORED, render_example, render_prompt
from bardsmith.models.tiny import make_tokenizer
from bardsmith.records import Conversation, Message

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer()


TOKENIZER = make_tokenizer()


def conversation(*turns: str, system: str | None = "Answer in verse.") -> Conversation:
    roles = ("user", "assistant")
    messages = [Message(role=roles[i % 2], content=text) for i, text in enumerate(turns)]
    first = [Message(role="system", content=system)] if system else []
    return Conversation(id="c", item="c", kind="chat", messages=(*first, *messages))


@given(question=texts, answer=texts)
def test_the_prompt_of_training_is_the_prompt_of_sampling(question: str, answer: str) -> None:
    example = conversation(question, answer)
    row = render_example(TOKENIZER, example)
    prompt = render_prompt(TOKENIZER, example.messages[:-1])
    assert row.input_ids[: len(prompt)] == prompt
    assert all(label == IGNORED for label in row.labels[: len(prompt)])


@given(question=texts, answer=texts)
def test_rendering_is_a_round_trip_and_labels_are_the_answer_with_its_end(question: str, answer: str) -> None:
    row = render_example(TOKENIZER, conversation(question, answer))
    assert f"user\n{question}" in TOKENIZER.decode(row.input_ids)
    learned = [token for token in row.labels if token != IGNORED]
    assert learned[-1] == TOKENIZER.eos_token_id
    assert TOKENIZER.decode(learned[:-1]) == answer


def test_every_turn_of_the_assistant_is_learned(tokenizer: Any) -> None:
    row = render_example(tokenizer, conversation("one", "first answer", "two", "second answer"))
    learned = tokenizer.decode([token for token in row.labels if token != IGNORED])
    assert learned == "first answer<|im_end|>second answer<|im_end|>"


def test_a_template_that_never_ends_an_answer_is_refused() -> None:
    endless = make_tokenizer()
    endless.chat_template = (
        "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
        "{% if add_generation_prompt %}assistant: {% endif %}"
    )
    with pytest.raises(InputError, match="does not end an answer"):
        render_example(endless, conversation("question", "answer"))


def test_a_template_that_prompts_differently_is_refused() -> None:
    other = make_tokenizer()
    other.chat_template = (
        "{% for m in messages %}{{ m['content'] }}<|im_end|>{% endfor %}"
        "{% if add_generation_prompt %}Answer:{% endif %}"
    )
    with pytest.raises(InputError, match="differently in training and in sampling"):
        render_example(other, conversation("question", "answer"))


def test_a_base_without_a_chat_template_is_refused() -> None:
    bare = make_tokenizer()
    bare.chat_template = None
    with pytest.raises(InputError, match="no chat template"):
        render_prompt(bare, conversation("question", "answer").messages[:-1])
