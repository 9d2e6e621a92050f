"""The base that memory and time are measured on: Mistral-Nemo with random weights, whose values do not matter.

    python benchmarks/nemo.py DIR [--layers N]     makes one (23 GiB with its 40 layers)

Nothing is imported before it is needed: what is measured may want to be imported first.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

VOCABULARY, WIDTH, INNER, HEADS, GROUPS, HEAD = 131_072, 5120, 14_336, 32, 8, 128


def make_base(folder: Path, layers: int) -> None:
    """Saves a base with Mistral-Nemo's shapes, random weights and a byte tokenizer."""
    import torch
    from transformers import MistralForCausalLM

    from bardsmith.models.tiny import make_tokenizer

    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = MistralForCausalLM(nemo(layers))
    torch.set_default_dtype(torch.float32)
    model.save_pretrained(folder, max_shard_size="4GB")
    make_tokenizer().save_pretrained(folder)  # last: its presence says that the folder is whole


def nemo(layers: int, **settings: Any) -> Any:
    """transformers' configuration; the real model has 40 layers."""
    from transformers import MistralConfig

    return MistralConfig(
        vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=INNER, num_hidden_layers=layers,
        num_attention_heads=HEADS, num_key_value_heads=GROUPS, head_dim=HEAD, max_position_embeddings=131_072,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6}, rms_norm_eps=1e-5, sliding_window=None,
        tie_word_embeddings=False, **settings,
    )  # fmt: skip


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--layers", type=int, default=40)
    make_base(**vars(asked.parse_args()))
