"""The card of a finished run: what it says, and that nothing a model wrote becomes markup."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from bardsmith.errors import RunError
from bardsmith.outputs import StudyFolder, digest, read_manifest
from bardsmith.training.card import card
from whole_study import Finished


def test_a_card_says_what_was_trained_on_what_and_which_checkpoint_was_kept(finished: Finished) -> None:
    text = (finished.folder.run("dora") / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(text.split("---")[1])
    assert (front["base_model"], front["library_name"]) == ("random:tiny", "peft")
    manifest = read_manifest(finished.folder.run("dora"))
    assert manifest is not None
    assert f"That of step {manifest.counts['chosen_step']};" in text
    assert "A DoRA adapter" in text
    assert digest(finished.folder.train) in text
    assert "| learning_rate | 0.01 |" in text
    assert "CC0-1.0 (9)" in text
    assert "PeftModel.from_pretrained" in text


def test_what_a_model_wrote_stays_within_its_block(finished: Finished, tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "tiny")
    shutil.copytree(finished.folder.root, folder.root)
    samples = folder.run("lora") / "samples.jsonl"
    evil = "````\n<script>alert(1)</script>\n# Not a heading"
    rows = [{**json.loads(line), "text": evil} for line in samples.read_text(encoding="utf-8").splitlines()]
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    block = card(folder, "lora").split("## A sample")[1].split("## Settings")[0].strip().splitlines()
    fence = next(line for line in block if line.startswith("`"))
    assert len(fence) == 5
    assert block.count(fence) == 2
    assert block[-1] == fence


def test_an_unfinished_run_has_no_card(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no finished run"):
        card(StudyFolder(tmp_path), "lora")
