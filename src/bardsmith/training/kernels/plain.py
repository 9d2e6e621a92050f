"""The fused layer's passes in plain PyTorch: for any device, and the reference for the Triton kernels beside it.

Every matrix is [tokens, columns] and may be a view with a wider row; `gain` is DoRA's g [columns] in float32, or None
for LoRA. Arithmetic is in float32, results are rounded to the type of the tensor they are written to.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def rms_norm(
    hidden: Tensor, added: Tensor | None, gain: Tensor | None, weight: Tensor, eps: float, out: Tensor
) -> tuple[Tensor, Tensor]:
    """total = hidden + gain * added (hidden if None); writes weight * total / rms(total) to `out`.

    Returns total and 1 / rms [tokens] in float32. The normalised value is rounded before it meets the weight, as in
    transformers.
    """
    total = hidden if added is None else add_scaled(hidden, added, gain)
    wide = total.float()
    scale = torch.rsqrt(wide.square().mean(1) + eps)
    torch.mul((wide * scale[:, None]).to(hidden.dtype), weight, out=out)
    return total, scale


def rms_norm_backward(
    grad: Tensor, total: Tensor, scale: Tensor, weight: Tensor, residual: Tensor, out: Tensor
) -> None:
    """Writes residual + the gradient of rms_norm in `total` to `out`; the weight is frozen."""
    normalised = total.float() * scale[:, None]
    weighted = grad.float() * weight.float()
    inner = (weighted * normalised).mean(1, keepdim=True)
    out.copy_((weighted - normalised * inner) * scale[:, None] + residual.float())


def add_scaled(hidden: Tensor, added: Tensor, gain: Tensor | None) -> Tensor:
    """hidden + gain * added, a new tensor."""
    scaled = added if gain is None else added.float() * gain
    return (hidden + scaled).to(hidden.dtype)


def scaled(product: Tensor, gain: Tensor) -> Tensor:
    """gain * product, a new tensor of the product's type."""
    return (product * gain).to(product.dtype)


def scaled_backward(grad: Tensor, product: Tensor, gain: Tensor, out: Tensor) -> Tensor:
    """Writes gain * grad to `out`, which may be `product` itself; returns the sums of grad * product [columns]."""
    sums = (grad.float() * product.float()).sum(0)
    torch.mul(grad, gain, out=out) if out.dtype == torch.float32 else out.copy_(grad.float() * gain)
    return sums


def rotate_(states: Tensor, cos: Tensor, sin: Tensor, gain: Tensor | None, heads: int) -> None:
    """In place: scales every column by `gain`, then rotates the first `heads` heads by their positions (RoPE).

    cos and sin are [positions, head_dim]; token t stands at position t modulo their number.
    """
    if gain is not None:
        states.copy_(states.float() * gain)
    turned = _per_head(states[:, : heads * cos.shape[1]], cos)
    first, second = turned.float().chunk(2, dim=-1)
    c, s = _angles(cos, sin, states.shape[0])
    turned.copy_(torch.cat([first * c - second * s, second * c + first * s], dim=-1))


def rotate_backward_(
    states: Tensor, grads: Sequence[Tensor], cos: Tensor, sin: Tensor, gain: Tensor | None, heads: int
) -> Tensor | None:
    """In place, undoes rotate_: the rotated states become the gradient of the products that it was given.

    `grads` are the gradients of the queries, keys and values, which are the states' columns in this order. Returns,
    with a gain, the sums over the tokens of gradient * product before scaling [columns]; 0 where the gain is 0, since
    the states no longer tell the product there.
    """
    before, y = torch.cat(list(grads), dim=1).float(), states.to(torch.float32, copy=True)
    c, s = _angles(cos, sin, states.shape[0])
    length = c.square() + s.square()  # not exactly 1: cos and sin are rounded, and some models scale them
    for turned, by in ((before, 1), (y, length)):
        part = _per_head(turned[:, : heads * cos.shape[1]], cos)
        first, second = part.chunk(2, dim=-1)
        part.copy_(torch.cat([(first * c + second * s) / by, (second * c - first * s) / by], dim=-1))
    states.copy_(before if gain is None else before * gain)
    return None if gain is None else torch.where(gain == 0, 0, (before * y).sum(0) / gain)


def swiglu(gate_up: Tensor, gain: Tensor | None, out: Tensor) -> None:
    """Writes silu(gate) * up to `out` [tokens, F]; `gate_up` [tokens, 2F] is not yet scaled by `gain` [2F]."""
    gate, up = (gate_up.float() if gain is None else gate_up.float() * gain).chunk(2, dim=1)
    out.copy_(torch.nn.functional.silu(gate) * up)


def swiglu_backward_(gate_up: Tensor, grad: Tensor, gain: Tensor | None) -> Tensor | None:
    """In place: gate_up becomes the gradient of the unscaled products, `grad` becomes silu(gate) * up.

    Returns, with a gain, the sums over the tokens of gradient * product before scaling [2F].
    """
    product = gate_up.float()
    gate, up = (product if gain is None else product * gain).chunk(2, dim=1)
    sigmoid = torch.sigmoid(gate)
    wide = grad.float()
    both = torch.cat([wide * up * sigmoid * (1 + gate * (1 - sigmoid)), wide * gate * sigmoid], dim=1)
    grad.copy_(gate * sigmoid * up)
    sums = None if gain is None else (both * product).sum(0)
    gate_up.copy_(both if gain is None else both * gain)
    return sums


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
    """Writes 1 / |W + b a| to `inverse` and magnitude / |W + b a| to `gain`, of each row [out], float32.

    The product b a is not made; the norm comes from the factors: |W|² (`square`) + 2 (W aᵀ) · b + (b a aᵀ) · b, row
    by row; weight [out, in], a [rank, in], b [out, rank] with the adapter's scaling in it. A row whose norm is zero has
    nothing to point at: both are zero there, where PEFT divides by zero.

    Several layers of one rank may lie one below the other: `starts` [layers + 1] (int32) is where the rows of each
    begin, and the end; a has their factors one below the other, b on a diagonal, zero elsewhere.
    """
    wide, scaled_b = a.float(), b.float()
    cross = ((weight.float() @ wide.T) * scaled_b).sum(1)
    own = ((scaled_b @ (wide @ wide.T)) * scaled_b).sum(1)
    norm = (square + 2 * cross + own).clamp(min=0).sqrt()
    # Divided, not multiplied by the inverse: before the first step the gain is exactly 1.
    inverse.copy_(torch.where(norm > 0, 1 / norm, 0))
    gain.copy_(torch.where(norm > 0, magnitude / norm, 0))


def cross_entropy_(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of each row [rows] in float32; `logits` [rows, vocabulary] become the gradient of their sum."""
    wide = logits.float()
    total = wide.logsumexp(1, keepdim=True)
    losses = total[:, 0] - wide.gather(1, labels[:, None])[:, 0]
    chances = (wide - total).exp_()
    chances.scatter_add_(1, labels[:, None], chances.new_full((1, 1), -1).expand(len(labels), 1))
    logits.copy_(chances)
    return losses


def _per_head(states: Tensor, cos: Tensor) -> Tensor:
    return states.view(states.shape[0], -1, cos.shape[1])


def _angles(cos: Tensor, sin: Tensor, tokens: int) -> tuple[Tensor, Tensor]:
    """cos and sin of each token [tokens, 1, head_dim / 2]; both halves of a head turn alike."""
    half = cos.shape[1] // 2
    times = tokens // cos.shape[0]
    return cos[:, None, :half].float().repeat(times, 1, 1), sin[:, None, :half].float().repeat(times, 1, 1)
