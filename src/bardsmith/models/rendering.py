"""The only place that knows a chat template: what a model is trained on and what it is prompted with.

Training rows and sampling prompts come from the same function, so they cannot differ in a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import jinja2

from bardsmith.errors import InputError
from bardsmith.records import Conversation, Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IGNORED = -100
"""The label of a token that is read but not learned."""


class RenderingError(InputError):
    """What was learned from such a row would not be what is asked for later."""

    def __init__(self, check: Literal["prompt-mismatch", "unlearned-ends"], what: str) -> None:
        super().__init__(what, "Give another template under model.chat_template.")
        self.check = check


@dataclass(frozen=True)
class Row:
    """One conversation as tokens; `labels` repeats those that are learned and has IGNORED for the rest.

    The first token is never learned, since nothing stands before it from which it could be told.
    """

    id: str
    input_ids: list[int]
    labels: list[int]

    @property
    def learns(self) -> bool:
        """Any token is learned."""
        return any(label != IGNORED for label in self.labels)


def render_prompt(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> list[int]:
    """Token ids of a conversation up to the point where the assistant is to answer."""
    return _encode(tokenizer, _text(tokenizer, messages, answer_next=True))


def render_example(
    tokenizer: PreTrainedTokenizerBase,
    conversation: Conversation,
    learn: Literal["answers", "conversation"] = "answers",
) -> Row:
    """A conversation with every assistant turn learned, from its first token to its end token; or all of it.

    Raises RenderingError if the template does not render turns so that each prompt is a prefix of the conversation, or
    does not end an answer with an end token: what was learned would then not be what is asked for later.
    """
    messages = conversation.messages
    input_ids = _encode(tokenizer, _text(tokenizer, messages, answer_next=False))
    labels = [IGNORED] * len(input_ids)
    stops = stop_ids(tokenizer)
    for turn, message in enumerate(messages):
        if message.role != "assistant":
            continue
        prompt = render_prompt(tokenizer, messages[:turn])
        if input_ids[: len(prompt)] != prompt:
            what = f"{conversation.id}: the chat template renders the prompt differently in training and in sampling"
            raise RenderingError("prompt-mismatch", what)
        end = next((i for i in range(len(prompt), len(input_ids)) if input_ids[i] in stops), None)
        if end is None:
            raise RenderingError(
                "unlearned-ends",
                f"{conversation.id}: the chat template does not end an answer with the end token "
                f"({tokenizer.eos_token!r}); a model trained on it would never stop",
            )
        labels[len(prompt) : end + 1] = input_ids[len(prompt) : end + 1]
    return Row(conversation.id, input_ids, labels if learn == "answers" else [IGNORED, *input_ids[1:]])


def stop_ids(tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Tokens that end an answer."""
    if tokenizer.eos_token_id is None:
        raise InputError("the base model's tokenizer has no end token", "Take a base model that has one.")
    return frozenset({int(tokenizer.eos_token_id)})


def _text(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message], answer_next: bool) -> str:
    if not tokenizer.chat_template:
        raise InputError(
            "the base model's tokenizer has no chat template",
            "Name a Jinja file under model.chat_template, as studies/bardic does.",
        )
    turns = [{"role": message.role, "content": message.content} for message in messages]
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=answer_next))
    except jinja2.TemplateError as error:
        raise InputError(
            f"the chat template does not render {', '.join(message.role for message in messages)}: {error}",
            "Give another template under model.chat_template.",
        ) from error


def _encode(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    # The template writes the special tokens, a beginning-of-sequence token included; none may be added here.
    return list(tokenizer(text, add_special_tokens=False).input_ids)
