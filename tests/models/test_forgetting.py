"""Perplexity of neutral prose and plain facts: right on a model whose likelihoods can be told by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from bardsmith.models.config import ModelConfig
from bardsmith.models.forgetting import _losses, memory, neutral_prose, plain_facts
from bardsmith.models.load import load_base
from bardsmith.models.tiny import make_tokenizer
from bardsmith.progress import Silent

TOKENIZER = make_tokenizer()


class Oracle(torch.nn.Module):
    """Gives every next byte of the texts it knows the likelihood 1/2, and any other byte an equal share of the rest."""

    device = torch.device("cpu")

    def __init__(self, known: list[str]) -> None:
        super().__init__()
        self.known = [TOKENIZER(text).input_ids for text in known]

    def forward(self, input_ids: torch.Tensor, **_: Any) -> Any:
        rows, width = input_ids.shape
        logits = torch.zeros(rows, width, len(TOKENIZER))
        for row in range(rows):
            for known in self.known:
                for place in range(min(width, len(known) - 1)):
                    if input_ids[row, : place + 1].tolist() == known[: place + 1]:
                        logits[row, place, known[place + 1]] = torch.log(torch.tensor(len(TOKENIZER) - 1.0))
        return type("Output", (), {"logits": logits})()


def test_the_facts_are_well_formed() -> None:
    facts = plain_facts()
    assert len(facts) == 40
    assert all(len(fact.endings) == len(set(fact.endings)) == 4 for fact in facts)
    assert len({fact.stem for fact in facts}) == 40


def test_who_knows_all_recalls_all_and_half_a_likelihood_is_a_perplexity_of_two() -> None:
    facts = [fact.stem + ("" if fact.stem.endswith("-") else " ") + fact.endings[0] for fact in plain_facts()]
    model: Any = Oracle([*facts, *neutral_prose()])
    found = memory(model, TOKENIZER)
    assert found.facts == 1
    assert found.perplexity == pytest.approx(2, rel=1e-2)  # where two texts begin alike, both go on


def test_who_knows_wrong_endings_recalls_nothing() -> None:
    wrong = [fact.stem + ("" if fact.stem.endswith("-") else " ") + fact.endings[1] for fact in plain_facts()]
    model: Any = Oracle(wrong)
    assert memory(model, TOKENIZER).facts == 0


def test_padding_changes_no_loss_and_the_model_is_left_as_it_was() -> None:
    model = load_base(ModelConfig(base="random:tiny", dtype="float32"), Silent()).train()
    short, long = [40, 41, 42, 43], list(range(50, 90))
    with torch.no_grad():
        together = _losses(model, [(short, 2), (long, 1)])
        alone = [_losses(model, [(short, 2)])[0], _losses(model, [(long, 1)])[0]]
    assert together == pytest.approx(alone, abs=1e-3)
    memory(model, TOKENIZER)
    assert model.training
