"""Gradients of several types, clipped as PyTorch clips them."""

from __future__ import annotations

import pytest
import torch
from trl import SFTTrainer

from bardsmith.training.clipping import clip
from bardsmith.training.trainer import AnswerTrainer


def parameters() -> list[torch.nn.Parameter]:
    """Factors in bfloat16, magnitudes in float32, and one that has no gradient."""
    torch.manual_seed(0)
    found = [torch.nn.Parameter(torch.zeros(5, 7, dtype=dtype)) for dtype in (torch.bfloat16, torch.float32) * 3]
    for parameter in found:
        parameter.grad = torch.randn_like(parameter)
    return [*found, torch.nn.Parameter(torch.zeros(3))]


@pytest.mark.parametrize("most", [0.5, 1e6])
def test_it_does_what_pytorch_does(most: float) -> None:
    ours, theirs = parameters(), parameters()
    norm = torch.nn.utils.clip_grad_norm_(theirs, most)
    assert torch.allclose(clip(ours, most), norm)
    for one, other in zip(ours, theirs, strict=True):
        assert (one.grad is None) == (other.grad is None)
        if one.grad is not None and other.grad is not None:
            assert torch.allclose(one.grad, other.grad, rtol=1e-2)
    wide = torch.cat([one.grad.float().flatten() for one in ours if one.grad is not None])
    assert abs(float(wide.norm()) - min(most, float(norm))) < 0.01 * min(most, float(norm))


def test_the_trainer_clips_with_it() -> None:
    assert hasattr(SFTTrainer, "_clip_grad_norm")  # else nobody would call ours
    assert "_clip_grad_norm" in vars(AnswerTrainer)
