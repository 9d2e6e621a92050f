"""LoRA and DoRA with gradients of our own, under PEFT's modules (Liu and others 2024, "DoRA", arXiv 2402.09353).

A DoRA layer computes y = g (W x + s B A x) with the gain g = m / |W + s B A| of each row; the norm is a constant to
the gradient (section 4.3). Three things make it cost what LoRA costs:

* the norm comes from the factors, |W|² + 2s (W Aᵀ)·B + s² (B A Aᵀ)·B, with |W|² computed once: no product B A;
* it moves only when an optimiser steps, so it is measured once a step, whatever the number of micro-batches and
  however often gradient checkpointing repeats the forward pass;
* the base's product is shared, and m and g stay in float32 without lifting whole activations to it.

Files and modules stay PEFT's: an adapter trained with this loads anywhere and says the same.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch
from peft.tuners.lora import LoraLayer
from peft.tuners.lora.layer import LoraVariant
from peft.tuners.lora.variants import DoraLinearVariant
from peft.utils.integrations import dequantize_module_weight
from torch import Tensor
from torch.optim.optimizer import register_optimizer_step_post_hook

from bardsmith.training.kernels.choose import kernels_for

if TYPE_CHECKING:
    from peft import PeftModel

ADAPTER = "default"


class Steps:
    """Counts what may have changed the adapter: an optimiser's step, or weights read from a file.

    A counter, because nothing on a tensor tells: fused and 8-bit optimisers write without raising its version.
    """

    def __init__(self) -> None:
        self.count = 0

    def advance(self) -> None:
        self.count += 1

    def follow_optimizers(self) -> None:
        """Advances with every step of every PyTorch optimiser (bitsandbytes' are such) while this counter lives."""
        myself = weakref.ref(self)

        def after_step(*_: Any) -> None:
            counter = myself()
            if counter is not None:
                counter.advance()

        register_optimizer_step_post_hook(after_step)


class Factors:
    """One adapted linear layer's factors, magnitude and gain."""

    def __init__(self, module: LoraLayer, steps: Steps) -> None:
        self.module = module
        self.steps = steps
        self.scaling = float(module.scaling[ADAPTER])
        self.is_dora = ADAPTER in module.lora_magnitude_vector
        self._measured = -1
        self._gains = (torch.empty(0), torch.empty(0))
        if self.is_dora:
            weight = dequantize_module_weight(module.get_base_layer()).detach()
            self.square = torch.cat([rows.float().square().sum(1) for rows in weight.split(1024)])
            """|W|² of each row of the base weight [out]."""
            # PEFT measures the magnitude in the base's type; this makes the adapter exactly the base before step one.
            self.magnitude.data = self.square.sqrt()
            self._starts = torch.tensor([0, len(weight)], dtype=torch.int32, device=weight.device)

    @property
    def a(self) -> torch.nn.Parameter:
        """[rank, in]"""
        return self.module.lora_A[ADAPTER].weight  # type: ignore[no-any-return]

    @property
    def b(self) -> torch.nn.Parameter:
        """[out, rank]"""
        return self.module.lora_B[ADAPTER].weight  # type: ignore[no-any-return]

    @property
    def magnitude(self) -> torch.nn.Parameter:
        """DoRA's m [out]"""
        return self.module.lora_magnitude_vector[ADAPTER].weight  # type: ignore[no-any-return]

    @property
    def parameters(self) -> tuple[torch.nn.Parameter, ...]:
        return (self.a, self.b, self.magnitude) if self.is_dora else (self.a, self.b)

    @torch.inference_mode(mode=False)  # an evaluation may ask first, and what it leaves is trained with
    @torch.no_grad()
    def measure(self) -> tuple[Tensor, Tensor]:
        """1 / |W + s B A| and g = m / |W + s B A| of each row [out], float32; measured once a step."""
        if self._measured != self.steps.count:
            weight = dequantize_module_weight(self.module.get_base_layer())
            self._gains = torch.empty_like(self.square), torch.empty_like(self.square)
            kernels_for(weight.device).gains(
                weight, self.a, self.scaling * self.b, self.square, self.magnitude, self._starts, *self._gains
            )
            self._measured = self.steps.count
        return self._gains


class LowRank(torch.autograd.Function):
    """y = g (product + s B A x) of one layer [tokens, out]; without a gain, LoRA."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, product: Tensor, a: Tensor, b: Tensor, magnitude: Tensor | None, factors: Factors
    ) -> Tensor:
        low = x @ a.to(x.dtype).T
        adapted = torch.addmm(product, low, b.to(x.dtype).T, alpha=factors.scaling)
        ctx.factors = factors
        if magnitude is None:
            ctx.save_for_backward(x, low, a, b)
            return adapted
        inverse, gain = factors.measure()
        ctx.save_for_backward(x, low, a, b, adapted, inverse, gain)
        return kernels_for(x.device).scaled(adapted, gain)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, low, a, b, *dora = ctx.saved_tensors
        grad_magnitude = None
        if dora:
            adapted, inverse, gain = dora
            out = torch.empty_like(grad)
            sums = kernels_for(grad.device).scaled_backward(grad, adapted, gain, out)
            grad, grad_magnitude = out, sums * inverse
        grad_low = (grad @ b.to(grad.dtype)) * ctx.factors.scaling
        grad_a = (grad_low.T @ x).to(a.dtype)
        grad_b = (grad.T @ low).mul_(ctx.factors.scaling).to(b.dtype)
        grad_x = grad_low @ a.to(grad.dtype) if ctx.needs_input_grad[0] else None
        return grad_x, grad, grad_a, grad_b, grad_magnitude, None


class _Ours:
    """The forward pass of both variants: PEFT calls it with the base's result instead of its own.

    Merging and unmerging write in place, since the weight may be a view into a bordered matrix.
    """

    def __init__(self, factors: Factors) -> None:
        self.factors = factors

    def forward(self, module: LoraLayer, active_adapter: str, x: Tensor, result: Tensor, **kwargs: object) -> Tensor:
        """x [..., in], result = W x + bias [..., out] -> g (W x + s B A dropout(x)) + bias.

        Dropout acts on the adapter's path only, as in LoRA; PEFT computes the base's product twice instead.
        """
        bias = module.get_base_layer().bias if self.factors.is_dora else None
        product = result if bias is None else result - bias
        inputs = module.lora_dropout[active_adapter](x.to(result.dtype))
        parameters = (*self.factors.parameters, None)[:3]
        with torch.autocast(x.device.type, enabled=False):
            adapted: Tensor = LowRank.apply(  # type: ignore[no-untyped-call]
                inputs.flatten(0, -2), product.flatten(0, -2), *parameters, self.factors
            )
        adapted = adapted.view(result.shape)
        return adapted if bias is None else adapted + bias


class OurDora(_Ours, DoraLinearVariant):  # type: ignore[misc]  # PEFT is untyped
    """DoRA; merged with the gain that the forward pass uses, so that a row of zeros merges to zeros."""

    def merge_safe(self, module: LoraLayer, active_adapter: str, orig_weight: Tensor) -> Tensor:
        _, gain = self.factors.measure()
        whole: Tensor = gain[:, None] * (orig_weight + module.get_delta_weight(active_adapter))
        return whole.to(orig_weight.dtype)

    def merge_unsafe(self, module: LoraLayer, active_adapter: str, orig_weight: Tensor) -> None:
        orig_weight.data.copy_(self.merge_safe(module, active_adapter, orig_weight.data))

    def unmerge(self, module: LoraLayer, active_adapter: str, orig_weight: Tensor) -> Tensor:
        _, gain = self.factors.measure()
        turned = orig_weight * torch.where(gain == 0, 0, gain.reciprocal())[:, None]
        return orig_weight.data.copy_(turned - module.get_delta_weight(active_adapter))


class OurLora(_Ours, LoraVariant):  # type: ignore[misc]
    """LoRA; PEFT merges plain LoRA without a variant, so its three lines stand here."""

    def merge_safe(self, module: LoraLayer, active_adapter: str, orig_weight: Tensor) -> Tensor:
        merged: Tensor = orig_weight + module.get_delta_weight(active_adapter).to(orig_weight.dtype)
        return merged

    def merge_unsafe(self, module: LoraLayer, active_adapter: str, orig_weight: Tensor) -> None:
        orig_weight.data += module.get_delta_weight(active_adapter).to(orig_weight.dtype)

    def unmerge(self, module: LoraLayer, active_adapter: str, orig_weight: Tensor) -> Tensor:
        orig_weight.data -= module.get_delta_weight(active_adapter).to(orig_weight.dtype)
        return orig_weight.data


def take_over(model: PeftModel) -> dict[LoraLayer, Factors]:
    """Gives every adapted linear layer of `model` our forward and backward pass; returns what each was given."""
    steps = Steps()
    steps.follow_optimizers()
    taken = {}
    for module in model.modules():
        if isinstance(module, LoraLayer) and ADAPTER in module.lora_A:
            factors = Factors(module, steps)
            module.lora_variant[ADAPTER] = (OurDora if factors.is_dora else OurLora)(factors)
            module.cast_input_dtype_enabled = False  # PEFT would lift every input to the factors' float32
            module.register_load_state_dict_post_hook(lambda *_: steps.advance())
            taken[module] = factors
    return taken
