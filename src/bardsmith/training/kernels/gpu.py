"""The passes of `plain` as Triton kernels, for CUDA; the functions below have the same names, arguments and results.

Every kernel reads and writes its operands once. Those that also sum over the tokens (the gradients of DoRA's
magnitudes come out of passes that must read the same values anyway) leave one partial sum per program, and the sums
are added by PyTorch, in a fixed order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

TOKENS = 16
"""Tokens in a tile of the kernels that sum over tokens; a program walks TILES of them and adds up at the end."""
TILES = 4
COLUMNS = 64
WIDE_COLUMNS = 256
"""Of a kernel with little to keep for each."""
GAIN_ROWS = 64
"""Rows of the weight that a program of `gains` takes."""


def rms_norm(
    hidden: Tensor, added: Tensor | None, gain: Tensor | None, weight: Tensor, eps: float, out: Tensor
) -> tuple[Tensor, Tensor]:
    tokens, width = hidden.shape
    total = hidden if added is None else torch.empty_like(hidden)
    scale = torch.empty(tokens, dtype=torch.float32, device=hidden.device)
    _rms_norm[(tokens,)](
        hidden, hidden.stride(0), added, 0 if added is None else added.stride(0), gain, weight, total, out,
        out.stride(0), scale, width, eps, HAS_ADDED=added is not None, HAS_GAIN=gain is not None,
        BLOCK=triton.next_power_of_2(width), num_warps=8,
    )  # fmt: skip
    return total, scale


@triton.jit
def _rms_norm(
    hidden, hidden_row, added, added_row, gain, weight, total, out, out_row, scale, width, eps,
    HAS_ADDED: tl.constexpr, HAS_GAIN: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    inside = column < width
    x = tl.load(hidden + row * hidden_row + column, mask=inside, other=0.0).to(tl.float32)
    if HAS_ADDED:
        z = tl.load(added + row * added_row + column, mask=inside, other=0.0).to(tl.float32)
        if HAS_GAIN:
            z *= tl.load(gain + column, mask=inside, other=0.0)
        rounded = (x + z).to(total.dtype.element_ty)
        tl.store(total + row * width + column, rounded, mask=inside)
        x = rounded.to(tl.float32)
    r = tl.rsqrt(tl.sum(x * x) / width + eps)
    tl.store(scale + row, r)
    w = tl.load(weight + column, mask=inside, other=0.0).to(tl.float32)
    normalised = (x * r).to(out.dtype.element_ty).to(tl.float32)
    tl.store(out + row * out_row + column, (normalised * w).to(out.dtype.element_ty), mask=inside)


def rms_norm_backward(
    grad: Tensor, total: Tensor, scale: Tensor, weight: Tensor, residual: Tensor, out: Tensor
) -> None:
    tokens, width = total.shape
    _rms_norm_backward[(tokens,)](
        grad, grad.stride(0), total, total.stride(0), scale, weight, residual, residual.stride(0), out, out.stride(0),
        width, BLOCK=triton.next_power_of_2(width), num_warps=8,
    )  # fmt: skip


@triton.jit
def _rms_norm_backward(
    grad, grad_row, total, total_row, scale, weight, residual, residual_row, out, out_row, width, BLOCK: tl.constexpr
):
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, BLOCK)
    inside = column < width
    r = tl.load(scale + row)
    x = tl.load(total + row * total_row + column, mask=inside, other=0.0).to(tl.float32) * r
    dy = tl.load(grad + row * grad_row + column, mask=inside, other=0.0).to(tl.float32)
    dy *= tl.load(weight + column, mask=inside, other=0.0).to(tl.float32)
    rest = tl.load(residual + row * residual_row + column, mask=inside, other=0.0).to(tl.float32)
    dx = (dy - x * (tl.sum(dy * x) / width)) * r + rest
    tl.store(out + row * out_row + column, dx.to(out.dtype.element_ty), mask=inside)


def add_scaled(hidden: Tensor, added: Tensor, gain: Tensor | None) -> Tensor:
    if gain is None:
        return hidden + added
    out = torch.empty(hidden.shape, dtype=hidden.dtype, device=hidden.device)
    _launch_scaled(hidden, added, gain, out)
    return out


def scaled(product: Tensor, gain: Tensor) -> Tensor:
    out = torch.empty(product.shape, dtype=product.dtype, device=product.device)
    _launch_scaled(None, product, gain, out)
    return out


def _launch_scaled(hidden: Tensor | None, product: Tensor, gain: Tensor, out: Tensor) -> None:
    tokens, width = product.shape
    block = min(1024, triton.next_power_of_2(width))
    _scaled[(tokens, triton.cdiv(width, block))](
        hidden, 0 if hidden is None else hidden.stride(0), product, product.stride(0), gain, out, out.stride(0), width,
        HAS_HIDDEN=hidden is not None, BLOCK=block, num_warps=4,
    )  # fmt: skip


@triton.jit
def _scaled(
    hidden, hidden_row, product, product_row, gain, out, out_row, width, HAS_HIDDEN: tl.constexpr, BLOCK: tl.constexpr
):
    row = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = column < width
    y = tl.load(product + row * product_row + column, mask=inside, other=0.0).to(tl.float32)
    y *= tl.load(gain + column, mask=inside, other=0.0)
    if HAS_HIDDEN:
        y += tl.load(hidden + row * hidden_row + column, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + row * out_row + column, y.to(out.dtype.element_ty), mask=inside)


def scaled_backward(grad: Tensor, product: Tensor, gain: Tensor, out: Tensor) -> Tensor:
    tokens, width = product.shape
    sums = _partial_sums(tokens, width, product.device)
    _scaled_backward[(sums.shape[0], triton.cdiv(width, WIDE_COLUMNS))](
        grad, grad.stride(0), product, product.stride(0), gain, out, out.stride(0), sums, tokens, width,
        TOKENS=TOKENS, TILES=TILES, BLOCK=WIDE_COLUMNS, num_warps=4,
    )  # fmt: skip
    return sums.sum(0)


@triton.jit
def _scaled_backward(
    grad, grad_row, product, product_row, gain, out, out_row, sums, tokens, width,
    TOKENS: tl.constexpr, TILES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    part = tl.program_id(0)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    g = tl.load(gain + column, mask=column < width, other=0.0)
    total = tl.zeros([TOKENS, BLOCK], dtype=tl.float32)
    for tile in range(TILES):
        token = ((part * TILES + tile) * TOKENS + tl.arange(0, TOKENS)).to(tl.int64)[:, None]
        inside = (token < tokens) & (column < width)[None, :]
        dy = tl.load(grad + token * grad_row + column[None, :], mask=inside, other=0.0).to(tl.float32)
        z = tl.load(product + token * product_row + column[None, :], mask=inside, other=0.0).to(tl.float32)
        total += dy * z
        tl.store(out + token * out_row + column[None, :], (dy * g[None, :]).to(out.dtype.element_ty), mask=inside)
    tl.store(sums + part * width + column, tl.sum(total, axis=0), mask=column < width)


def rotate_(states: Tensor, cos: Tensor, sin: Tensor, gain: Tensor | None, heads: int) -> None:
    tokens, size = states.shape[0], cos.shape[1]
    # Heads that are not rotated still need their gain; without one there is nothing to do for them.
    touched = heads if gain is None else states.shape[1] // size
    block = min(64, triton.next_power_of_2(tokens))
    _rotate[(triton.cdiv(tokens, block), touched)](
        states, states.stride(0), cos, cos.stride(0), sin, sin.stride(0), gain, tokens, cos.shape[0], heads, size // 2,
        HAS_GAIN=gain is not None, TOKENS=block, HALF=triton.next_power_of_2(size // 2), num_warps=4,
    )  # fmt: skip


@triton.jit
def _rotate(
    states, states_row, cos, cos_row, sin, sin_row, gain, tokens, positions, heads, half,
    HAS_GAIN: tl.constexpr, TOKENS: tl.constexpr, HALF: tl.constexpr,
):  # fmt: skip
    token = (tl.program_id(0) * TOKENS + tl.arange(0, TOKENS)).to(tl.int64)[:, None]
    head = tl.program_id(1)
    lane = tl.arange(0, HALF)[None, :]
    inside = (token < tokens) & (lane < half)
    column = head * 2 * half + lane
    place = states + token * states_row + column
    first = tl.load(place, mask=inside, other=0.0).to(tl.float32)
    second = tl.load(place + half, mask=inside, other=0.0).to(tl.float32)
    if HAS_GAIN:
        first *= tl.load(gain + column, mask=lane < half, other=0.0)
        second *= tl.load(gain + column + half, mask=lane < half, other=0.0)
    if head < heads:
        position = token % positions
        c = tl.load(cos + position * cos_row + lane, mask=inside, other=0.0).to(tl.float32)
        s = tl.load(sin + position * sin_row + lane, mask=inside, other=0.0).to(tl.float32)
        turned = first * c - second * s
        second = second * c + first * s
        first = turned
    tl.store(place, first.to(states.dtype.element_ty), mask=inside)
    tl.store(place + half, second.to(states.dtype.element_ty), mask=inside)


def rotate_backward_(
    states: Tensor, grads: Sequence[Tensor], cos: Tensor, sin: Tensor, gain: Tensor | None, heads: int
) -> Tensor | None:
    tokens, width = states.shape
    size = cos.shape[1]
    queries, keys, values = grads
    sums = _partial_sums(tokens, width, states.device)
    _rotate_backward[(sums.shape[0], width // size)](
        states, states.stride(0), queries, queries.stride(0), keys, keys.stride(0), values, values.stride(0),
        queries.shape[1] // size, keys.shape[1] // size, cos, cos.stride(0), sin, sin.stride(0), gain, sums, tokens,
        cos.shape[0], heads, size // 2, width, HAS_GAIN=gain is not None, TOKENS=TOKENS, TILES=TILES,
        HALF=triton.next_power_of_2(size // 2), num_warps=1,
    )  # fmt: skip
    return None if gain is None else sums.sum(0)


@triton.jit
def _rotate_backward(
    states, states_row, queries, queries_row, keys, keys_row, values, values_row, query_heads, key_heads,
    cos, cos_row, sin, sin_row, gain, sums, tokens, positions, heads, half, width,
    HAS_GAIN: tl.constexpr, TOKENS: tl.constexpr, TILES: tl.constexpr, HALF: tl.constexpr,
):  # fmt: skip
    part = tl.program_id(0)
    head = tl.program_id(1)
    if head < query_heads:
        grad = queries + head * 2 * half
        grad_row = queries_row
    elif head < query_heads + key_heads:
        grad = keys + (head - query_heads) * 2 * half
        grad_row = keys_row
    else:
        grad = values + (head - query_heads - key_heads) * 2 * half
        grad_row = values_row
    lane = tl.arange(0, HALF)
    column = head * 2 * half + lane
    total_first = tl.zeros([TOKENS, HALF], dtype=tl.float32)
    total_second = tl.zeros([TOKENS, HALF], dtype=tl.float32)
    for tile in range(TILES):
        token = ((part * TILES + tile) * TOKENS + tl.arange(0, TOKENS)).to(tl.int64)[:, None]
        inside = (token < tokens) & (lane < half)[None, :]
        turns = inside & (head < heads)
        first = tl.load(grad + token * grad_row + lane[None, :], mask=inside, other=0.0).to(tl.float32)
        second = tl.load(grad + token * grad_row + lane[None, :] + half, mask=inside, other=0.0).to(tl.float32)
        position = token % positions
        c = tl.load(cos + position * cos_row + lane[None, :], mask=turns, other=1.0).to(tl.float32)
        s = tl.load(sin + position * sin_row + lane[None, :], mask=turns, other=0.0).to(tl.float32)
        turned = first * c + second * s
        second = second * c - first * s
        first = turned
        place = states + token * states_row + column[None, :]
        if HAS_GAIN:
            y_first = tl.load(place, mask=inside, other=0.0).to(tl.float32)
            y_second = tl.load(place + half, mask=inside, other=0.0).to(tl.float32)
            length = c * c + s * s
            total_first += first * (y_first * c + y_second * s) / length
            total_second += second * (y_second * c - y_first * s) / length
            first *= tl.load(gain + column, mask=lane < half, other=0.0)[None, :]
            second *= tl.load(gain + column + half, mask=lane < half, other=0.0)[None, :]
        tl.store(place, first.to(states.dtype.element_ty), mask=inside)
        tl.store(place + half, second.to(states.dtype.element_ty), mask=inside)
    if HAS_GAIN:
        place = sums + part * width + column
        _store_unscaled(place, tl.sum(total_first, axis=0), gain + column, lane < half)
        _store_unscaled(place + half, tl.sum(total_second, axis=0), gain + column + half, lane < half)


@triton.jit
def _store_unscaled(place, total, gain, inside):
    g = tl.load(gain, mask=inside, other=0.0)
    tl.store(place, tl.where(g == 0, 0.0, total / tl.where(g == 0, 1.0, g)), mask=inside)


def swiglu(gate_up: Tensor, gain: Tensor | None, out: Tensor) -> None:
    tokens, width = out.shape
    block = min(1024, triton.next_power_of_2(width))
    _swiglu[(tokens, triton.cdiv(width, block))](
        gate_up, gate_up.stride(0), gain, out, out.stride(0), width, HAS_GAIN=gain is not None, BLOCK=block, num_warps=4
    )


@triton.jit
def _swiglu(gate_up, gate_up_row, gain, out, out_row, width, HAS_GAIN: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = column < width
    gate = tl.load(gate_up + row * gate_up_row + column, mask=inside, other=0.0).to(tl.float32)
    up = tl.load(gate_up + row * gate_up_row + width + column, mask=inside, other=0.0).to(tl.float32)
    if HAS_GAIN:
        gate *= tl.load(gain + column, mask=inside, other=0.0)
        up *= tl.load(gain + width + column, mask=inside, other=0.0)
    tl.store(out + row * out_row + column, (gate * tl.sigmoid(gate) * up).to(out.dtype.element_ty), mask=inside)


def swiglu_backward_(gate_up: Tensor, grad: Tensor, gain: Tensor | None) -> Tensor | None:
    tokens, width = grad.shape
    sums = _partial_sums(tokens, 2 * width, grad.device)
    _swiglu_backward[(sums.shape[0], triton.cdiv(width, COLUMNS))](
        gate_up, gate_up.stride(0), grad, grad.stride(0), gain, sums, tokens, width, HAS_GAIN=gain is not None,
        TOKENS=TOKENS, TILES=TILES, BLOCK=COLUMNS, num_warps=4,
    )  # fmt: skip
    return None if gain is None else sums.sum(0)


@triton.jit
def _swiglu_backward(
    gate_up, gate_up_row, grad, grad_row, gain, sums, tokens, width,
    HAS_GAIN: tl.constexpr, TOKENS: tl.constexpr, TILES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    part = tl.program_id(0)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    known = column < width
    total_gate = tl.zeros([TOKENS, BLOCK], dtype=tl.float32)
    total_up = tl.zeros([TOKENS, BLOCK], dtype=tl.float32)
    for tile in range(TILES):
        token = ((part * TILES + tile) * TOKENS + tl.arange(0, TOKENS)).to(tl.int64)[:, None]
        inside = (token < tokens) & known[None, :]
        gate_place = gate_up + token * gate_up_row + column[None, :]
        grad_place = grad + token * grad_row + column[None, :]
        gate_product = tl.load(gate_place, mask=inside, other=0.0).to(tl.float32)
        up_product = tl.load(gate_place + width, mask=inside, other=0.0).to(tl.float32)
        dy = tl.load(grad_place, mask=inside, other=0.0).to(tl.float32)
        gate, up = gate_product, up_product
        if HAS_GAIN:
            gate_gain = tl.load(gain + column, mask=known, other=0.0)[None, :]
            up_gain = tl.load(gain + width + column, mask=known, other=0.0)[None, :]
            gate = gate * gate_gain
            up = up * up_gain
        sigmoid = tl.sigmoid(gate)
        silu = gate * sigmoid
        d_gate = dy * up * sigmoid * (1 + gate * (1 - sigmoid))
        d_up = dy * silu
        if HAS_GAIN:
            total_gate += d_gate * gate_product
            total_up += d_up * up_product
            d_gate = d_gate * gate_gain
            d_up = d_up * up_gain
        tl.store(grad_place, (silu * up).to(grad.dtype.element_ty), mask=inside)
        tl.store(gate_place, d_gate.to(gate_up.dtype.element_ty), mask=inside)
        tl.store(gate_place + width, d_up.to(gate_up.dtype.element_ty), mask=inside)
    if HAS_GAIN:
        tl.store(sums + part * 2 * width + column, tl.sum(total_gate, axis=0), mask=known)
        tl.store(sums + part * 2 * width + width + column, tl.sum(total_up, axis=0), mask=known)


def gains(
    weight: Tensor,
    a: Tensor,
    b: Tensor,
    square: Tensor,
    magnitude: Tensor,
    starts: Tensor,
    inverse: Tensor,
    gain: Tensor,
) -> None:
    layers = len(starts) - 1
    rank = a.shape[0] // layers
    a = a.to(weight.dtype)
    cross, gram = _products(weight, a)
    # What holds a program's share of the factors must fit in the 99 KiB of shared memory of a gaming card at any rank.
    lanes = min(64, max(16, triton.next_power_of_2(rank)))
    _gains[(triton.cdiv(weight.shape[0], GAIN_ROWS), layers)](
        cross, a.shape[0], gram, b, b.stride(0), square, magnitude, inverse, gain, starts,
        rank=rank, LANES=lanes, ROWS=GAIN_ROWS, num_warps=4,
    )  # fmt: skip


def _products(weight: Tensor, a: Tensor) -> tuple[Tensor, Tensor]:
    """W aᵀ [out, rank] and a aᵀ [rank, rank] in float32, of 16-bit factors exact; one product if a lies below W."""
    out, width = weight.shape
    one_matrix = a.untyped_storage().data_ptr() == weight.untyped_storage().data_ptr() and a.stride() == weight.stride()
    if one_matrix and a.storage_offset() == weight.storage_offset() + out * weight.stride(0):
        both = _wide_product(weight.as_strided((out + len(a), width), weight.stride()), a)
        return both[:out], both[out:]
    return _wide_product(weight, a), _wide_product(a, a)


def _wide_product(x: Tensor, y: Tensor) -> Tensor:
    return torch.mm(x, y.T) if x.dtype == torch.float32 else torch.mm(x, y.T, out_dtype=torch.float32)


@triton.jit
def _gains(
    cross, border, gram, b, b_row, square, magnitude, inverse, gain, starts,
    rank: tl.constexpr, LANES: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    layer = tl.program_id(1)
    end = tl.load(starts + layer + 1)
    row = (tl.load(starts + layer) + tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)
    inside = row < end
    if tl.min(row) >= end:  # the grid is as long as all layers together
        return
    first = layer * rank
    squared = tl.load(square + row, mask=inside, other=0.0)
    for base in range(0, rank, LANES):
        lane = base + tl.arange(0, LANES)
        both = inside[:, None] & (lane < rank)[None, :]
        terms = 2 * tl.load(cross + row[:, None] * border + (first + lane)[None, :], mask=both, other=0.0)
        for other in range(0, rank, LANES):
            facing = other + tl.arange(0, LANES)
            facing_b = tl.load(
                b + row[:, None] * b_row + (first + facing)[None, :],
                mask=inside[:, None] & (facing < rank)[None, :],
                other=0.0,
            )
            square_of_a = tl.load(
                gram + (first + facing)[:, None] * border + (first + lane)[None, :],
                mask=(facing < rank)[:, None] & (lane < rank)[None, :],
                other=0.0,
            )
            terms = tl.dot(facing_b.to(tl.float32), square_of_a, terms, input_precision="ieee")
        own_b = tl.load(b + row[:, None] * b_row + (first + lane)[None, :], mask=both, other=0.0)
        squared += tl.sum(terms * own_b.to(tl.float32), axis=1)
    norm = tl.sqrt(tl.maximum(squared, 1e-37))
    m = tl.load(magnitude + row, mask=inside, other=0.0).to(tl.float32)
    tl.store(inverse + row, tl.where(squared > 0, 1 / norm, 0.0), mask=inside)
    tl.store(gain + row, tl.where(squared > 0, m / norm, 0.0), mask=inside)


def cross_entropy_(logits: Tensor, labels: Tensor) -> Tensor:
    rows, width = logits.shape
    losses = torch.empty(rows, dtype=torch.float32, device=logits.device)
    block = min(8192, triton.next_power_of_2(width))
    _cross_entropy[(rows,)](logits, logits.stride(0), labels, losses, width=width, BLOCK=block, num_warps=16)
    return losses


@triton.jit
def _cross_entropy(logits, logits_row, labels, losses, width: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    place = logits + row * logits_row
    label = tl.load(labels + row)
    wanted = tl.load(place + label).to(tl.float32)
    # Each lane keeps its own running maximum and sum; they are joined once, at the end.
    highest = tl.full([BLOCK], float("-inf"), dtype=tl.float32)
    total = tl.zeros([BLOCK], dtype=tl.float32)
    for start in range(0, width, BLOCK):
        column = start + tl.arange(0, BLOCK)
        z = tl.load(place + column, mask=column < width, other=float("-inf")).to(tl.float32)
        higher = tl.maximum(highest, z)
        total = tl.where(higher == float("-inf"), 0.0, total * tl.exp(highest - higher) + tl.exp(z - higher))
        highest = higher
    top = tl.max(highest, axis=0)
    log_total = top + tl.log(tl.sum(total * tl.exp(highest - top), axis=0))
    tl.store(losses + row, log_total - wanted)
    for start in range(0, width, BLOCK):
        column = start + tl.arange(0, BLOCK)
        z = tl.load(place + column, mask=column < width, other=float("-inf")).to(tl.float32)
        chance = tl.exp(z - log_total) - tl.where(column == label, 1.0, 0.0)
        tl.store(place + column, chance.to(logits.dtype.element_ty), mask=column < width)


def dequantize(packed: Tensor, state: Any, out: Tensor) -> None:
    """Writes the weight of a double-quantised 4-bit bitsandbytes tensor to `out` [out, in], in one pass.

    bitsandbytes takes three; the values are the same to the bit. `in` must be divisible by 256.
    """
    rows, width = state.shape
    block = 1024 if width % 1024 == 0 else 256
    _dequantize[(rows, width // block)](
        packed.view(-1), state.absmax, state.state2.code, state.state2.absmax, state.offset, state.code, out,
        out.stride(0), width, GROUP=state.blocksize, OUTER=state.state2.blocksize, BLOCK=block, num_warps=4,
    )  # fmt: skip


@triton.jit
def _dequantize(
    packed, absmax, code, outer_absmax, offset, table, out, out_row, width,
    GROUP: tl.constexpr, OUTER: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    row = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK
    start = row * width + column
    byte = tl.load(packed + start // 2 + tl.arange(0, BLOCK // 2)).to(tl.int32)
    high = tl.load(table + (byte >> 4))
    low = tl.load(table + (byte & 15))
    group = start // GROUP + tl.arange(0, BLOCK // GROUP)
    inner = tl.load(code + tl.load(absmax + group).to(tl.int32))
    scale = inner * tl.load(outer_absmax + group // OUTER) + tl.load(offset)
    values = tl.reshape(tl.join(high, low), (BLOCK // GROUP, GROUP)) * scale[:, None]
    place = out + row * out_row + column + tl.arange(0, BLOCK)
    tl.store(place, tl.reshape(values, (BLOCK,)).to(out.dtype.element_ty))


def _partial_sums(tokens: int, width: int, device: torch.device) -> Tensor:
    return torch.empty(triton.cdiv(tokens, TOKENS * TILES), width, dtype=torch.float32, device=device)
