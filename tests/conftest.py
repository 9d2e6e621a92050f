"""What every test shares: one processor thread each, no hub, a cache of the session's own for small models."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _alone_and_offline() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
