"""Twelve runs, one of them killed and one too large for any memory: by one machine, and by a cluster that loses one."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
from rich.console import Console
from twelve import SOUND, adapters, make_findable, tasks

from bardsmith.outputs import StudyFolder
from bardsmith.progress import Silent
from bardsmith.runs_table import RunsTable
from bardsmith.training import journal
from bardsmith.training.engines import cluster, local
from bardsmith.training.sequence import Outcome, Task

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL, and Ray no clusters there"),
]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[Task], list[Outcome]]]:
    """All twelve, carried out on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        given = tasks(tmp_path_factory.mktemp("here"), patch)
        yield given, local.train_all(given, Silent())


def test_twelve_runs_end_in_ten_results_and_two_explained_failures(here: tuple[list[Task], list[Outcome]]) -> None:
    given, outcomes = here
    folder = given[0].folder
    assert [outcome.run for outcome in outcomes if outcome.failure is None] == list(SOUND)
    assert len(set(adapters(folder).values())) == len(SOUND)

    table = _printed(RunsTable(folder, [task.name for task in given]))
    assert [len(re.findall(rf" {state} ", table)) for state in ("done", "failed")] == [10, 2]
    assert re.search(r"crashing failed: .*killed it, most likely for want of memory\s.*lower batch_size", table)
    assert re.search(r"hungry failed: run hungry ran out of memory\nLower batch_size", table)

    events = [(entry.run, entry.event) for entry in journal.read(folder)]
    assert events == [
        (task.name, event) for task in given for event in ("started", "finished" if task.name in SOUND else "failed")
    ]
    assert all(entry.remedy for entry in journal.read(folder) if entry.event == "failed")

    # Given again, what is done is left as it is and what failed is tried again.
    before = adapters(folder)
    again = local.train_all([task for task in given if task.name in (*SOUND[:2], "crashing")], Silent())
    assert [outcome.failure is None for outcome in again] == [True, True, False]
    new = [(entry.run, entry.event) for entry in journal.read(folder)[len(events) :]]
    assert new == [("crashing", "started"), ("crashing", "failed")]
    assert adapters(folder) == before


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster of real Ray processes; its head trains one run at a time and soon knows when a machine is lost."""
    ray = pytest.importorskip("ray", reason="Ray is an extra: pip install 'bardsmith[ray]'")
    from ray.cluster_utils import Cluster

    for name in ("period", "timeout", "initial_delay"):
        monkeypatch.setenv(f"RAY_health_check_{name}_ms", "1000")
    make_findable(monkeypatch)
    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    monkeypatch.setenv("RAY_ADDRESS", found.address)
    yield found
    ray.shutdown()
    found.shutdown()


def test_a_cluster_that_loses_a_machine_gives_the_results_of_one_machine(
    machines: Any, here: tuple[list[Task], list[Outcome]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tasks(tmp_path, monkeypatch)
    folder = given[0].folder
    lost = machines.add_node(num_cpus=1)
    killer = Thread(target=_take_away_in_mid_run, args=(machines, lost, folder), daemon=True)
    killer.start()
    outcomes = cluster.train_all(given, Silent())
    killer.join(1)
    assert not killer.is_alive(), "no machine was lost"
    assert {outcome.run for outcome in outcomes if outcome.failure} == {"crashing", "hungry"}
    assert any(entry.event == "resumed" for entry in journal.read(folder)), "no run was gone on with"
    assert set(adapters(folder)) == set(SOUND)
    assert adapters(folder) == adapters(here[0][0].folder)


def _take_away_in_mid_run(machines: Any, node: Any, folder: StudyFolder) -> None:
    """Ends a machine's processes, as a power cut does, once a run on it has a checkpoint and is still at work."""
    raylet = psutil.Process(next(process.pid for name, process in node.live_processes() if name == "raylet"))
    while True:
        logs = {path for process in raylet.children(recursive=True) for path in _open_files(process)}
        for run in SOUND:
            has_checkpoint = any((folder.run(run) / "checkpoints").glob("*/complete"))
            if has_checkpoint and str(folder.run(run) / "log.txt") in logs:
                machines.remove_node(node, allow_graceful=False)
                return
        time.sleep(0.05)


def _open_files(process: psutil.Process) -> list[str]:
    try:
        return [opened.path for opened in process.open_files()]
    except psutil.Error:
        return []


def _printed(table: RunsTable) -> str:
    console = Console(width=200, no_color=True)
    with console.capture() as capture:
        console.print(table)
    return capture.get()
