"""The passes of the fused layer: plain ones against autograd in float64, Triton's (where there is CUDA) likewise."""

from __future__ import annotations

from itertools import accumulate
from types import ModuleType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import DEVICES, TOLERANCE, distance
from torch import Tensor

from bardsmith.training.kernels import plain
from bardsmith.training.kernels.choose import has_triton, kernels_for

BOTH = [device for device in DEVICES if device == "cpu" or has_triton()]
DTYPES = [torch.float32, torch.bfloat16]


def kernels(device: str) -> ModuleType:
    return kernels_for(torch.device(device))


def strided(tokens: int, columns: int, dtype: torch.dtype, device: str) -> Tensor:
    """Random, as part of wider rows: what the fused layer hands over."""
    return torch.randn(tokens, columns + 8).to(device=device, dtype=dtype)[:, :columns]


def limit(dtype: torch.dtype) -> float:
    return TOLERANCE if dtype == torch.bfloat16 else 1e-5


def test_the_plain_passes_serve_every_device_but_cuda() -> None:
    assert kernels_for(torch.device("cpu")) is plain


@pytest.mark.parametrize("device", BOTH)
@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=15, deadline=None)
@given(tokens=st.integers(1, 300), width=st.integers(2, 300), scaled=st.booleans(), seed=st.integers(0, 99))
def test_norm_of_the_residual_stream(
    device: str, dtype: torch.dtype, tokens: int, width: int, scaled: bool, seed: int
) -> None:
    torch.manual_seed(seed)
    hidden, added = torch.randn(tokens, width).to(device, dtype), strided(tokens, width, dtype, device)
    gain = torch.rand(width).to(device) + 0.5 if scaled else None
    weight = (torch.rand(width) + 0.5).to(device, dtype)
    out = strided(tokens, width, dtype, device)
    total, scale = kernels(device).rms_norm(hidden, added, gain, weight, 1e-5, out)
    wanted = hidden.double() + added.double() * (1 if gain is None else gain.double())
    assert distance(total, wanted) < limit(dtype)
    stream = total.double().requires_grad_()
    normal = stream * torch.rsqrt(stream.square().mean(1, keepdim=True) + 1e-5) * weight.double()
    assert distance(out, normal) < limit(dtype)
    grad, residual = strided(tokens, width, dtype, device), torch.randn(tokens, width).to(device, dtype)
    found = strided(tokens, width, dtype, device)
    kernels(device).rms_norm_backward(grad, total, scale, weight, residual, found)
    normal.backward(grad.double())
    assert stream.grad is not None
    assert distance(found, stream.grad + residual.double()) < limit(dtype)


@pytest.mark.parametrize("device", BOTH)
@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=15, deadline=None)
@given(tokens=st.integers(1, 300), width=st.integers(1, 300), seed=st.integers(0, 99))
def test_swiglu_and_the_magnitudes_sums(device: str, dtype: torch.dtype, tokens: int, width: int, seed: int) -> None:
    torch.manual_seed(seed)
    product, gain = strided(tokens, 2 * width, dtype, device), torch.rand(2 * width).to(device) + 0.5
    grad, out = torch.randn(tokens, width).to(device, dtype), strided(tokens, width, dtype, device)
    z, g = product.double().requires_grad_(), gain.double().requires_grad_()
    gate, up = (z * g).chunk(2, dim=1)
    y = torch.nn.functional.silu(gate) * up
    kernels(device).swiglu(product, gain, out)
    assert distance(out, y) < limit(dtype)
    y.backward(grad.double())  # type: ignore[no-untyped-call]
    assert z.grad is not None
    assert g.grad is not None
    sums = kernels(device).swiglu_backward_(product, grad, gain)
    assert distance(product, z.grad) < limit(dtype)
    assert distance(grad, y) < limit(dtype)
    assert distance(sums, g.grad) < 1e-4


@pytest.mark.parametrize("device", BOTH)
@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=15, deadline=None)
@given(
    rows=st.integers(1, 4), length=st.integers(1, 90), heads=st.integers(2, 4), half=st.integers(1, 40),
    own=st.booleans(), seed=st.integers(0, 99),
)  # fmt: skip
def test_rotation_and_back(
    device: str, dtype: torch.dtype, rows: int, length: int, heads: int, half: int, own: bool, seed: int
) -> None:
    """`own`: every row has positions of its own, as packed rows do."""
    torch.manual_seed(seed)
    tokens, size = rows * length, 2 * half
    angles = torch.rand(tokens if own else length, half).repeat(1, 2) * 3
    cos, sin = (1.1 * angles.cos()).to(device, dtype), (1.1 * angles.sin()).to(device, dtype)  # some models scale them
    states, gain = strided(tokens, (heads + 1) * size, dtype, device), torch.rand((heads + 1) * size).to(device) + 0.5
    z, g = states.double().requires_grad_(), gain.double().requires_grad_()
    c, s = (a.double().repeat(tokens // len(a), 1)[:, None] for a in (cos, sin))
    x = (z * g).view(tokens, -1, size)
    turned = torch.cat([-x[..., half:], x[..., :half]], dim=2)
    y = torch.cat([(x * c + turned * s)[:, :heads], x[:, heads:]], dim=1).flatten(1)
    kernels(device).rotate_(states, cos, sin, gain, heads)
    assert distance(states, y) < limit(dtype)
    grad = torch.randn_like(states)
    y.backward(grad.double())  # type: ignore[no-untyped-call]
    assert z.grad is not None
    assert g.grad is not None
    grads = [part.contiguous() for part in torch.split(grad, [(heads - 1) * size, size, size], dim=1)]
    sums = kernels(device).rotate_backward_(states, grads, cos, sin, gain, heads)
    assert distance(states, z.grad) < limit(dtype)
    # The sums are taken from the rotated states, which are rounded.
    assert (sums - g.grad).norm() <= limit(dtype) * (grad.double() * z).norm(dim=0).norm() * 2


@pytest.mark.parametrize("device", BOTH)
@pytest.mark.parametrize("dtype", DTYPES)
def test_scaling_and_back_in_place(device: str, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    hidden, product = torch.randn(201, 150).to(device, dtype), strided(201, 150, dtype, device)
    gain, grad = torch.rand(150).to(device) + 0.5, torch.randn(201, 150).to(device, dtype)
    wanted = gain.double() * product.double()
    assert distance(kernels(device).scaled(product, gain), wanted) < limit(dtype)
    assert distance(kernels(device).add_scaled(hidden, product, gain), hidden.double() + wanted) < limit(dtype)
    assert distance(kernels(device).add_scaled(hidden, product, None), (hidden + product).double()) < limit(dtype)
    sums = (grad.double() * product.double()).sum(0)
    assert distance(kernels(device).scaled_backward(grad, product, gain, product), sums) < 1e-4
    assert distance(product, grad.double() * gain.double()) < limit(dtype)


@pytest.mark.parametrize("device", BOTH)
@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=20, deadline=None)
@given(
    layers=st.lists(st.integers(1, 200), min_size=1, max_size=3), width=st.integers(8, 400), rank=st.integers(1, 140),
    scaling=st.floats(0.1, 4), size=st.floats(0, 0.3), below=st.booleans(), seed=st.integers(0, 99),
)  # fmt: skip
def test_norm_from_the_factors(
    device: str, dtype: torch.dtype, layers: list[int], width: int, rank: int, scaling: float, size: float,
    below: bool, seed: int,
) -> None:  # fmt: skip
    """A row that the adapter cancels has a norm near 0, of which the terms leave few digits; rows of one number can.

    `below`: a lies below the weight, as in a bordered matrix.
    """
    torch.manual_seed(seed)
    out = sum(layers)
    starts = torch.tensor([0, *accumulate(layers)], dtype=torch.int32, device=device)
    weight = torch.randn(out, width).to(device, dtype)
    # Factors as the weight's type holds them: on CUDA they are multiplied in that type.
    a = (torch.randn(rank * len(layers), width) / width**0.5).to(device, dtype)
    if below:
        both = torch.cat([torch.cat([weight, a]), torch.zeros(out + len(a), 8, device=device, dtype=dtype)], dim=1)
        weight, a = both[:out, :width], both[out:, :width]
    each = [scaling * size * torch.randn(rows, rank) for rows in layers]
    b = torch.block_diag(*each).to(device, dtype)  # type: ignore[no-untyped-call]
    square, magnitude = weight.float().square().sum(1), torch.rand(out).to(device)
    wanted = (weight.double() + b.double() @ a.double()).norm(dim=1)
    inverse, gain = torch.empty_like(square), torch.empty_like(square)
    kernels(device).gains(weight, a, b, square, magnitude, starts, inverse, gain)
    assert distance(1 / inverse, wanted) < 1e-5
    assert distance(gain, magnitude.double() / wanted) < 1e-5


@pytest.mark.parametrize("device", BOTH)
def test_a_row_of_zeros_has_no_gain(device: str) -> None:
    weight, a, b, nothing = (torch.zeros(size, device=device) for size in ((3, 20), (4, 20), (3, 4), (3,)))
    starts = torch.tensor([0, 3], dtype=torch.int32, device=device)
    inverse, gain = torch.ones_like(nothing), torch.ones_like(nothing)
    kernels(device).gains(weight, torch.randn_like(a), b, nothing, nothing, starts, inverse, gain)
    assert not inverse.any()
    assert not gain.any()


@pytest.mark.parametrize("device", BOTH)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("vocabulary", [5, 8192, 10_000])
def test_cross_entropy_and_its_gradient(device: str, dtype: torch.dtype, vocabulary: int) -> None:
    torch.manual_seed(0)
    logits, labels = (4 * torch.randn(7, vocabulary)).to(device, dtype), torch.randint(vocabulary, (7,)).to(device)
    wide = logits.double().requires_grad_()
    wanted = torch.nn.functional.cross_entropy(wide, labels, reduction="none")
    wanted.sum().backward()  # type: ignore[no-untyped-call]
    assert wide.grad is not None
    assert distance(kernels(device).cross_entropy_(logits, labels), wanted) < 1e-5
    assert distance(logits, wide.grad) < limit(dtype)
