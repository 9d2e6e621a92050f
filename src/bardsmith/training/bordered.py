"""Base weights bordered with their low-rank factors, so that an adapter costs columns of a product, not passes.

Linear layers that read the same input (query, key and value; gate and up) are one matrix here. With their weights W
[out, in] one below the other, their factors A [rank, in] likewise and their s B [out, rank] side by side on a
diagonal,

    S = [ W  sB ]      [x | x Aᵀ] [W | sB]ᵀ       = x Wᵀ + s x Aᵀ Bᵀ      the adapted product, one multiplication
        [ A   0 ]      [dz | s dz B] [W over A]   = dz W + s dz B A       the gradient of x, likewise

Nothing is added in a pass of its own, and no B A is formed. DoRA's gain is left to whoever reads the product next.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import torch
from peft.utils.integrations import dequantize_module_weight
from torch import Tensor

from bardsmith.training.dora import Factors
from bardsmith.training.kernels.choose import has_triton, kernels_for


class Bordered:
    """One or more adapted linear layers without biases, of one method, rank and scaling, that read the same input.

    A weight in floating point is moved into S for good, and its module keeps a view; of weights in 4 bits, S is made
    when it is needed, and dropped again.
    """

    def __init__(self, layers: Sequence[Factors]) -> None:
        self.layers = list(layers)
        self.linear: list[Any] = [layer.module.get_base_layer() for layer in layers]
        self.inputs = int(self.linear[0].in_features)
        self.rows = _slices([linear.out_features for linear in self.linear])
        self.outputs = self.rows[-1].stop
        self.ranks = _slices([layer.a.shape[0] for layer in layers])
        self.border = self.ranks[-1].stop
        self.scaling = layers[0].scaling
        self.steps = layers[0].steps
        self._written = -1
        weight = self.linear[0].weight
        self.device = weight.device
        self.packed = not all(linear.weight.is_floating_point() for linear in self.linear)
        self.dtype: torch.dtype = self.linear[0].compute_dtype if self.packed else weight.dtype
        self.store: Tensor | None = None
        """S; of packed weights only while it is held."""
        self.inverse: Tensor | None = None
        self.gain: Tensor | None = None
        """Of DoRA; written in place, since graphs read them where they lie (see `graphs`)."""
        if layers[0].is_dora:
            self.square = torch.cat([layer.square for layer in layers])
            self.magnitude, self.inverse, self.gain = (torch.empty_like(self.square) for _ in range(3))
            starts = [0, *(rows.stop for rows in self.rows)]
            self.starts = torch.tensor(starts, dtype=torch.int32, device=self.device)
        if self.packed:
            self.a = torch.zeros(self.border, self.inputs, dtype=self.dtype, device=self.device)
            self.b = torch.zeros(self.outputs, self.border, dtype=self.dtype, device=self.device)
        else:
            self.store = self._gather()
            self.a, self.b = self.store[self.outputs :, : self.inputs], self.store[: self.outputs, self.inputs :]

    def _gather(self) -> Tensor:
        store = torch.zeros(self.outputs + self.border, self.inputs + self.border, dtype=self.dtype, device=self.device)
        for rows, linear in zip(self.rows, self.linear, strict=True):
            store[rows, : self.inputs] = linear.weight.data
            linear.weight.data = store[rows, : self.inputs]
        return store

    def _unpack(self) -> Tensor:
        store = torch.empty(self.outputs + self.border, self.inputs + self.border, dtype=self.dtype, device=self.device)
        for rows, linear in zip(self.rows, self.linear, strict=True):
            _dequantize(linear, store[rows, : self.inputs])
        store[self.outputs :, : self.inputs] = self.a
        store[: self.outputs, self.inputs :] = self.b
        return store

    @property
    def is_stale(self) -> bool:
        """Whether the adapter has changed since its factors were written into S and its gains measured."""
        return self._written != self.steps.count

    def renewed(self) -> None:
        """Notes that both are of this step."""
        self._written = self.steps.count

    @torch.inference_mode(mode=False)  # see Factors.measure
    @torch.no_grad()
    def renew(self) -> None:
        """Writes the factors of this step and measures its gains, for products to come."""
        self._take_factors()
        if self.gain is not None:
            self._measure(self._unpack() if self.store is None else self.store)
        self.renewed()

    @torch.inference_mode(mode=False)
    @torch.no_grad()
    def _ready(self) -> Tensor:
        """S with the factors of this step in its borders; the gains are those of this step as well."""
        stale = self.is_stale
        if stale:
            self._take_factors()
        store = self._unpack() if self.store is None else self.store
        if stale:  # what was unpacked for a product serves the norm as well
            self._measure(store)
        self.renewed()
        return store

    def _take_factors(self) -> None:
        for layer, rows, ranks in zip(self.layers, self.rows, self.ranks, strict=True):
            self.a[ranks].copy_(layer.a)
            torch.mul(layer.b, self.scaling, out=self.b[rows, ranks])
            if layer.is_dora:
                self.magnitude[rows] = layer.magnitude

    def _measure(self, store: Tensor) -> None:
        if self.inverse is None or self.gain is None:
            return
        weight, a = store[: self.outputs, : self.inputs], store[self.outputs :, : self.inputs]
        kernels_for(self.device).gains(
            weight, a, self.b, self.square, self.magnitude, self.starts, self.inverse, self.gain
        )

    def room(self, tokens: int, width: int) -> Tensor:
        """An uninitialised matrix [tokens, width + border]: `width` columns to fill, and the border."""
        return torch.empty(tokens, width + self.border, dtype=self.dtype, device=self.device)

    def product(self, x: Tensor, hold: bool = False) -> Tensor:
        """x [tokens, in + border], its first columns filled -> [tokens, out + border], its first columns filled.

        Fills the border of x with x Aᵀ. With `hold`, unpacked weights stay for the input_gradient to come.
        """
        store = self._ready()
        torch.mm(x[:, : self.inputs], self.a.T, out=x[:, self.inputs :])
        out = self.room(x.shape[0], self.outputs)
        torch.mm(x, store[: self.outputs].T, out=out[:, : self.outputs])
        if hold:
            self.store = store
        return out

    def fill_border(self, grad: Tensor) -> None:
        """Fills the border of the product's gradient dz [tokens, out + border] with s dz B."""
        torch.mm(grad[:, : self.outputs], self.b, out=grad[:, self.outputs :])

    def input_gradient(self, grad: Tensor) -> Tensor:
        """Gradient of x [tokens, in] from that of the product [tokens, out + border], its border filled."""
        found = grad @ self._ready()[:, : self.inputs]
        self.release()
        return found

    def release(self) -> None:
        """Drops unpacked weights that were held."""
        if self.packed:
            self.store = None

    def parameter_gradients(self, grad: Tensor, low: Tensor, x: Tensor, sums: Tensor | None) -> list[Tensor]:
        """Gradients of each layer's A, B and, for DoRA, magnitude, in the order of `Factors.parameters`.

        `grad` is the product's gradient with its border filled, `low` = x Aᵀ [tokens, border], x [tokens, in], and
        `sums` = the sums over the tokens of (gradient of y) * (product before the gain) [out].
        """
        grad_a = grad[:, self.outputs :].T @ x
        low = low * self.scaling
        grad_magnitude = None if sums is None or self.inverse is None else sums * self.inverse
        found = []
        for layer, rows, ranks in zip(self.layers, self.rows, self.ranks, strict=True):
            grad_b = grad[:, rows].T @ low[:, ranks]
            found += [grad_a[ranks].to(layer.a.dtype), grad_b.to(layer.b.dtype)]
            if grad_magnitude is not None:
                found.append(grad_magnitude[rows].to(layer.magnitude.dtype))
        return found


def _slices(sizes: Sequence[int]) -> list[slice]:
    return [slice(start, stop) for start, stop in pairwise(accumulate(sizes, initial=0))]


def _dequantize(linear: Any, out: Tensor) -> None:
    """Writes a quantised weight to `out` [out, in]: in one kernel where that can be, else by bitsandbytes."""
    state = getattr(linear.weight, "quant_state", None)
    nested = state is not None and state.nested and state.shape[1] % 256 == 0
    if nested and out.is_cuda and has_triton():
        from bardsmith.training.kernels.gpu import dequantize

        dequantize(linear.weight.data, state, out)
    else:
        out.copy_(dequantize_module_weight(linear))
