"""Adapters: silent before the first step, all moving after it, and nothing of the base ever moving."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from bardsmith.errors import InputError
from bardsmith.models.config import ModelConfig
from bardsmith.models.load import load_base, merged
from bardsmith.progress import Silent
from bardsmith.training.adapters import add_adapter
from bardsmith.training.config import RunConfig, RunSettings

TINY = ModelConfig(base="random:tiny", dtype="float32")
METHODS: tuple[str, ...] = get_args(RunSettings.model_fields["method"].annotation)
IDS = torch.arange(3, 63).reshape(2, 30)


def run(method: str, **settings: Any) -> RunConfig:
    return RunConfig(name="r", method=method, rank=4, alpha=8, **settings)


def fresh(method: str, seed: int = 7, **settings: Any) -> Any:
    return add_adapter(load_base(TINY, Silent()), run(method, **settings), seed).train()


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(input_ids=IDS).logits
        return found


def step(model: Any, times: int = 1, rate: float = 1e-2) -> None:
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=rate)
    for _ in range(times):
        model(input_ids=IDS, labels=IDS).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


@pytest.mark.parametrize("method", METHODS)
def test_before_the_first_step_the_adapter_is_the_base(method: str) -> None:
    assert torch.equal(logits(fresh(method)), logits(load_base(TINY, Silent())))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_dora_starts_exactly_at_a_base_of_any_type(dtype: str) -> None:
    config = TINY.model_copy(update={"dtype": dtype})
    base = load_base(config, Silent())
    before = logits(base)
    adapted = add_adapter(base, run("dora"), 7)
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16"):
        after = logits(adapted)
    assert torch.equal(after.to(before.dtype), before)


@pytest.mark.parametrize("method", METHODS)
def test_training_moves_every_adapter_tensor_and_no_base_tensor(method: str) -> None:
    model = fresh(method)
    before = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    step(model, times=2)  # A moves from the second step on: B is zero before
    moved = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    adapter = {name for name in before if "lora_" in name}
    assert moved == adapter
    assert any("magnitude" in name for name in adapter) == method.endswith("dora")


def test_dora_and_lora_of_one_seed_start_alike_and_part_ways() -> None:
    lora, dora = fresh("lora"), fresh("dora")
    lora_a = {n: t for n, t in lora.state_dict().items() if "lora_A" in n}
    assert lora_a
    assert all(torch.equal(dora.state_dict()[name], tensor) for name, tensor in lora_a.items())
    step(lora, 3)
    step(dora, 3)
    assert not torch.allclose(logits(lora), logits(dora), atol=1e-3)


def test_the_factored_norm_is_pefts_dora() -> None:
    """The same function and the same gradients as PEFT's own DoRA, with factors that are not small."""
    ours = fresh("dora")
    step(ours, 3, rate=5e-2)
    torch.manual_seed(7)
    config = LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, use_dora=True, target_modules="all-linear")
    theirs = get_peft_model(load_base(TINY, Silent()), config).train()
    theirs.load_state_dict(ours.state_dict())
    assert torch.allclose(logits(ours), logits(theirs), atol=1e-5)
    for model in (ours, theirs):
        model.zero_grad()
        model(input_ids=IDS, labels=IDS).loss.backward()
    gradients = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        if parameter.requires_grad:
            assert torch.allclose(parameter.grad, gradients[name].grad, atol=1e-6, rtol=1e-4), name


@pytest.mark.parametrize("method", METHODS)
def test_saved_adapters_load_with_stock_peft_and_say_the_same(method: str, tmp_path: Path) -> None:
    model = fresh(method)
    step(model, 3)
    model.save_pretrained(tmp_path)
    again = PeftModel.from_pretrained(load_base(TINY, Silent()), str(tmp_path))
    assert torch.allclose(logits(model.eval()), logits(again.eval()), atol=1e-5)
    assert torch.allclose(logits(model), logits(again.merge_and_unload()), atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_an_evaluation_before_the_first_step_is_in_nobodys_way(method: str) -> None:
    model = fresh(method)
    with torch.inference_mode():
        model(input_ids=IDS)
    step(model)


@pytest.mark.parametrize("method", METHODS)
def test_sampling_merged_leaves_the_base_bit_for_bit(method: str) -> None:
    model = fresh(method)
    step(model, 3)
    before = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    unmerged = logits(model)
    with merged(model) as ready:
        assert torch.allclose(logits(ready), unmerged, atol=1e-4)
        assert not ready.training
    assert model.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_dropout_acts_in_training_only() -> None:
    model = fresh("dora", dropout=0.5)
    step(model, 3)
    torch.manual_seed(0)
    assert not torch.equal(logits(model), logits(model))
    model.eval()
    assert torch.equal(logits(model), logits(model))


def test_only_the_last_layers_can_be_adapted() -> None:
    trained = {name for name, p in fresh("dora", last_layers=1).named_parameters() if p.requires_grad}
    assert trained
    assert all(".layers.1." in name for name in trained)
    with pytest.raises(InputError, match="has 2 layers"):
        fresh("lora", last_layers=3)


def test_modules_that_are_not_there_are_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match="q_proj"):
        fresh("lora", target_modules=("query_key_value",))
