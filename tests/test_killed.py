"""A study that is killed ends as if it had not been."""

from __future__ import annotations

import random
import signal
import subprocess
from pathlib import Path

import pytest

from whole_study import COMMAND, Finished, bardsmith, results

KILLS = 10


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.timeout(900)
def test_a_study_killed_at_ten_random_instants_ends_as_if_it_had_not(finished: Finished, tmp_path: Path) -> None:
    """A study that ends before its kill is compared, and the next one is begun in a folder of its own."""
    wanted = results(finished.folder.root)
    instants, kills, place = random.Random(), 0, tmp_path / "0"
    while kills < KILLS:
        place.mkdir(exist_ok=True)
        delay = instants.uniform(0.3, 0.6 * finished.seconds)
        process = subprocess.Popen([*COMMAND, "run", "--study", "tiny"], cwd=place, stderr=subprocess.PIPE)
        try:
            process.communicate(timeout=delay)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
            continue
        assert process.returncode == 0
        assert results(place / "outputs" / "tiny") == wanted, f"differs after {kills} kills"
        place = tmp_path / str(kills)
    place.mkdir(exist_ok=True)
    last = bardsmith("run", "--study", "tiny", cwd=place)
    assert last.returncode == 0, last.stderr
    assert results(place / "outputs" / "tiny") == wanted
