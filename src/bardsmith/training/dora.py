"""DoRA with the weight norm taken from the factors (Liu and others 2024, "DoRA", equation 5 and section 4.3).

PEFT builds the dense product B·A for every layer and step to take the row norms of W + s·B·A. They follow from the
factors: |W + sBA|² = |W|² + 2s ⟨W Aᵀ, B⟩ + s² ⟨B A Aᵀ, B⟩, row by row, in float32, the first term computed once.
Files and modules stay PEFT's: an adapter trained with this loads anywhere with the same logits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from peft.tuners.lora.variants import DoraLinearVariant
from peft.utils.integrations import dequantize_module_weight

if TYPE_CHECKING:
    from peft import PeftModel
    from peft.tuners.lora import Linear


class FactoredDora(DoraLinearVariant):  # type: ignore[misc]  # PEFT is untyped
    """PEFT's DoRA of a linear layer with the norm taken from the factors; merging stays PEFT's."""

    def __init__(self, module: Linear, adapter: str) -> None:
        weight = dequantize_module_weight(module.get_base_layer()).detach().float()
        self.square = weight.square().sum(1)
        """|W|² of each row of the base weight [out]."""
        # PEFT measures the magnitude in the base's type; this makes the adapter exactly the base before step one.
        module.lora_magnitude_vector[adapter].weight.data.copy_(self.square.sqrt())

    def norm(self, module: Linear, adapter: str) -> torch.Tensor:
        """|W + s·B·A| of each row [out], float32, without a gradient as in section 4.3 of the paper."""
        with torch.no_grad(), torch.autocast(module.lora_A[adapter].weight.device.type, enabled=False):
            a, b = module.lora_A[adapter].weight.float(), module.lora_B[adapter].weight.float()
            weight = dequantize_module_weight(module.get_base_layer()).float()
            scaling = module.scaling[adapter]
            cross = ((weight @ a.T) * b).sum(1)
            own = ((b @ (a @ a.T)) * b).sum(1)
            squared: torch.Tensor = self.square + 2 * scaling * cross + scaling**2 * own
            return squared.clamp(min=0).sqrt()

    def forward(
        self, module: Linear, active_adapter: str, x: torch.Tensor, result: torch.Tensor, **kwargs: object
    ) -> torch.Tensor:
        """x [..., in], result = W x + bias [..., out] -> g (W x + s B A dropout(x)) + bias, g = magnitude / norm.

        Dropout acts on the adapter's path only, as in LoRA; PEFT computes the base product twice instead.
        """
        scale = module.lora_magnitude_vector[active_adapter].weight / self.norm(module, active_adapter)
        low = module.lora_B[active_adapter](module.lora_A[active_adapter](module.lora_dropout[active_adapter](x)))
        bias = module.get_base_layer().bias
        product = result if bias is None else result - bias
        adapted: torch.Tensor = scale.to(result.dtype) * torch.add(
            product, low.to(result.dtype), alpha=module.scaling[active_adapter]
        )
        return adapted if bias is None else adapted + bias


def use_factored_norm(model: PeftModel, adapter: str = "default") -> None:
    """Gives every DoRA linear layer of `model` the factored norm."""
    for module in model.modules():
        variants = getattr(module, "lora_variant", {})
        if isinstance(variants.get(adapter), DoraLinearVariant):
            variants[adapter] = FactoredDora(module, adapter)
