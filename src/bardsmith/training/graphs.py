"""The passes of fused layers as CUDA graphs: the GPU is told once what to do, and from then on only to do it again.

The two passes of a layer are some 150 kernels; a fast card runs those of a small micro-batch faster than Python starts
them. Micro-batches of one shape differ in nothing but what their tensors hold, so a layer's forward pass, its backward
pass and the measuring of its gains are recorded once each (torch.cuda.CUDAGraph), and then started as one.

Recorded kernels read and write where they did when they were recorded. So whatever enters (hidden states, angles, mask,
gradient) is copied into tensors that stay, and all graphs share one pool of memory: they must run in the order in which
they were recorded, as training does, through the layers and back. Embedding and loss are no part of it. A micro-batch
of another shape runs kernel by kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import torch
from torch import Tensor
from transformers import TrainerCallback

from bardsmith.progress import Progress
from bardsmith.training.fused import FusedLayer, Passes, Place, fused_layers

Found = TypeVar("Found")

WARM_UP = 2
"""Micro-batches that run on the recording stream unrecorded: libraries set themselves up there at their first use."""


class Graphs:
    """Has the passes of a model's layers recorded, and holds what their recordings share."""

    def __init__(self, layers: Sequence[FusedLayer]) -> None:
        self.first = layers[0]
        self.stream: torch.cuda.Stream = torch.cuda.Stream(self.first.device)  # type: ignore[no-untyped-call]
        self.pool = torch.cuda.graph_pool_handle()
        self.shape: tuple[torch.Size | None, ...] | None = None
        self.begun = 0
        """Micro-batches of that shape so far."""
        self.every_one_renews = True
        """Whether each of them began an optimiser step, so that the norm may be part of the forward pass's graph: what
        is unpacked for the product serves it as well. It stays right, and merely does too much, if that changes."""
        self.replays: dict[FusedLayer, Replay] = {}
        self.place: Place
        """Of the micro-batch at hand, where the recordings read it."""
        self.grad: Tensor
        """Gradient of a layer's result, then of its input [tokens, width]; all layers share it."""
        for layer in layers:
            layer.passes_of = self.passes_of

    def passes_of(self, layer: FusedLayer, hidden: Tensor, place: Place) -> Passes | Aside | Replay:
        """Who runs the passes of a layer for a micro-batch."""
        shape = (place.shape, place.cos.shape, None if place.mask is None else place.mask.shape)
        self.shape = self.shape or shape
        if shape != self.shape:
            return Passes(layer, hidden, place)
        if layer is self.first:
            self.begun += 1
            self.every_one_renews &= layer.is_stale
            if self.begun > WARM_UP:
                self._settle(place, hidden)
        if self.begun <= WARM_UP:
            return Aside(self, Passes(layer, hidden, place))
        if layer not in self.replays:
            self.replays[layer] = Replay(self, layer, hidden)
        return self.replays[layer].reading(hidden)

    def _settle(self, place: Place, hidden: Tensor) -> None:
        if not self.replays:
            torch.cuda.empty_cache()  # of what the warm-up had, for the graphs' own pool
            self.grad = torch.empty_like(hidden)
            mask = None if place.mask is None else place.mask.clone()
            plain = {name: value for name, value in place.more.items() if not isinstance(value, Tensor)}
            self.place = replace(place, cos=place.cos.clone(), sin=place.sin.clone(), mask=mask, more=plain)
            return
        self.place.cos.copy_(place.cos)
        self.place.sin.copy_(place.sin)
        if self.place.mask is not None and place.mask is not None:
            self.place.mask.copy_(place.mask)

    def aside(self, run: Callable[[], Found]) -> Found:
        """Runs something on the recording stream, in its turn."""
        current = torch.cuda.current_stream()
        self.stream.wait_stream(current)
        with torch.cuda.stream(self.stream):
            found = run()
        current.wait_stream(self.stream)
        return found

    def recorded(self, run: Callable[[], Found]) -> tuple[torch.cuda.CUDAGraph, Found]:
        """The graph of what `run` does, and the tensors that it will write; nothing is done yet."""
        graph = torch.cuda.CUDAGraph()

        def record() -> Found:
            # Other threads, such as the one that pins batches, may go on calling CUDA.
            graph.capture_begin(pool=self.pool, capture_error_mode="thread_local")
            try:
                return run()
            finally:
                graph.capture_end()

        return graph, self.aside(record)

    def wrote(self, hidden: Tensor) -> bool:
        """Whether a tensor lies where a recorded layer leaves its result."""
        return any(hidden.data_ptr() == replay.result.data_ptr() for replay in self.replays.values())


class Aside:
    """Passes on the recording stream, unrecorded."""

    def __init__(self, graphs: Graphs, passes: Passes) -> None:
        self.graphs, self.passes = graphs, passes

    def forward(self) -> Tensor:
        """As Passes.forward."""
        return self.graphs.aside(self.passes.forward)

    def backward(self, grad: Tensor, wants_input: bool) -> tuple[Tensor | None, list[Tensor]]:
        """As Passes.backward."""
        return self.graphs.aside(lambda: self.passes.backward(grad, wants_input))


class Replay:
    """The passes of one layer, recorded as they are first wanted."""

    def __init__(self, graphs: Graphs, layer: FusedLayer, hidden: Tensor) -> None:
        self.graphs, self.layer = graphs, layer
        self.hidden = hidden if graphs.wrote(hidden) else hidden.clone()
        """What the layer reads [tokens, width]: where the layer before leaves it, if that is recorded as well."""
        self._renewal: torch.cuda.CUDAGraph | None = None
        if not (graphs.every_one_renews and layer.is_stale):
            self._renewal, _ = graphs.recorded(layer.renew)
            self._renewal.replay()
        passes = Passes(layer, self.hidden, graphs.place)
        self._forward, self.result = graphs.recorded(passes.forward)
        self._unrecorded: Passes | None = passes
        self._backward: torch.cuda.CUDAGraph
        self._found: list[Tensor]

    def reading(self, hidden: Tensor) -> Replay:
        """Takes the hidden states of a micro-batch."""
        if hidden.data_ptr() != self.hidden.data_ptr():
            self.hidden.copy_(hidden)
        return self

    def forward(self) -> Tensor:
        """As Passes.forward; what it returns is written over by the next micro-batch."""
        if self.layer.is_stale:
            if self._renewal is not None:
                self._renewal.replay()
            self.layer.renewed()
        self._forward.replay()
        return self.result

    def backward(self, grad: Tensor, wants_input: bool) -> tuple[Tensor | None, list[Tensor]]:
        """As Passes.backward; what it returns is written over by the next layer and the next micro-batch."""
        shared = self.graphs.grad
        if grad.data_ptr() != shared.data_ptr():
            shared.copy_(grad)
        if self._unrecorded is not None:
            passes, self._unrecorded = self._unrecorded, None
            self._backward, self._found = self.graphs.recorded(lambda: self._shared(passes, wants_input))
        self._backward.replay()
        return shared if wants_input else None, self._found

    def _shared(self, passes: Passes, wants_input: bool) -> list[Tensor]:
        grad_hidden, found = passes.backward(self.graphs.grad, wants_input)
        if grad_hidden is not None:
            self.graphs.grad.copy_(grad_hidden)
        return found


class Recording(TrainerCallback):  # type: ignore[misc]
    """Has the fused layers of a run recorded, once it is settled which of them are recomputed."""

    def __init__(self, name: str, progress: Progress) -> None:
        self.name, self.progress = name, progress

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any, **kwargs: Any) -> None:
        layers = fused_layers(model)
        attention = model.config._attn_implementation
        if layers and layers[0].device.type == "cuda" and attention == "sdpa":
            Graphs(layers)
            return
        why = f"attention is {attention}, not sdpa" if layers else "no layer is fused"
        self.progress.say(f"{self.name}: cuda_graphs changes nothing here, for {why}")
