"""What is known of a run besides its answers is that of the checkpoint that was kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bardsmith.evaluation.runs import trained
from bardsmith.outputs import Manifest, origin, write_manifest

ROWS: list[dict[str, Any]] = [
    {"step": 0, "prose_perplexity": 20.0, "facts_known": 0.8, "validation_score": 0.9},
    {"step": 5, "loss": 2.0},
    {"step": 5, "prose_perplexity": 25.0, "facts_known": 0.7, "validation_score": 0.4},
    {"step": 9, "prose_perplexity": 90.0, "facts_known": 0.3, "validation_score": 0.5},
]


def place(folder: Path, rows: list[dict[str, Any]], chosen: int) -> Path:
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    counts = {"chosen_step": chosen}
    origins = origin()
    write_manifest(
        folder, Manifest(stage="training", config={}, inputs={}, outputs={}, counts=counts, seconds=0, origin=origins)
    )
    return folder


def test_score_and_memory_are_the_kept_checkpoints(tmp_path: Path) -> None:
    """Neither the untouched base's at step 0, nor those of a later checkpoint that nobody kept."""
    found = trained({"name": "d", "method": "rsdora", "rank": 8, "seed": None}, place(tmp_path, ROWS, 5))
    assert (found.is_dora, found.validation) == (True, 0.4)
    assert found.settings == {"rank": 8, "rank_stabilised": True}
    assert found.forgetting is not None
    assert found.forgetting.perplexity_ratio == pytest.approx(1.25)
    assert (found.forgetting.facts_base, found.forgetting.facts) == (0.8, 0.7)


def test_what_was_not_measured_is_not_known(tmp_path: Path) -> None:
    assert trained({"method": "lora"}, place(tmp_path, ROWS[1:], 5)).forgetting is None
    assert trained({"method": "lora"}, tmp_path / "none").validation is None
