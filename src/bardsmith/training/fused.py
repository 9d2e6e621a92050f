"""A whole decoder layer with its adapters as one step of autograd, for models built like Llama and Mistral.

Eleven passes over the activations forward, with the products of `bordered` between them, and a backward pass that
knows what it needs: DoRA's gains ride on passes that run anyway (rotation, SwiGLU, the sums of the residual stream),
and so do the gradients of its magnitudes. Written out because autograd would keep a tensor for each of some thirty
operations and run each of them again, one by one, when gradient checkpointing recomputes the layer.

Checkpointing is built in. A recomputed layer keeps its input, the low-rank inputs of the down projection and, for
DoRA, that projection's product: so the largest of the layer's products is not made twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from bardsmith.training.bordered import Bordered
from bardsmith.training.dora import Factors
from bardsmith.training.kernels.choose import kernels_for

if TYPE_CHECKING:
    from peft import PeftModel
    from peft.tuners.lora import LoraLayer

MODEL_TYPES = frozenset({"llama", "mistral"})
"""Models of exactly this build; others train layer by layer through `dora`."""


@dataclass(frozen=True)
class Place:
    """Where the layer's tokens stand, and who attends to whom: the same for every layer of a pass."""

    shape: torch.Size
    """[rows, length, width]"""
    cos: Tensor
    """[positions, head_dim], and so is sin; positions is rows * length, or length if all rows are alike"""
    sin: Tensor
    mask: Tensor | None
    more: dict[str, Any]
    """What else the attention function is to be given, such as the ends of packed sequences."""


@dataclass
class Activations:
    """What the backward pass needs of one layer; matrices with a border keep it (see `bordered`)."""

    first_scale: Tensor
    first_input: Tensor
    states: Tensor
    """Queries, keys and values, scaled and rotated [tokens, out + border]."""
    leaves: tuple[Tensor, Tensor, Tensor]
    """The same three as the attention function was given them."""
    attended: Tensor
    """Its result, with the graph that leads to the leaves [rows, length, heads, head_dim]."""
    attended_low: Tensor
    out_product: Tensor | None
    """Product of the output projection, before its gain; DoRA only."""
    middle: Tensor
    """The residual stream between attention and MLP [tokens, width]."""
    second_scale: Tensor
    second_input: Tensor
    gate_up: Tensor


@dataclass
class Down:
    """What the backward pass needs of the down projection; it is kept even where the rest is recomputed."""

    low: Tensor
    product: Tensor | None
    """DoRA only; None if it is to be recomputed as well."""


class FusedLayer:
    """Stands in for the forward pass of one decoder layer while it trains."""

    def __init__(self, layer: Any, factors: dict[LoraLayer, Factors]) -> None:
        self.layer = layer
        self.plain: Callable[..., Tensor] = layer.forward
        self.attention = heads = layer.self_attn
        mlp = layer.mlp
        self.query_key_value = Bordered([factors[m] for m in (heads.q_proj, heads.k_proj, heads.v_proj)])
        self.out = Bordered([factors[heads.o_proj]])
        self.gate_up = Bordered([factors[mlp.gate_proj], factors[mlp.up_proj]])
        self.down = Bordered([factors[mlp.down_proj]])
        self.groups = (self.query_key_value, self.out, self.gate_up, self.down)
        self.parameters = [p for group in self.groups for one in group.layers for p in one.parameters]
        self.first_norm = layer.input_layernorm
        self.second_norm = layer.post_attention_layernorm
        self.head = int(heads.head_dim)
        self.rotated = self.query_key_value.rows[1].stop // self.head
        """Heads of queries and keys."""
        self.is_dora = self.gate_up.layers[0].is_dora
        self.device = self.gate_up.device
        self.kernels: Any = kernels_for(self.device)
        self.recompute = False
        """Whether the backward pass makes the activations anew instead of keeping them."""
        self.keep_down = True
        """Whether a recomputed layer keeps the product of its down projection."""
        self.hold_weights = True
        """Whether a recomputed layer unpacks quantised weights once for both of its passes, not for each."""
        self.passes_of: Callable[[FusedLayer, Tensor, Place], Any] = Passes
        """Who runs the passes; see `graphs` for another way."""

    def __call__(
        self,
        hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Any = None,
        use_cache: bool | None = False,
        position_embeddings: tuple[Tensor, Tensor] | None = None,
        **more: Any,
    ) -> Tensor:
        """As the decoder layer's forward [rows, length, width]; sampling, evaluation and merged weights take that."""
        if past_key_values is not None or position_embeddings is None or not self._trains():
            return self.plain(
                hidden_states, attention_mask=attention_mask, position_ids=position_ids,
                past_key_values=past_key_values, use_cache=use_cache, position_embeddings=position_embeddings, **more,
            )  # fmt: skip
        cos, sin = (angles.flatten(0, 1) for angles in position_embeddings)
        place = Place(hidden_states.shape, cos, sin, attention_mask, {"position_ids": position_ids, **more})
        found: Tensor = _Layer.apply(  # type: ignore[no-untyped-call]
            hidden_states, self, place, *self.parameters
        )
        return found

    @property
    def is_stale(self) -> bool:
        """Whether the adapter has changed since it was last taken in."""
        return any(group.is_stale for group in self.groups)

    def renew(self) -> None:
        """Takes the adapter in as it is now, and measures its gains; the passes do so by themselves, if need be."""
        for group in self.groups:
            group.renew()

    def renewed(self) -> None:
        """Notes that somebody else did."""
        for group in self.groups:
            group.renewed()

    def kept_bytes(self, tokens: int) -> int:
        """What the layer keeps for the backward pass of `tokens` tokens if it is not recomputed."""
        bordered = sum(group.inputs + group.border for group in (self.query_key_value, self.gate_up))
        bordered += sum(group.outputs + group.border for group in (self.query_key_value, self.gate_up))
        bordered += self.is_dora * sum(group.outputs + group.border for group in (self.out, self.down))
        streams = 2 * self.out.outputs + self.out.inputs
        return int(tokens * (bordered + streams) * self.gate_up.dtype.itemsize)

    def _trains(self) -> bool:
        module = self.attention.q_proj
        return torch.is_grad_enabled() and self.layer.training and not module.merged and not module.disable_adapters

    def until_gate(self, hidden: Tensor, place: Place, keep: bool, hold: bool = False) -> Activations:
        """hidden [tokens, width] -> everything before SwiGLU; without `keep`, the attention's graph is left out.

        `hold` says that the backward pass comes next, so that unpacked weights can wait for it.
        """
        kernels, tokens = self.kernels, hidden.shape[0]
        group = self.query_key_value
        x = group.room(tokens, group.inputs)
        norm = self.first_norm
        _, first_scale = kernels.rms_norm(hidden, None, None, norm.weight, norm.variance_epsilon, x[:, : group.inputs])
        states = group.product(x, hold)
        kernels.rotate_(states[:, : group.outputs], place.cos, place.sin, group.gain, self.rotated)
        with torch.set_grad_enabled(keep):
            leaves, attended = self._attend(states, place)

        attended_input = self.out.room(tokens, self.out.inputs)
        attended_input[:, : self.out.inputs] = attended.detach().reshape(tokens, -1)
        product = self.out.product(attended_input, hold)
        attended_low = attended_input[:, self.out.inputs :].clone()
        del attended_input

        group, norm = self.gate_up, self.second_norm
        y = group.room(tokens, group.inputs)
        middle, second_scale = kernels.rms_norm(
            hidden, product[:, : self.out.outputs], self.out.gain, norm.weight, norm.variance_epsilon,
            y[:, : group.inputs],
        )  # fmt: skip
        return Activations(
            first_scale, x, states, leaves, attended, attended_low, product if self.is_dora else None, middle,
            second_scale, y, group.product(y, hold),
        )  # fmt: skip

    def from_gate(self, kept: Activations) -> tuple[Tensor, Down]:
        """The layer's result [tokens, width], and what its last part leaves for the backward pass."""
        group = self.down
        x = group.room(kept.gate_up.shape[0], group.inputs)
        self.kernels.swiglu(kept.gate_up[:, : self.gate_up.outputs], self.gate_up.gain, x[:, : group.inputs])
        product = group.product(x)
        result = self.kernels.add_scaled(kept.middle, product[:, : group.outputs], group.gain)
        return result, Down(x[:, group.inputs :].clone(), product if self.is_dora else None)

    def _attend(self, states: Tensor, place: Place) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        rows, length, _ = place.shape
        group = self.query_key_value
        leaves = []
        for columns in group.rows:
            heads = states[:, columns].view(rows, length, -1, self.head).transpose(1, 2)
            leaves.append(heads.detach().requires_grad_(torch.is_grad_enabled()))
        attention: Any = ALL_ATTENTION_FUNCTIONS[self.attention.config._attn_implementation]
        attended, _ = attention(
            self.attention, *leaves, place.mask, dropout=0.0, scaling=self.attention.scaling,
            sliding_window=getattr(self.attention.config, "sliding_window", None), **place.more,
        )  # fmt: skip
        return (leaves[0], leaves[1], leaves[2]), attended

    def backward(
        self, grad: Tensor, hidden: Tensor, kept: Activations, down: Down, place: Place, wants_input: bool
    ) -> tuple[Tensor | None, list[Tensor]]:
        """Gradients of `hidden` [tokens, width] and of the parameters, from that of the layer's result.

        What `kept` and `down` hold is written over on the way.
        """
        kernels, tokens, width = self.kernels, grad.shape[0], grad.shape[1]
        sums = None
        if down.product is None:
            grad_down = self.down.room(tokens, width)
            grad_down[:, :width] = grad
        else:
            grad_down = down.product
            part = grad_down[:, :width]
            sums = kernels.scaled_backward(grad, part, self.down.gain, part)
        self.down.fill_border(grad_down)
        activated = self.down.input_gradient(grad_down)
        gate_up_sums = kernels.swiglu_backward_(kept.gate_up[:, : self.gate_up.outputs], activated, self.gate_up.gain)
        down_found = self.down.parameter_gradients(grad_down, down.low, activated, sums)
        del grad_down, activated

        width_in = self.gate_up.inputs
        self.gate_up.fill_border(kept.gate_up)
        grad_input = self.gate_up.input_gradient(kept.gate_up)
        x = kept.second_input
        gate_up_found = self.gate_up.parameter_gradients(kept.gate_up, x[:, width_in:], x[:, :width_in], gate_up_sums)
        grad_out = self.out.room(tokens, width) if kept.out_product is None else kept.out_product
        grad_middle = grad_out[:, :width] if kept.out_product is None else torch.empty_like(kept.middle)
        kernels.rms_norm_backward(
            grad_input, kept.middle, kept.second_scale, self.second_norm.weight, grad, grad_middle
        )
        sums = None
        if kept.out_product is not None:
            part = grad_out[:, :width]
            sums = kernels.scaled_backward(grad_middle, part, self.out.gain, part)
        self.out.fill_border(grad_out)
        grad_attended = self.out.input_gradient(grad_out)
        out_found = self.out.parameter_gradients(
            grad_out, kept.attended_low, kept.attended.detach().reshape(tokens, -1), sums
        )
        first_found, grad_first = self._attention_backward(grad_attended, kept, place, wants_input)
        found = [*first_found, *out_found, *gate_up_found, *down_found]
        if grad_first is None:
            return None, found
        grad_hidden = torch.empty_like(hidden)
        kernels.rms_norm_backward(
            grad_first, hidden, kept.first_scale, self.first_norm.weight, grad_middle, grad_hidden
        )
        return grad_hidden, found

    def _attention_backward(
        self, grad: Tensor, kept: Activations, place: Place, wants_input: bool
    ) -> tuple[list[Tensor], Tensor | None]:
        group, states = self.query_key_value, kept.states
        grads = torch.autograd.grad(kept.attended, kept.leaves, grad.view(kept.attended.shape))
        flat = [part.transpose(1, 2).reshape(states.shape[0], -1) for part in grads]
        sums = self.kernels.rotate_backward_(
            states[:, : group.outputs], flat, place.cos, place.sin, group.gain, self.rotated
        )
        x = kept.first_input
        group.fill_border(states)
        found = group.parameter_gradients(states, x[:, group.inputs :], x[:, : group.inputs], sums)
        if wants_input:
            return found, group.input_gradient(states)
        group.release()
        return found, None


class Passes:
    """The forward pass of a layer, and the backward pass after it, kernel by kernel."""

    def __init__(self, layer: FusedLayer, hidden: Tensor, place: Place) -> None:
        """hidden [tokens, width]"""
        self.layer, self.place = layer, place
        self._hidden: Tensor | None = hidden
        self._kept: Activations | None = None
        self._down: Down | None = None

    def forward(self) -> Tensor:
        """The layer's result [tokens, width]."""
        layer = self.layer
        assert self._hidden is not None
        kept = layer.until_gate(self._hidden, self.place, keep=not layer.recompute)
        result, self._down = layer.from_gate(kept)
        if not layer.recompute:
            self._kept = kept
        elif not layer.keep_down:
            self._down.product = None
        return result

    def backward(self, grad: Tensor, wants_input: bool) -> tuple[Tensor | None, list[Tensor]]:
        """Gradients of `hidden` and of the layer's parameters, from that of the result [tokens, width]."""
        layer, hidden, kept, down = self.layer, self._hidden, self._kept, self._down
        if hidden is None or down is None:
            raise RuntimeError("a fused layer's backward pass writes over what it kept, so it runs once a forward pass")
        self._hidden = self._kept = self._down = None
        if kept is None:
            kept = layer.until_gate(hidden, self.place, keep=True, hold=layer.hold_weights)
            if layer.is_dora and down.product is None:
                _, down = layer.from_gate(kept)
        return layer.backward(grad, hidden, kept, down, self.place, wants_input)


class _Layer(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, layer: FusedLayer, place: Place, *parameters: Tensor) -> Tensor:
        with torch.autocast(hidden.device.type, enabled=False):
            ctx.passes = layer.passes_of(layer, hidden.flatten(0, 1), place)
            result: Tensor = ctx.passes.forward()
        return result.view(hidden.shape)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        with torch.autocast(grad.device.type, enabled=False):
            grad_hidden, found = ctx.passes.backward(grad.flatten(0, 1).contiguous(), ctx.needs_input_grad[0])
        return (None if grad_hidden is None else grad_hidden.view(grad.shape), None, None, *found)


def fuse(model: PeftModel, factors: dict[LoraLayer, Factors]) -> list[FusedLayer]:
    """Fuses the decoder layers that can be, and returns them; the others keep the path of `dora`."""
    base = model.get_base_model()
    if base.config.model_type not in MODEL_TYPES:
        return []
    fused = []
    base.config.use_cache = False  # a cache that nobody reads would send every training step down the plain path
    for layer in base.model.layers:
        if _fits(layer, factors):
            stand_in = FusedLayer(layer, factors)
            layer.forward = stand_in
            fused.append(stand_in)
    return fused


def fused_layers(model: torch.nn.Module) -> list[FusedLayer]:
    """The stand-ins of a model's fused layers, first to last."""
    forwards = (module.__dict__.get("forward") for module in model.modules())
    return [forward for forward in forwards if isinstance(forward, FusedLayer)]


def _fits(layer: Any, factors: dict[LoraLayer, Factors]) -> bool:
    """Whether all seven linear layers are adapted, without biases and dropout, and alike in method."""
    attention, mlp = layer.self_attn, layer.mlp
    modules = [getattr(attention, name) for name in ("q_proj", "k_proj", "v_proj", "o_proj")]
    modules += [getattr(mlp, name) for name in ("gate_proj", "up_proj", "down_proj")]
    if not all(module in factors for module in modules):
        return False
    plain = all(
        module.get_base_layer().bias is None and isinstance(module.lora_dropout["default"], torch.nn.Identity)
        for module in modules
    )
    alike = len({(factors[module].is_dora, factors[module].scaling) for module in modules}) == 1
    return plain and alike and type(mlp.act_fn).__name__.startswith("SiLU") and not attention.attention_dropout
