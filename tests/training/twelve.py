"""Twelve tiny runs, of which one is killed and one asks for more memory than there is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bardsmith import pipeline
from bardsmith.outputs import StudyFolder
from bardsmith.progress import Silent
from bardsmith.study.load import load_study
from bardsmith.training.sequence import Task

STUDY = """
name: twelve
seed: 3
model: {base: "random:tiny", dtype: float32, device: cpu}
corpus: {sources: [CORPUS], held_out_prompts: 6, validation_items: 3}
training:
  defaults: {rank: 4, alpha: 8, learning_rate: 1.0e-2, warmup_steps: 1, batch_size: 2, accumulation: 2,
             max_length: 1024, epochs: 2, evaluate_every: 2}
  sampling: {temperature: 1.0, max_new_tokens: 8}
  runs:
    - {name: lora-a}
    - {name: dora-a, method: dora}
    - {name: crashing}
    - {name: lora-b, rank: 2}
    - {name: dora-b, method: dora, rank: 2}
    - {name: hungry, rank: 10000000000}
    - {name: lora-c, learning_rate: 2.0e-2}
    - {name: dora-c, method: dora, dropout: 0.1}
    - {name: lora-d, weight_decay: 0.01}
    - {name: lora-e, seed: 4}
    - {name: dora-e, method: dora, seed: 4}
    - {name: lora-f, method: rslora}
"""
SOUND = ("lora-a", "dora-a", "lora-b", "dora-b", "lora-c", "dora-c", "lora-d", "lora-e", "dora-e", "lora-f")
CORPUS = Path(__file__).parents[2] / "studies" / "tiny" / "conversations.jsonl"


def make_findable(monkeypatch: pytest.MonkeyPatch) -> None:
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)


def tasks(place: Path, monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """The study's runs, its corpus made; whoever is started after this finds the planted worker."""
    make_findable(monkeypatch)
    (place / "study.yaml").write_text(STUDY.replace("CORPUS", str(CORPUS)), encoding="utf-8")
    study, folder = load_study(place / "study.yaml"), StudyFolder(place / "twelve")
    pipeline.run_study(study, folder, Silent(), until="corpus")
    return [Task(run, study.model, study.training, study.seed, folder, "planted_worker") for run in study.training.runs]


def adapters(folder: StudyFolder) -> dict[str, bytes]:
    """Each run's adapter, byte for byte."""
    files = {name: folder.run(name) / "adapter" / "adapter_model.safetensors" for name in SOUND}
    return {name: file.read_bytes() for name, file in files.items() if file.exists()}
