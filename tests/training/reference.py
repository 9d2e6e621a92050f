"""What LoRA and DoRA are, in float64 by autograd, and small adapted models to hold against it."""

from __future__ import annotations

from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
TOLERANCE = 5e-3
"""Of values in bfloat16, relative to float64, over a whole tensor."""


def distance(found: Tensor, wanted: Tensor) -> float:
    """Relative, over the whole tensor; NaN is as far as can be."""
    wide, other = found.detach().double().cpu(), wanted.detach().double().cpu()
    if not torch.isfinite(wide).all():
        return float("inf")
    return float((wide - other).norm() / other.norm().clamp(min=1e-12))


def adapted_product(
    x: Tensor, weight: Tensor, a: Tensor, b: Tensor, magnitude: Tensor | None, scaling: float
) -> Tensor:
    """g (W x + s B A x), the norm detached (section 4.3 of the DoRA paper), by the dense product B A."""
    whole = weight + scaling * b @ a
    y = x @ whole.T
    return y if magnitude is None else y * (magnitude / whole.detach().norm(dim=1))


def sums_of_magnitudes(
    x: Tensor,
    linear: torch.nn.Linear,
    a: Tensor,
    b: Tensor,
    magnitude: Tensor | None,
    scaling: float,
    grad: Tensor,
) -> list[Tensor]:
    """What is added up, in absolute values, for y and for the gradients of x, A, B and the magnitude.

    A result that nearly cancels (one number, one token) has no more digits than its terms had. The bias is one of them:
    it comes with the base's product, and is taken off and put on again.
    """
    weight = linear.weight.detach().double()
    bias = 0 if linear.bias is None else linear.bias.detach().double().abs()
    norm = (weight + scaling * b @ a).detach().norm(dim=1)
    leaves = [tensor.detach().abs().requires_grad_() for tensor in (x, a, b)]
    y = leaves[0] @ (weight.abs() + scaling * leaves[2] @ leaves[1]).T + bias
    if magnitude is not None:
        leaves.append(magnitude.detach().abs().requires_grad_())
        y = y * (leaves[-1] / norm)
    return [y, *torch.autograd.grad(y, leaves, grad.abs())]


def small_llama(device: str, dtype: torch.dtype, width: int = 192) -> LlamaForCausalLM:
    """Random, with grouped heads, and wide enough that the kernels meet more than one block."""
    config = LlamaConfig(
        vocab_size=512, hidden_size=width, intermediate_size=width + 128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=32, max_position_embeddings=256, tie_word_embeddings=False, use_cache=False,
    )  # fmt: skip
    torch.manual_seed(0)
    model = LlamaForCausalLM(config)
    for parameter in model.parameters():
        if parameter.dim() == 2:
            torch.nn.init.normal_(parameter, std=0.05)
        else:
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
    return model.to(device=device, dtype=dtype)


def with_adapter(model: Any, method: str, rank: int = 8, **settings: Any) -> Any:
    """Stock PEFT on every linear layer, its factors and magnitudes moved far from where they start."""
    config = LoraConfig(
        task_type="CAUSAL_LM", r=rank, lora_alpha=2 * rank, use_dora=method == "dora", target_modules="all-linear",
        **settings,
    )  # fmt: skip
    adapted = get_peft_model(model, config)
    stir(adapted)
    return adapted


def stir(model: Any) -> None:
    generator = torch.Generator().manual_seed(1)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.copy_(0.05 * torch.randn(parameter.shape, generator=generator))
        elif "magnitude" in name:
            parameter.data.mul_(1 + 0.2 * torch.randn(parameter.shape, generator=generator).to(parameter.device))


def gradients(model: Any, ids: Tensor, **inputs: Any) -> tuple[Tensor, dict[str, Tensor]]:
    """The logits' and every trainable parameter's gradient of a loss that weighs all positions differently."""
    model.zero_grad()
    logits = model(input_ids=ids, use_cache=False, **inputs).logits
    labels = ids.roll(-1, 1)
    losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), labels.flatten(), reduction="none")
    (losses * torch.linspace(0.5, 1.5, len(losses), device=losses.device)).mean().backward()  # type: ignore[no-untyped-call]
    return logits.detach(), {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
