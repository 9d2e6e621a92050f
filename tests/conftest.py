"""What every test shares: one processor thread each and no hub, set before a library reads them on import; and the
tiny study, run once without a break."""

from __future__ import annotations

import os
import time

import pytest

from bardsmith.outputs import StudyFolder
from whole_study import Finished, bardsmith

os.environ.update(OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
# MKL picks kernels by where an array lies in memory, so that a resumed run may differ from one that was not killed in
# the last bit; in this mode it does not, and whatever then differs is ours.
os.environ["MKL_CBWR"] = "COMPATIBLE"


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The tiny study, run without a break."""
    here = tmp_path_factory.mktemp("whole")
    started = time.monotonic()
    done = bardsmith("run", "--study", "tiny", cwd=here)
    assert done.returncode == 0, done.stderr
    return Finished(StudyFolder(here / "outputs" / "tiny"), time.monotonic() - started, done.stdout)
