"""Whole models with everything fused, against stock PEFT in float64; on CUDA too where there is one."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from peft.utils.integrations import dequantize_module_weight
from reference import DEVICES, TOLERANCE, distance, gradients, small_llama, with_adapter

from bardsmith.training.dora import take_over
from bardsmith.training.fused import fuse, fused_layers
from bardsmith.training.memory import recompute_first

IDS = torch.randint(3, 512, (2, 37), generator=torch.Generator().manual_seed(3))
METHODS = ["lora", "dora"]


def ours(method: str, device: str = "cpu", dtype: torch.dtype = torch.float32, **settings: Any) -> Any:
    model = with_adapter(small_llama(device, dtype), method, **settings).train()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items() if "lora_" in name}
    assert len(fuse(model, take_over(model))) == 2
    model.load_state_dict(state, strict=False)  # taking over sets the magnitudes to the base's
    return model


def wanted(method: str, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Stock PEFT in float64, on the base as `dtype` holds it."""
    model = with_adapter(small_llama("cpu", dtype).double(), method).train()
    return gradients(model.double(), IDS)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("recompute", ["none", "first", "all", "all, down too"])
@pytest.mark.parametrize("method", METHODS)
def test_every_gradient_of_the_whole_model(device: str, recompute: str, method: str) -> None:
    model = ours(method, device)
    layers = fused_layers(model)
    recompute_first(layers, {"none": 0, "first": 1}.get(recompute, 2))
    for layer in layers:
        layer.keep_down = recompute != "all, down too"
    logits, found = gradients(model, IDS.to(device))
    right_logits, right = wanted(method)
    limit = 1e-4 if device == "cpu" else 2e-3  # CUDA multiplies float32 in tf32 in places
    assert distance(logits, right_logits) < limit
    assert found.keys() == right.keys()
    assert any("magnitude" in name for name in found) == (method == "dora")
    assert {name: far for name in right if (far := distance(found[name], right[name])) > limit} == {}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("method", METHODS)
def test_in_bfloat16_it_is_no_worse_than_stock_peft(device: str, method: str) -> None:
    """Errors add up through a model; the yardstick is what stock PEFT makes of the same weights."""
    _, right = wanted(method, torch.bfloat16)
    far = {}
    for name, model in {
        "ours": ours(method, device, torch.bfloat16),
        "peft": with_adapter(small_llama(device, torch.bfloat16), method).train(),
    }.items():
        with torch.autocast(device, torch.bfloat16):
            _, found = gradients(model, IDS.to(device))
        far[name] = max(distance(found[key], right[key]) for key in right)
    assert far["ours"] < 1.5 * far["peft"] + TOLERANCE


@pytest.mark.skipif("cuda" not in DEVICES, reason="a base in 4 bits needs CUDA")
@pytest.mark.parametrize("width", [192, 256])  # 192 is not divisible by 256: bitsandbytes' own kernels unpack it
@pytest.mark.parametrize("method", METHODS)
def test_a_base_in_four_bits(method: str, width: int) -> None:
    quantized = small_llama("cuda", torch.bfloat16, width=width)
    dense = small_llama("cpu", torch.float64, width=width)
    for name, linear in list(quantized.model.layers.named_modules()):
        if isinstance(linear, torch.nn.Linear):
            parent, _, child = name.rpartition(".")
            packed = in_four_bits(linear)
            setattr(quantized.model.layers.get_submodule(parent), child, packed)
            unpacked = dequantize_module_weight(packed).double().cpu()
            dense.model.layers.get_submodule(name).weight.data.copy_(unpacked)
    other = dict(dense.named_parameters())
    for name, parameter in quantized.named_parameters():
        if parameter.is_floating_point():
            other[name].data.copy_(parameter)
    model = with_adapter(quantized, method).train()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items() if "lora_" in name}
    assert len(fuse(model, take_over(model))) == 2
    model.load_state_dict(state, strict=False)
    right_model = with_adapter(dense, method).double().train()
    right_model.load_state_dict({name: tensor.double() for name, tensor in state.items()}, strict=False)
    _, right = gradients(right_model, IDS)
    logits, found = gradients(model, IDS.cuda())
    assert found.keys() == right.keys()
    assert max(distance(found[name], right[name]) for name in right) < 6 * TOLERANCE
    for layer in fused_layers(model):
        layer.recompute, layer.keep_down = True, False
    again, repeated = gradients(model, IDS.cuda())
    assert torch.equal(again, logits)
    assert max(distance(repeated[name], found[name]) for name in right) < 1e-6


def in_four_bits(linear: torch.nn.Linear) -> torch.nn.Module:
    import bitsandbytes

    packed = bitsandbytes.nn.Linear4bit(
        linear.in_features, linear.out_features, bias=False, device="meta", quant_type="nf4",
        compute_dtype=torch.bfloat16, compress_statistics=True,
    )  # fmt: skip
    packed.weight = bitsandbytes.nn.Params4bit(
        linear.weight.data, requires_grad=False, quant_type="nf4", compress_statistics=True, module=packed
    )
    moved: torch.nn.Module = packed.to("cuda")
    return moved
