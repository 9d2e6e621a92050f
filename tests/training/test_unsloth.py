"""What the backend Unsloth is refused for, before anything is loaded. It has never been run in these tests."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from pydantic import ValidationError
from twelve import tasks

from bardsmith.errors import InputError
from bardsmith.progress import Silent
from bardsmith.training import unsloth
from bardsmith.training.config import RunConfig
from bardsmith.training.sequence import carry_out


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"method": "dora"}, "does not speed dora up"),
        ({"method": "rsdora"}, "does not speed rsdora up"),
        ({"shards": 2}, "one GPU"),
        ({"packing": True}, "see one another"),
    ],
)
def test_what_it_cannot_do_is_refused_with_the_study(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        RunConfig.model_validate({"name": "a", "backend": "unsloth", **settings})


@pytest.mark.skipif(importlib.util.find_spec("unsloth") is not None, reason="Unsloth is installed")
def test_without_it_a_run_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = tasks(tmp_path, monkeypatch)[0]
    with pytest.raises(InputError, match=r"run lora-a has `backend: unsloth`, which is not installed(.|\n)*pip"):
        carry_out(replace(task, run=task.run.model_copy(update={"backend": "unsloth"}), trained_by=None), Silent())
    assert not (task.place / "manifest.json").exists()


def test_without_a_gpu_a_run_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setitem(sys.modules, "unsloth", ModuleType("unsloth"))
    with pytest.raises(InputError, match="needs a GPU"):
        unsloth.train({"run": {"name": "a"}}, Silent())
