"""Reads the gold sets that BARDSMITH_DATA points at; tests that need one that is absent are skipped with the reason."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest


def gold_path(name: str) -> Path:
    root = os.environ.get("BARDSMITH_DATA")
    if not root:
        pytest.skip("BARDSMITH_DATA is not set: the gold sets are not part of the project")
    path = Path(root) / name
    if not path.exists():
        pytest.skip(f"{name} is not below BARDSMITH_DATA")
    return path


def gold_rows(name: str, every: int = 1) -> list[dict[str, Any]]:
    """Rows of a JSONL file, or each `every`-th of them."""
    lines = gold_path(name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[::every]]


def gold_table(name: str) -> list[dict[str, str]]:
    with gold_path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
