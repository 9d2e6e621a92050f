"""What a model in training writes: its answers to the validation prompts, scored by the verse room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch

from bardsmith.errors import RunError
from bardsmith.models.generate import Ask, Drawn, draw
from bardsmith.models.load import merged
from bardsmith.models.rendering import render_prompt
from bardsmith.records import Conversation, Sampling, seed_of
from bardsmith.training.sharding import smallest
from bardsmith.verse import analyse, score

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedTokenizerBase

SPARE = 0.5
"""Share of the free GPU memory that the answers' caches may take; the rest is for what is computed on the way."""


class Recited(NamedTuple):
    """One answer and what the verse room says of it."""

    prompt: str
    """The conversation's id."""
    question: str
    text: str
    score: float
    """0 to 1, as any verse; an answer that was cut off scores 0, whatever it promised."""
    verse: bool
    complete: bool
    """It ended by itself, in an end."""
    loops: bool


class Reciter:
    """Answers the validation prompts with the adapter in training, each time with the same seeds."""

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, conversations: Sequence[Conversation], sampling: Sampling, seed: int
    ) -> None:
        self.tokenizer = tokenizer
        self.conversations = list(conversations)
        self.asks = [
            Ask(tuple(render_prompt(tokenizer, row.messages[:-1])), sampling, seed_of(seed, row.id))
            for row in conversations
        ]

    def __call__(self, model: PeftModel) -> list[Recited]:
        """Every answer, in the conversations' order. Raises RunError if the GPU cannot hold even one."""
        with merged(model) as ready:
            drawn = draw_in_budget(ready, self.tokenizer, self.asks)
        return [recited(row, answer) for row, answer in zip(self.conversations, drawn, strict=True)]


def recited(conversation: Conversation, drawn: Drawn) -> Recited:
    poem = analyse(drawn.text)
    complete = drawn.finish == "stop" and poem.ending.finished
    return Recited(
        prompt=conversation.id,
        question=conversation.question,
        text=drawn.text,
        score=score(drawn.text).total if drawn.finish == "stop" else 0.0,
        verse=poem.layout.is_verse,
        complete=complete,
        loops=poem.repetition.looping,
    )


def draw_in_budget(model: PeftModel, tokenizer: PreTrainedTokenizerBase, asks: Sequence[Ask]) -> list[Drawn]:
    """Answers in the order asked, as many at once as the GPU has room for; on a CPU all at once.

    Where the estimate was too bold, half as many are tried.
    """
    size = len(asks) if model.device.type == "cpu" else min(len(asks), smallest(_affordable(model, asks)))
    while True:
        try:
            return [d for i in range(0, len(asks), size) for d in draw(model, tokenizer, asks[i : i + size])]
        except torch.cuda.OutOfMemoryError as error:
            if size == 1:
                raise RunError(
                    "the GPU has no room for even one answer of an evaluation beside the training",
                    "Lower training.sampling.max_new_tokens or the runs' batch_size.",
                ) from error
            size = (size + 1) // 2
            torch.cuda.empty_cache()


def _affordable(model: PeftModel, asks: Sequence[Ask]) -> int:
    """Answers whose keys, values and logits fit into SPARE of what the GPU has left."""
    config = model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    tokens = max(len(ask.ids) + ask.sampling.max_new_tokens for ask in asks)
    cache = 2 * config.num_hidden_layers * heads * width * tokens * 2  # keys and values, 16 bits each
    logits = 4 * config.vocab_size * 4  # in float32, sorted, summed and masked
    free, _ = torch.cuda.mem_get_info(model.device)
    unused = torch.cuda.memory_reserved(model.device) - torch.cuda.memory_allocated(model.device)
    return max(1, int(SPARE * (free + unused) / (cache + logits)))
