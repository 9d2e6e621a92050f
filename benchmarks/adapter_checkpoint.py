"""Writes the benchmark's model as a folder: python benchmarks/adapter_checkpoint.py FOLDER (23 GiB; needs CUDA).

Unsloth loads models from folders only. The weights are random, the tokenizer knows bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from adapter_worker import GROUPS, HEAD, HEADS, INNER, VOCABULARY, WIDTH, nemo
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

LAYERS = 40


def main() -> None:
    folder = Path(sys.argv[1])
    config = nemo(LAYERS)
    config.architectures = ["MistralForCausalLM"]
    config.save_pretrained(folder)
    _write_tokenizer(folder)
    index: dict[str, str] = {}
    ends = {f"{name}.weight": _random(VOCABULARY, WIDTH) for name in ("model.embed_tokens", "lm_head")}
    _shard(folder, "ends", {**ends, "model.norm.weight": _ones()}, index)
    for number in range(LAYERS):
        names = {f"model.layers.{number}.{name}.weight": value for name, value in _layer().items()}
        _shard(folder, f"layer-{number:02d}", names, index)
    index_file = folder / "model.safetensors.index.json"
    index_file.write_text(json.dumps({"metadata": {}, "weight_map": index}), encoding="utf-8")


def _layer() -> dict[str, torch.Tensor]:
    query, keys = HEADS * HEAD, GROUPS * HEAD
    shapes = {"q_proj": (query, WIDTH), "k_proj": (keys, WIDTH), "v_proj": (keys, WIDTH), "o_proj": (WIDTH, query)}
    found = {f"self_attn.{name}": _random(*shape) for name, shape in shapes.items()}
    found |= {"mlp.gate_proj": _random(INNER, WIDTH), "mlp.up_proj": _random(INNER, WIDTH)}
    found["mlp.down_proj"] = _random(WIDTH, INNER)
    return {**found, "input_layernorm": _ones(), "post_attention_layernorm": _ones()}


def _random(*shape: int) -> torch.Tensor:
    return (0.02 * torch.randn(shape, device="cuda", dtype=torch.bfloat16)).cpu()


def _ones() -> torch.Tensor:
    return torch.ones(WIDTH, dtype=torch.bfloat16)


def _shard(folder: Path, name: str, tensors: dict[str, torch.Tensor], index: dict[str, str]) -> None:
    save_file(tensors, folder / f"{name}.safetensors", metadata={"format": "pt"})
    index.update(dict.fromkeys(tensors, f"{name}.safetensors"))


def _write_tokenizer(folder: Path) -> None:
    special = ["<unk>", "<s>", "</s>", *(f"<SPECIAL_{number}>" for number in range(3, 10)), "<pad>"]
    words = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    model: Any = models.BPE(vocab={word: i for i, word in enumerate(words)}, merges=[], unk_token="<unk>")
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    ).save_pretrained(folder)


if __name__ == "__main__":
    main()
