"""The engine of a Ray cluster: what it asks for, and what it refuses; test_twelve.py has it train."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from twelve import tasks

from bardsmith.errors import InputError
from bardsmith.progress import Silent
from bardsmith.training.engines import cluster


def test_what_no_machine_of_the_cluster_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = tasks(tmp_path, monkeypatch)[0]
    wide = replace(task, run=task.run.model_copy(update={"shards": 4}))
    needs = cluster._needs(wide, on_gpu=True)
    assert needs == {"num_cpus": 1, "num_gpus": 4}
    with pytest.raises(InputError, match="lora-a needs 4 GPUs; the cluster has 2"):
        cluster._refuse_what_never_fits(wide, needs, {"CPU": 8.0, "GPU": 2.0})


def test_runs_may_share_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = tasks(tmp_path, monkeypatch)[0]
    half = replace(task, training=task.training.model_copy(update={"gpus_per_run": 0.5}))
    assert cluster._needs(half, on_gpu=True) == {"num_cpus": 1, "num_gpus": 0.5}
    assert cluster._needs(half, on_gpu=False) == {"num_cpus": 1}


def test_a_cluster_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="Ray is an extra: pip install 'bardsmith[ray]'")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(InputError, match=r"no Ray cluster(.|\n)*ray start --head"):
        cluster.train_all([], Silent())
