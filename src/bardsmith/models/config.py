"""Which base model a study starts from, and how it is held in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bardsmith.records import Closed, Text


class ModelConfig(Closed):
    base: Text = "embedded:smollm2-135m"
    """`embedded:<name>`, a folder in Hugging Face format, or a hub id such as `mistralai/Mistral-Nemo-Base-2407`."""
    revision: str | None = None
    """Branch, tag or commit of a hub id."""
    chat_template: Path | None = None
    """A Jinja file for a base whose tokenizer has no chat template of its own, or another than the wanted one."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of the base weights. `auto`: bfloat16 where the processor multiplies it natively, else float32."""
    quantization: Literal["none", "nf4"] = "none"
    """`nf4` holds the base in 4 bits (bitsandbytes; needs a GPU)."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
