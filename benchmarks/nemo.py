"""The base that memory and time are measured on: Mistral-Nemo with random weights, whose values do not matter."""

from __future__ import annotations

from pathlib import Path

import torch

from bardsmith.models.tiny import make_tokenizer


def make_base(folder: Path, layers: int) -> None:
    """Saves a base with Mistral-Nemo's shapes, random weights and a byte tokenizer."""
    from transformers import MistralConfig, MistralForCausalLM

    config = MistralConfig(
        vocab_size=131072,
        hidden_size=5120,
        intermediate_size=14336,
        num_hidden_layers=layers,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=128,
        max_position_embeddings=131072,
        rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
        rms_norm_eps=1e-5,
        sliding_window=None,
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = MistralForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    model.save_pretrained(folder, max_shard_size="4GB")
    make_tokenizer().save_pretrained(folder)  # last: its presence says that the folder is whole
