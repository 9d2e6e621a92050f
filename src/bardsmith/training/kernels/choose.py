"""Which passes run: Triton's on CUDA where Triton is installed, plain PyTorch's everywhere else."""

from __future__ import annotations

import importlib.util
from functools import cache
from types import ModuleType

import torch

from bardsmith.training.kernels import plain


def kernels_for(device: torch.device) -> ModuleType:
    """`kernels.gpu` or `kernels.plain`: the same functions."""
    return _gpu() if device.type == "cuda" and has_triton() else plain


@cache
def has_triton() -> bool:
    return importlib.util.find_spec("triton") is not None


def _gpu() -> ModuleType:
    from bardsmith.training.kernels import gpu

    return gpu
