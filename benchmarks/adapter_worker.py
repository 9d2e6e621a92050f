"""One implementation of LoRA or DoRA with a model on the GPU, stepping when `adapters.py` says so.

Started by it, with a case as JSON for an argument. Speaks one JSON line a request: `build`, `step`, `finish`.
The model has Mistral-Nemo's architecture and random weights: neither time nor memory depends on their values.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.metadata
import json
import os
import sys
import tempfile
import time
import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from nemo import VOCABULARY, nemo

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false")
os.environ.update(UNSLOTH_DISABLE_STATISTICS="1", UNSLOTH_COMPILE_LOCATION=tempfile.mkdtemp())

RANK, ALPHA = 32, 64
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
WARM_UP = 4
"""Steps before the first that counts; CUDA graphs are recorded in the third."""


@dataclass(frozen=True)
class Case:
    implementation: str
    """ours, peft, liger (PEFT + Liger), axolotl, axolotl-stale (as shipped), unsloth"""
    method: str
    base: str
    """bf16 or nf4"""
    rows: int = 8
    length: int = 512
    accumulation: int = 1
    """Micro-batches of rows x length tokens in a step."""
    checkpointing: bool = True
    cap_gib: float | None = None
    """Cap on the allocator; with it, AdamW in 8 bits and, in ours, the embedding on the host."""
    graphs: bool = False
    """Ours: the layers recorded as CUDA graphs."""
    layers: int = 40
    checkpoint: str | None = None
    """A folder with the model's weights, which Unsloth needs; its own import wants to come first."""


def main() -> None:
    case = Case(**json.loads(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the libraries print goes to stderr, out of the way of the answers

    def answer(**found: Any) -> None:
        answers.write(json.dumps(found) + "\n")

    if case.implementation == "unsloth":
        import unsloth  # noqa: F401
    import torch

    _prepare(case)
    answer(ready=True)
    step: Callable[[], float] | None = None
    for line in sys.stdin:
        try:
            if line.strip() == "build":
                step = build(case)
                losses = [step() for _ in range(WARM_UP)]
                torch.cuda.synchronize()
                torch.cuda.reset_peak_memory_stats()
                answer(versions=_versions(), losses=losses)
            elif line.strip() == "step" and step is not None:
                torch.cuda.synchronize()
                started = time.perf_counter()
                loss = step()
                torch.cuda.synchronize()
                answer(seconds=time.perf_counter() - started, loss=loss)
            else:
                gib = 2**30
                allocated, reserved = torch.cuda.max_memory_allocated() / gib, torch.cuda.max_memory_reserved() / gib
                # What recorded kernels use among themselves counts as reserved only.
                answer(peak=reserved if case.graphs else allocated, reserved=reserved)
                return
        except torch.OutOfMemoryError as error:
            answer(failed=f"out of memory: {str(error).splitlines()[0][:120]}")
            return
        except Exception as error:  # a peer's own; told in its row of the table
            answer(failed=f"{type(error).__name__}: {str(error)[:300]}")
            raise


def build(case: Case) -> Callable[[], float]:
    """The model, its adapter and its optimiser; returns one training step, which returns its loss."""
    import torch

    model = _unsloth(case) if case.implementation == "unsloth" else _adapted(case)
    model.train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = _optimizer(parameters, eight_bit=case.cap_gib is not None)
    generator = torch.Generator(device="cuda").manual_seed(1)
    batches = [
        torch.randint(11, VOCABULARY, (case.rows, case.length), device="cuda", generator=generator) for _ in range(4)
    ]
    gc.collect()
    torch.cuda.empty_cache()
    if case.cap_gib is not None:
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(case.cap_gib * 2**30 / total)
    loss_of = partial(_our_loss, case) if case.implementation == "ours" else _their_loss
    clip: Callable[[list[Any], float], Any] = torch.nn.utils.clip_grad_norm_
    if case.implementation == "ours":
        from bardsmith.training.clipping import clip
    taken = 0

    def step() -> float:
        nonlocal taken
        for number in range(case.accumulation):
            with torch.autocast("cuda", dtype=torch.bfloat16):
                loss = loss_of(model, batches[(taken + number) % len(batches)]) / case.accumulation
            loss.backward()
        clip(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if case.implementation == "axolotl":
            _forget_norms(model)
        taken += 1
        return float(loss.detach())

    return step


def _config(layers: int) -> Any:
    config = nemo(layers, bos_token_id=1, eos_token_id=2, pad_token_id=10, use_cache=False, dtype="bfloat16")
    config._attn_implementation = "sdpa"
    return config


def _random_base(case: Case) -> Any:
    """The base on the GPU, layer by layer, so that a quantised one is never there in bfloat16 as a whole."""
    import torch
    from transformers import MistralForCausalLM
    from transformers.models.mistral.modeling_mistral import MistralDecoderLayer

    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    config = _config(0)
    with torch.device("cuda"):
        model = MistralForCausalLM(config)
        config.num_hidden_layers = case.layers
        for number in range(case.layers):
            layer = MistralDecoderLayer(config, number)
            for parameter in layer.parameters():
                if parameter.dim() == 2:
                    torch.nn.init.normal_(parameter, std=0.02)
            if case.base == "nf4":
                _quantize(layer)
            model.model.layers.append(layer)
    torch.set_default_dtype(torch.float32)
    if case.base == "nf4":
        model.is_loaded_in_4bit = model.is_quantized = True
        model.quantization_method = "bitsandbytes"
    return model.requires_grad_(False)


def _quantize(layer: Any) -> None:
    import bitsandbytes as bnb
    import torch

    for parent in (layer.self_attn, layer.mlp):
        for name, linear in list(parent.named_children()):
            if name in TARGETS:
                new = bnb.nn.Linear4bit(
                    linear.in_features, linear.out_features, bias=False, device="meta", quant_type="nf4",
                    compute_dtype=torch.bfloat16, compress_statistics=True,
                )  # fmt: skip
                new.weight = bnb.nn.Params4bit(
                    linear.weight.data, requires_grad=False, quant_type="nf4", compress_statistics=True, module=new
                )
                setattr(parent, name, new.to("cuda"))


def _adapted(case: Case) -> Any:
    import torch
    from peft import LoraConfig, get_peft_model

    base = _random_base(case)
    if case.implementation != "ours":
        from trl.trainer.utils import add_fused_lm_head

        add_fused_lm_head(base, outputs=("log_probs", "entropy", "is_top1"))
    elif case.cap_gib is not None:
        from bardsmith.training.memory import keep_embedding_on_host

        keep_embedding_on_host(base)
    config = LoraConfig(
        r=RANK, lora_alpha=ALPHA, task_type="CAUSAL_LM", target_modules=TARGETS, use_dora=case.method == "dora"
    )
    model = get_peft_model(base, config)
    if case.base == "nf4":  # as TRL does for a quantised base
        for name, parameter in model.named_parameters():
            if parameter.requires_grad and "lora_magnitude_vector" not in name:
                parameter.data = parameter.data.to(torch.bfloat16)
    if case.implementation == "ours":
        from bardsmith.training.dora import take_over
        from bardsmith.training.fused import fuse
        from bardsmith.training.memory import recompute_first

        layers = fuse(model, take_over(model))
        recompute_first(layers, case.layers if case.checkpointing else 0)
        for layer in layers:
            layer.keep_down = layer.hold_weights = case.cap_gib is None
        if case.graphs:
            from bardsmith.training.graphs import Graphs

            Graphs(layers)
        return model
    if case.implementation.startswith("axolotl"):
        _axolotl(case, model)
    if case.checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        model.enable_input_require_grads()
    return model


def _our_loss(case: Case, model: Any, ids: Any) -> Any:
    from bardsmith.training.tiled_loss import LARGE_TILE_BYTES, TILE_BYTES, tiled_cross_entropy

    base = model.get_base_model()
    hidden = base.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    labels = ids[:, 1:].flatten()
    tile = LARGE_TILE_BYTES if case.cap_gib is None else TILE_BYTES
    return tiled_cross_entropy(hidden.flatten(0, 1), base.lm_head.weight, labels, tile) / len(labels)


def _their_loss(model: Any, ids: Any) -> Any:
    more = {} if "unsloth" in sys.modules else {"fused_lm_head": True}
    return model(input_ids=ids, labels=ids, **more).loss


def _optimizer(parameters: list[Any], eight_bit: bool) -> Any:
    import torch

    if not eight_bit:
        return torch.optim.AdamW(parameters, lr=2e-4, fused=True)
    import bitsandbytes as bnb

    return bnb.optim.AdamW8bit(parameters, lr=2e-4)


def _prepare(case: Case) -> None:
    """The imports that take a while, and what a peer changes in transformers' classes before a model is made."""
    if case.implementation == "ours":
        pass
    elif case.implementation != "unsloth":
        import trl.trainer.utils  # noqa: F401
    if case.implementation in {"liger", "axolotl", "axolotl-stale"}:
        from liger_kernel.transformers import apply_liger_kernel_to_mistral

        own_mlp = case.implementation == "liger"
        apply_liger_kernel_to_mistral(rope=True, rms_norm=True, swiglu=own_mlp, fused_linear_cross_entropy=False)
    if case.implementation.startswith("axolotl"):
        _axolotl(case, None)


def _axolotl(case: Case, model: Any) -> None:
    """Axolotl's kernels by its own functions, without its trainer, whose other needs are not at hand."""
    import axolotl

    name = "axolotl.utils.callbacks"
    if name not in sys.modules:
        package = types.ModuleType(name)
        package.__path__ = [str(Path(next(iter(axolotl.__path__))) / "utils" / "callbacks")]
        sys.modules[name] = package
    from axolotl.monkeypatch.lora_kernels import apply_lora_kernel_patches, patch_self_attn_lora
    from axolotl.utils.dict import DictDefault

    folder = tempfile.mkdtemp()
    config = _config(case.layers)
    config.architectures = ["MistralForCausalLM"]
    config.save_pretrained(folder)
    wanted = DictDefault(
        {"base_model": folder, "lora_mlp_kernel": True, "lora_qkv_kernel": True, "lora_o_kernel": True}
    )
    if model is None:
        patch_self_attn_lora(wanted)
    else:
        apply_lora_kernel_patches(model, wanted)


def _forget_norms(model: Any) -> None:
    """Axolotl keeps DoRA's norms until a tensor's version moves, which fused optimisers never do."""
    for module in model.modules():
        for name in ("_dora_cache", "_dora_norm_cache"):
            if name in module.__dict__:
                delattr(module, name)
        if hasattr(module, "lora_magnitude_vector"):
            for magnitude in module.lora_magnitude_vector.values():
                magnitude.weight.__dict__.pop("_dora_cache", None)


def _unsloth(case: Case) -> Any:
    import torch
    from unsloth import FastLanguageModel

    mode = "unsloth" if case.checkpointing else False
    model, _ = FastLanguageModel.from_pretrained(
        case.checkpoint, max_seq_length=case.length, dtype=torch.bfloat16, load_in_4bit=case.base == "nf4",
        local_files_only=True, use_gradient_checkpointing=mode,
    )  # fmt: skip
    model = FastLanguageModel.get_peft_model(
        model, r=RANK, lora_alpha=ALPHA, lora_dropout=0, bias="none", target_modules=TARGETS, random_state=0,
        use_gradient_checkpointing=mode, use_dora=case.method == "dora",
    )  # fmt: skip
    return FastLanguageModel.for_training(model, use_gradient_checkpointing=mode) or model


def _versions() -> dict[str, str]:
    found = {}
    for name in (
        "torch",
        "transformers",
        "triton",
        "peft",
        "trl",
        "bitsandbytes",
        "liger-kernel",
        "axolotl",
        "unsloth",
    ):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


if __name__ == "__main__":
    main()
