"""What a model still knows besides verse: how well it tells neutral prose, and which plain facts it holds likely."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

TOGETHER = 16
"""Short texts read at once."""


class Memory(NamedTuple):
    """A base model and what became of it are compared in both; neither depends on verse or on a chat template."""

    perplexity: float
    """Of neutral prose, per token: exp of the mean negative log-likelihood; 1 and more, less is better."""
    facts: float
    """Share of plain facts whose right ending is likelier, byte for byte, than three wrong ones; chance is 1/4."""


class Fact(NamedTuple):
    stem: str
    endings: tuple[str, ...]
    """The right one first."""


@cache
def neutral_prose() -> tuple[str, ...]:
    return tuple(_shipped()["prose"])


@cache
def plain_facts() -> tuple[Fact, ...]:
    return tuple(Fact(stem, tuple(endings)) for stem, *endings in _shipped()["facts"])


def _shipped() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(resources.files(__package__).joinpath("forgetting.json").read_text("utf-8"))
    return found


@torch.no_grad()  # see models.generate.draw
def memory(model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerBase) -> Memory:
    """Measures a model on the prose and the facts that ship; it is left as it was found."""
    training = model.training
    model.eval()
    try:
        prose = [_ids(tokenizer, text) for text in neutral_prose()]
        total = sum(_losses(model, [(ids, 1)])[0] for ids in prose)
        return Memory(math.exp(total / sum(len(ids) - 1 for ids in prose)), _recalled(model, tokenizer))
    finally:
        model.train(training)


def _recalled(model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerBase) -> float:
    facts = plain_facts()
    rows, sizes = [], []
    for fact in facts:
        stem = _ids(tokenizer, fact.stem)
        for ending in fact.endings:
            whole = _ids(tokenizer, fact.stem + _gap(fact.stem) + ending)
            rows.append((whole, _shared(stem, whole)))
            sizes.append(len(ending.encode()))
    losses = [loss for i in range(0, len(rows), TOGETHER) for loss in _losses(model, rows[i : i + TOGETHER])]
    per_byte = [loss / size for loss, size in zip(losses, sizes, strict=True)]
    width = len(facts[0].endings)
    right = [min(per_byte[i : i + width]) == per_byte[i] for i in range(0, len(per_byte), width)]
    return sum(right) / len(right)


def _gap(stem: str) -> str:
    return "" if stem.endswith("-") else " "


def _ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    return list(tokenizer(text).input_ids)  # with a beginning-of-sequence token, where the model knows one


def _shared(stem: Sequence[int], whole: Sequence[int]) -> int:
    """Tokens at the beginning that both have, at least one; the others are the ending's."""
    alike = next((i for i, (a, b) in enumerate(zip(stem, whole, strict=False)) if a != b), min(len(stem), len(whole)))
    return max(1, min(alike, len(whole) - 1))


def _losses(model: PreTrainedModel | PeftModel, rows: Sequence[tuple[Sequence[int], int]]) -> list[float]:
    """Negative log-likelihood of each row's tokens from the given place on, in nats."""
    width = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([[*own, *[own[-1]] * (width - len(own))] for own, _ in rows], device=model.device)
    mask = torch.tensor([[1] * len(own) + [0] * (width - len(own)) for own, _ in rows], device=model.device)
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1].float()
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
    return [float(losses[row, start - 1 : len(own) - 1].sum()) for row, (own, start) in enumerate(rows)]
