"""A run over several processes: on a CPU, where each holds the whole model, since accelerate spreads over GPUs only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file
from twelve import tasks

from bardsmith.models.config import ModelConfig
from bardsmith.outputs import read_manifest
from bardsmith.progress import Silent
from bardsmith.standing import read_rows
from bardsmith.training.config import RunConfig
from bardsmith.training.sequence import Outcome, Task, carry_out
from bardsmith.training.sharding import fsdp_settings, loaded_for, smallest


def test_a_run_of_two_processes_learns_what_one_alone_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same batches in the same steps, gradients summed over both; one of them writes."""
    alone = tasks(tmp_path, monkeypatch)[0]
    both = replace(alone, run=alone.run.model_copy(update={"name": "both", "shards": 2}))
    found = []
    for task in (alone, both):
        assert carry_out(task, Silent()) == Outcome(task.name)
        found.append(load_file(task.place / "adapter" / "adapter_model.safetensors"))
    assert found[0].keys() == found[1].keys()
    for name, tensor in found[0].items():
        assert torch.allclose(found[1][name], tensor, atol=1e-4), name
    assert _steps(both) == _steps(alone)
    assert not (both.place / "checkpoints").exists()


def _steps(task: Task) -> list[tuple[int, bool]]:
    manifest = read_manifest(task.place)
    assert manifest is not None
    assert len(read_rows(task.place / "pace.jsonl")) == manifest.counts["steps"]
    return [(row["step"], "validation_loss" in row) for row in read_rows(task.place / "metrics.jsonl")]


def test_when_one_process_dies_the_run_fails_and_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = tasks(tmp_path, monkeypatch)[0]
    (tmp_path / "sitecustomize.py").write_text("import os\nif os.environ.get('RANK') == '1': os._exit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    outcome = carry_out(replace(task, run=task.run.model_copy(update={"shards": 2})), Silent())
    assert outcome.failure is not None
    assert "a worker ended with exit code 3" in outcome.failure


def test_a_base_that_is_spread_is_not_loaded_into_one_gpu() -> None:
    config = ModelConfig(base="random:tiny", dtype="bfloat16", device="auto")
    assert loaded_for(config, 1) == config
    assert (loaded_for(config, 2).device, loaded_for(config, 2).dtype) == ("cpu", "bfloat16")


def test_settings_of_a_spread_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert fsdp_settings(1) == {}
    assert fsdp_settings(2)["fsdp_config"]["version"] == 2


def test_one_process_asks_nobody() -> None:
    assert smallest(5) == 5


def test_gpus_share_the_batches_of_a_step_evenly() -> None:
    with pytest.raises(ValidationError, match="multiple of shards"):
        RunConfig(name="a", accumulation=8, shards=3)
