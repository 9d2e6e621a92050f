"""The loss on learned tokens only is the loss that the whole logits give."""

from __future__ import annotations

import pytest
import torch

from bardsmith.models.config import ModelConfig
from bardsmith.models.load import load_base
from bardsmith.models.rendering import IGNORED, Row
from bardsmith.progress import Silent
from bardsmith.training.batches import packed, padded
from bardsmith.training.loss import mean_loss, summed_loss

ROWS = [Row("a", list(range(5, 30)), [IGNORED] * 10 + list(range(15, 30))), Row("b", [9, 8, 7], [IGNORED, 8, IGNORED])]


def test_it_equals_the_models_own_loss_padded_and_packed() -> None:
    model = load_base(ModelConfig(base="random:tiny", dtype="float32"), Silent())
    batch = padded(ROWS, pad=0)
    with torch.no_grad():
        wanted = float(model(**batch).loss)
        for inputs in (batch, packed(ROWS)):
            total, learned = summed_loss(model, model.get_output_embeddings(), inputs)
            assert learned == 16
            assert float(total) / learned == pytest.approx(wanted, rel=1e-5)
    model.train()
    assert mean_loss(model, ROWS, pad=0) == pytest.approx(wanted, rel=1e-5)
    assert model.training
