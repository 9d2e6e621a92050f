"""The engine of a Ray cluster, on a real one: two machines that are processes here, of which one is lost on the way."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
from twelve import SOUND, adapters, tasks

from bardsmith.errors import InputError
from bardsmith.outputs import StudyFolder
from bardsmith.progress import Silent
from bardsmith.training import journal
from bardsmith.training.engines import cluster, local

ray = pytest.importorskip("ray", reason="Ray is an extra: pip install 'bardsmith[ray]'")
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Ray's clusters are not for Windows")


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head that trains one run at a time and knows within seconds when another machine is lost."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    for name in ("period", "timeout", "initial_delay"):
        monkeypatch.setenv(f"RAY_health_check_{name}_ms", "1000")
    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    monkeypatch.setenv("RAY_ADDRESS", found.address)
    yield found
    ray.shutdown()
    found.shutdown()


@pytest.mark.timeout(900)
def test_a_cluster_that_loses_a_machine_gives_the_results_of_one_machine(
    machines: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    there = tasks(tmp_path / "there", monkeypatch)
    lost = machines.add_node(num_cpus=1)
    killer = Thread(target=_kill_in_mid_run, args=(machines, lost, there[0].folder), daemon=True)
    killer.start()
    outcomes = cluster.train_all(there, Silent())
    killer.join(1)
    assert not killer.is_alive(), "no machine was lost"
    assert {outcome.run for outcome in outcomes if outcome.failure is None} == set(SOUND)
    assert {outcome.run for outcome in outcomes if outcome.failure} == {"crashing", "hungry"}
    begun = [entry.run for entry in journal.read(there[0].folder) if entry.event in ("started", "resumed")]
    assert len(begun) > len(there), "no run was begun again"

    here = tasks(tmp_path / "here", monkeypatch)
    local.train_all([task for task in here if task.name in SOUND], Silent())
    assert adapters(there[0].folder) == adapters(here[0].folder)
    assert set(adapters(there[0].folder)) == set(SOUND)


def _kill_in_mid_run(machines: Any, node: Any, folder: StudyFolder) -> None:
    """Takes the node away, as a power cut does, once a run on it has a checkpoint."""
    raylet = next(p for name, p in node.live_processes() if name == "raylet")
    while True:
        for process in psutil.Process(raylet.pid).children(recursive=True):
            for run in SOUND:
                is_its = _has_open(process, folder.run(run) / "log.txt")
                if is_its and list((folder.run(run) / "checkpoints").glob("*/complete")):
                    machines.remove_node(node, allow_graceful=False)
                    return
        time.sleep(0.1)


def _has_open(process: psutil.Process, file: Path) -> bool:
    try:
        return "planted_worker" in process.cmdline() and str(file) in [opened.path for opened in process.open_files()]
    except psutil.Error:
        return False


def test_what_no_machine_of_the_cluster_has_is_refused(
    machines: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = tasks(tmp_path, monkeypatch)[0]
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 1.0, "GPU": 2.0})
    on_gpu = replace(
        task,
        model=task.model.model_copy(update={"device": "auto"}),
        run=task.run.model_copy(update={"shards": 4}),
    )
    with pytest.raises(InputError, match="lora-a needs 4 GPUs; the cluster has 2"):
        cluster.train_all([on_gpu], Silent())


def test_shares_of_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = tasks(tmp_path, monkeypatch)[0]
    half = replace(task, training=task.training.model_copy(update={"gpus_per_run": 0.5}))
    assert cluster._needs(half, on_gpu=True) == {"num_cpus": 1, "num_gpus": 0.5}
    assert cluster._needs(half, on_gpu=False) == {"num_cpus": 1}


def test_a_cluster_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(InputError, match="no Ray cluster"):
        cluster.train_all([], Silent())
