"""One adapted layer against float64, and the norm's freshness under every way of stepping."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, PeftModel, get_peft_model
from reference import (
    DEVICES,
    TOLERANCE,
    adapted_product,
    distance,
    gradients,
    small_llama,
    stir,
    sums_of_magnitudes,
    with_adapter,
)
from torch import Tensor

from bardsmith.models.load import merged
from bardsmith.training.dora import Factors, take_over
from bardsmith.training.fused import fuse, fused_layers
from bardsmith.training.memory import Checkpointing, checkpointed_layers, keep_embedding_on_host, recompute_first
from bardsmith.training.tiled_loss import tiled_cross_entropy

IDS = torch.randint(3, 512, (2, 29), generator=torch.Generator().manual_seed(3))
METHODS = ["lora", "dora"]
PATHS = ["layer by layer", "fused"]


class OneLayer(torch.nn.Module):
    def __init__(self, width: int, out: int, bias: bool) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(width, out, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.linear(x)
        return found


def one_layer(width: int, out: int, rank: int, method: str, bias: bool, dtype: torch.dtype) -> tuple[Any, Factors]:
    config = LoraConfig(r=rank, lora_alpha=2 * rank, use_dora=method == "dora", target_modules=["linear"])
    model = get_peft_model(OneLayer(width, out, bias).to(dtype), config)
    (factors,) = take_over(model).values()
    stir(model)
    factors.steps.advance()
    return model, factors


def small(method: str, path: str, device: str = "cpu") -> tuple[Any, Factors]:
    """A model, with one of its layers' factors."""
    model = with_adapter(small_llama(device, torch.float32), method).train()
    factors = take_over(model)
    if path == "fused":
        assert fuse(model, factors)
    return model, next(iter(factors.values()))


def losses(model: Any, steps: int, optimizer: Any = None) -> list[float]:
    if optimizer is None:
        optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-3)
    found = []
    for _ in range(steps):
        ids = IDS.to(model.device)
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        found.append(loss.item())
    return found


def true_norm(factors: Factors) -> Tensor:
    weight = factors.module.get_base_layer().weight.double()
    norm: Tensor = (weight + factors.scaling * factors.b.double() @ factors.a.double()).norm(dim=1)
    return norm


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25, deadline=None)
@given(
    tokens=st.integers(1, 60), width=st.integers(8, 90), out=st.integers(1, 90), rank=st.integers(1, 20),
    bias=st.booleans(), seed=st.integers(0, 99),
)  # fmt: skip
def test_every_gradient_of_a_layer(
    method: str, dtype: torch.dtype, tokens: int, width: int, out: int, rank: int, bias: bool, seed: int
) -> None:
    """A row of a few numbers may be all but cancelled by its adapter; docs/adapters.md says what that costs."""
    torch.manual_seed(seed)
    model, factors = one_layer(width, out, rank, method, bias, dtype)
    x = torch.randn(2, tokens, width).to(dtype).requires_grad_()
    grad = torch.randn(2, tokens, out).to(dtype)
    y = model(x)
    y.backward(grad)
    linear = factors.module.get_base_layer()
    a, b = (p.detach().to(dtype).double().requires_grad_() for p in (factors.a, factors.b))
    m = factors.magnitude.detach().double().requires_grad_() if method == "dora" else None
    wide = x.detach().double().requires_grad_()
    right = adapted_product(wide, linear.weight.detach().double(), a, b, m, factors.scaling)
    right.backward(grad.double())  # type: ignore[no-untyped-call]
    right = right if linear.bias is None else right + linear.bias.detach().double()
    pairs = [(y, right), (x.grad, wide.grad), (factors.a.grad, a.grad), (factors.b.grad, b.grad)]
    if m is not None:
        assert distance(1 / factors.measure()[0], true_norm(factors)) < 1e-5
        pairs.append((factors.magnitude.grad, m.grad))
    few = min(tokens, width, out, rank) < 16  # so that a result may be a sum that nearly cancels
    summed = sums_of_magnitudes(wide, linear, a, b, m, factors.scaling, grad.double())
    for (found, wanted), most in zip(pairs, summed, strict=True):
        assert found is not None
        assert wanted is not None
        error = (found.detach().double() - wanted.detach()).norm()
        # A single number may meet the worst of five roundings to eight bits, one after the other.
        assert distance(found, wanted) < TOLERANCE or (few and float(error / most.norm()) < 2 * TOLERANCE)


def fused_adamw(parameters: list[Any]) -> Any:
    return torch.optim.AdamW(parameters, lr=1e-2, fused=True)


def foreach_adamw(parameters: list[Any]) -> Any:
    return torch.optim.AdamW(parameters, lr=1e-2, foreach=True)


def eight_bit_adamw(parameters: list[Any]) -> Any:
    import bitsandbytes

    return bitsandbytes.optim.AdamW8bit(parameters, lr=1e-2, min_8bit_size=1)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("optimizer", [fused_adamw, foreach_adamw, eight_bit_adamw])
def test_the_norm_is_that_of_the_last_step(optimizer: Callable[[list[Any]], Any], path: str) -> None:
    if optimizer is eight_bit_adamw and ("cuda" not in DEVICES or importlib.util.find_spec("bitsandbytes") is None):
        pytest.skip("AdamW in 8 bits needs bitsandbytes and CUDA")
    model, factors = small("dora", path, DEVICES[-1] if optimizer is eight_bit_adamw else "cpu")
    ids = IDS.to(model.device)
    before = true_norm(factors)
    losses(model, 3, optimizer([p for p in model.parameters() if p.requires_grad]))
    after = true_norm(factors)
    assert distance(before, after) > 1e-4
    with torch.no_grad():
        model(input_ids=ids)
    assert distance(1 / factors.measure()[0], after) < 1e-5
    for layer in fused_layers(model):
        model(input_ids=ids, labels=ids).loss.backward()
        group = layer.query_key_value
        assert group.inverse is not None
        first = next(iter(group.layers))
        assert distance(1 / group.inverse[group.rows[0]], true_norm(first)) < 1e-5


@pytest.mark.parametrize("path", PATHS)
def test_it_is_measured_once_for_a_step_of_four_micro_batches(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from bardsmith.training.kernels import plain

    model, _ = small("dora", path)
    recompute_first(fused_layers(model), 2)
    if path != "fused":
        model.gradient_checkpointing_enable({"use_reentrant": False})
    measured = []
    real = plain.gains

    def counted(weight: Tensor, *others: Tensor) -> None:
        measured.append(weight.shape)
        real(weight, *others)

    monkeypatch.setattr(plain, "gains", counted)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    for _ in range(2):
        measured.clear()
        for _ in range(4):
            model(input_ids=IDS, labels=IDS).loss.backward()
        assert len(measured) == (8 if path == "fused" else 14)  # groups, or linear layers
        optimizer.step()


def test_reading_weights_from_a_file_refreshes_it(tmp_path: Path) -> None:
    model, factors = small("dora", "layer by layer")
    factors.measure()
    losses(model, 2)
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    losses(model, 2)
    factors.measure()
    model.load_state_dict(state)
    assert distance(1 / factors.measure()[0], true_norm(factors)) < 1e-5


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_fifty_steps_follow_stock_peft(method: str, path: str) -> None:
    theirs = with_adapter(small_llama("cpu", torch.float32), method).train()
    ours, _ = small(method, path)
    ours.load_state_dict(theirs.state_dict())
    pairs = list(zip(losses(ours, 50), losses(theirs, 50), strict=True))
    assert pairs[0][0] - pairs[-1][0] > 0.5
    assert max(abs(one - other) for one, other in pairs) < 0.01


def test_dora_and_lora_part_ways() -> None:
    found = [losses(small(method, "fused")[0], 6)[-1] for method in METHODS]
    assert abs(found[0] - found[1]) > 1e-3


@pytest.mark.parametrize("method", METHODS)
def test_before_the_first_step_the_fused_model_is_the_base(method: str) -> None:
    base = small_llama("cpu", torch.float32)
    wanted = base(input_ids=IDS).logits
    config = LoraConfig(task_type="CAUSAL_LM", r=4, use_dora=method == "dora", target_modules="all-linear")
    model = get_peft_model(base, config).train()
    assert fuse(model, take_over(model))
    assert distance(model(input_ids=IDS).logits, wanted) < 1e-6


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_trained_saved_merged_it_says_the_same(method: str, path: str, tmp_path: Path) -> None:
    model, _ = small(method, path)
    losses(model, 3)
    model.eval()
    with torch.no_grad():
        wanted = model(input_ids=IDS).logits
        model.train()
    training = model(input_ids=IDS).logits
    assert distance(training, wanted) < 1e-5
    model.save_pretrained(tmp_path)
    stock = PeftModel.from_pretrained(small_llama("cpu", torch.float32), str(tmp_path)).eval()
    assert distance(stock(input_ids=IDS).logits, wanted) < 1e-5
    with merged(model) as ready, torch.no_grad():
        assert distance(ready(input_ids=IDS).logits, wanted) < 1e-5
    assert distance(model(input_ids=IDS).logits, training) < 1e-6
    assert distance(model.eval().merge_and_unload()(input_ids=IDS).logits, wanted) < 1e-5


@pytest.mark.parametrize("path", PATHS)
def test_rows_of_zeros_stay_finite(path: str) -> None:
    base = small_llama("cpu", torch.float32)
    for layer in base.model.layers:
        for linear in (layer.self_attn.q_proj, layer.self_attn.v_proj, layer.mlp.up_proj, layer.mlp.down_proj):
            linear.weight.data[3] = 0
    config = LoraConfig(task_type="CAUSAL_LM", r=4, use_dora=True, target_modules="all-linear")
    model = get_peft_model(base, config).train()
    factors = take_over(model)
    if path == "fused":
        fuse(model, factors)
    assert all(torch.isfinite(torch.tensor(loss)) for loss in losses(model, 4))
    assert all(torch.isfinite(p).all() for p in model.parameters())
    with merged(model) as ready, torch.no_grad():
        assert torch.isfinite(ready(input_ids=IDS).logits).all()


@pytest.mark.parametrize("method", METHODS)
def test_padded_and_packed_rows_are_read_as_stock_peft_reads_them(method: str) -> None:
    theirs = with_adapter(small_llama("cpu", torch.float32), method).train()
    ours, _ = small(method, "fused")
    ours.load_state_dict(theirs.state_dict())
    mask = torch.ones_like(IDS)
    mask[1, 20:] = 0
    places = torch.cat([torch.arange(11), torch.arange(18)])[None].expand(2, -1)
    starts = (places == 0).cumsum(1)
    block = (starts[:, :, None] == starts[:, None]) & (torch.arange(29)[:, None] >= torch.arange(29))
    for inputs in ({"attention_mask": mask}, {"position_ids": places, "attention_mask": block[:, None]}):
        (logits, found), (right_logits, right) = gradients(ours, IDS, **inputs), gradients(theirs, IDS, **inputs)
        assert distance(logits[0], right_logits[0]) < 1e-5
        assert max(distance(found[name], right[name]) for name in right) < 1e-4


def test_a_second_backward_pass_is_refused() -> None:
    model, _ = small("dora", "fused")
    loss = model(input_ids=IDS, labels=IDS).loss
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="once a forward pass"):
        loss.backward()


def test_only_as_many_layers_are_recomputed_as_memory_demands() -> None:
    assert checkpointed_layers(free=100, kept=10, layers=8) == 0
    assert checkpointed_layers(free=35, kept=10, layers=8) == 5
    assert checkpointed_layers(free=-5, kept=10, layers=8) == 8


class Listener:
    def __init__(self) -> None:
        self.said: list[str] = []

    def update(self, task: str, done: int, total: int) -> None: ...

    def say(self, text: str) -> None:
        self.said.append(text)


def test_checkpointing_is_taken_out_of_transformers_hands() -> None:
    model, _ = small("dora", "fused")
    model.gradient_checkpointing_enable({"use_reentrant": False})
    listener = Listener()
    asked = type("Arguments", (), {"gradient_checkpointing": True})
    Checkpointing("run r", 64, listener).on_train_begin(asked, None, None, model=model)
    layers = fused_layers(model)
    assert all(layer.recompute and not layer.layer.gradient_checkpointing for layer in layers)
    assert listener.said == ["run r: 2 of 2 adapted layers are recomputed in the backward pass"]


def test_an_embedding_on_the_host_says_the_same_and_does_not_move() -> None:
    model = small_llama("cpu", torch.float32)
    wanted = model(input_ids=IDS).logits
    keep_embedding_on_host(model)
    assert not any("embed_tokens" in name for name, _ in model.named_parameters())
    assert model.get_input_embeddings().weight.dtype == model.to(torch.float64).get_input_embeddings().weight.dtype
    assert torch.equal(model.to(torch.float32)(input_ids=IDS).logits, wanted)


@pytest.mark.parametrize("tile_bytes", [1, 4000, 2**28])
def test_the_tiled_loss_is_the_loss(tile_bytes: int) -> None:
    hidden, head = torch.randn(9, 16, requires_grad=True), torch.randn(200, 16)
    labels = torch.randint(200, (9,))
    total = tiled_cross_entropy(hidden, head, labels, tile_bytes)
    (found,) = torch.autograd.grad(total / 9, hidden)
    loss = torch.nn.functional.cross_entropy(hidden @ head.T, labels)
    (wanted,) = torch.autograd.grad(loss, hidden)
    assert float(total) / 9 == pytest.approx(float(loss), rel=1e-6)
    assert distance(found, wanted) < 1e-5
    with pytest.raises(ValueError, match="trainable"):
        tiled_cross_entropy(hidden, head.requires_grad_(), labels)
