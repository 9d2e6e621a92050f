"""Drawing: what is chosen, that seeds belong to answers and not to batches, and that answers end."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.models.config import ModelConfig
from bardsmith.models.generate import Ask, choose, draw, penalise
from bardsmith.models.load import load_base, load_tokenizer
from bardsmith.models.packed import packed
from bardsmith.models.rendering import render_prompt
from bardsmith.progress import Silent
from bardsmith.records import Message, Sampling

TINY = ModelConfig(base="random:tiny", dtype="float32")


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load_tokenizer(TINY, Silent())


@pytest.fixture(scope="module")
def model() -> Any:
    return load_base(TINY, Silent())


def ask(tokenizer: Any, question: str, sampling: Sampling, seed: int = 0) -> Ask:
    return Ask(tuple(render_prompt(tokenizer, [Message(role="user", content=question)])), sampling, seed)


def test_greedy_takes_the_likeliest() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0], [2.0, 0.0, 1.0]])
    assert choose(logits, Sampling(temperature=0), torch.rand(2)).tolist() == [1, 0]


@given(
    uniform=st.floats(0, 1, exclude_max=True, width=32),
    limits=st.sampled_from([(2, 1.0, 0.0), (0, 0.6, 0.0), (0, 1.0, 0.5)]),
)
def test_limits_leave_only_the_head_of_the_distribution(uniform: float, limits: tuple[int, float, float]) -> None:
    top_k, top_p, min_p = limits
    logits = torch.log(torch.tensor([[0.05, 0.5, 0.15, 0.3]]))
    sampling = Sampling(temperature=1, top_k=top_k, top_p=top_p, min_p=min_p)
    assert choose(logits, sampling, torch.tensor([uniform])).item() in (1, 3)


def test_draws_follow_the_distribution() -> None:
    shares = torch.tensor([0.1, 0.6, 0.3])
    uniforms = (torch.arange(10_000) + 0.5) / 10_000
    drawn = choose(shares.log().expand(10_000, 3), Sampling(temperature=1, top_p=1), uniforms)
    assert torch.allclose(drawn.bincount() / 10_000, shares, atol=1e-3)


def test_a_penalty_counts_a_token_once() -> None:
    logits = torch.tensor([[2.0, -2.0, 2.0, 2.0]])
    penalise(logits, torch.tensor([[0, 0, 1]]), 2.0)
    assert logits.tolist() == [[1.0, -4.0, 2.0, 2.0]]


def test_the_prompt_is_not_penalised(model: Any, tokenizer: Any) -> None:
    """Where one token is by far the likeliest, a heavy penalty lets it through once: it stood in the prompt before."""
    letter = tokenizer("w", add_special_tokens=False).input_ids[0]
    head = torch.nn.Linear(48, len(tokenizer), bias=True)
    head.weight.data.zero_()
    head.bias.data.zero_()[letter] = 9
    original, model.lm_head = model.lm_head, head
    try:
        [answer] = draw(model, tokenizer, [ask(tokenizer, "w", Sampling(repetition_penalty=5, max_new_tokens=9))])
    finally:
        model.lm_head = original
    assert answer.text.startswith("w")
    assert answer.text.count("w") < 5


def test_an_answer_does_not_depend_on_its_batch(model: Any, tokenizer: Any) -> None:
    """Prompts of many lengths, so that they are read in several groups whose caches are joined."""
    sampling = Sampling(temperature=1.5, repetition_penalty=1.1, max_new_tokens=30)
    asks = [ask(tokenizer, "why? " * (i + 1), sampling, seed) for seed, i in enumerate(range(20))]
    assert draw(model, tokenizer, asks) == [draw(model, tokenizer, [one])[0] for one in asks]


def test_packed_layers_compute_the_same_and_are_given_back(model: Any) -> None:
    ids = torch.arange(3, 43).reshape(2, 20)
    with torch.inference_mode():
        plain = model(input_ids=ids).logits
        with packed(model):
            assert "forward" in model.lm_head.__dict__
            assert torch.allclose(model(input_ids=ids).logits, plain, atol=1e-5)
        assert "forward" not in model.lm_head.__dict__
        assert torch.equal(model(input_ids=ids).logits, plain)


def test_sampled_and_greedy_answers_share_a_batch(model: Any, tokenizer: Any) -> None:
    sampling = Sampling(temperature=1.5, repetition_penalty=1.3, max_new_tokens=20)
    asks = [ask(tokenizer, "same", sampling, seed) for seed in (1, 2, 1)] + [ask(tokenizer, "same", sampling.greedy())]
    first, second, again, greedy = draw(model, tokenizer, asks)
    assert first == again
    assert len({first.text, second.text, greedy.text}) == 3
    ids = torch.tensor([asks[0].ids])
    for _ in range(20):
        likeliest = model(input_ids=ids).logits[:, -1].argmax(-1, keepdim=True)
        ids = torch.cat([ids, likeliest], dim=1)
    assert greedy.text == tokenizer.decode(ids[0, -20:], skip_special_tokens=True).strip()


def test_ended_rows_stop_and_leave_the_others_alone(model: Any, tokenizer: Any) -> None:
    """A bias towards the end token makes rows end at different steps, so that the batch shrinks."""
    head = torch.nn.Linear(48, len(tokenizer), bias=True)
    head.weight.data.copy_(model.lm_head.weight.data)
    head.bias.data.zero_()[tokenizer.eos_token_id] = 3.5
    original, model.lm_head = model.lm_head, head
    try:
        sampling = Sampling(temperature=1.2, max_new_tokens=40)
        asks = [ask(tokenizer, letter, sampling, seed) for seed, letter in enumerate("abcdefgh")]
        together = draw(model, tokenizer, asks)
        alone = [draw(model, tokenizer, [one])[0] for one in asks]
    finally:
        model.lm_head = original
    assert together == alone
    assert len({answer.tokens for answer in together}) > 2
    assert {answer.finish for answer in together if answer.tokens < 40} == {"stop"}
    assert all("<|im_end|>" not in answer.text for answer in together)
