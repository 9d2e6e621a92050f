"""The plan beside what is measured: python benchmarks/plan.py --base DIR [--out FILE] [--only RUN ...] (needs a GPU).

DIR is made on first use: the Mistral-Nemo architecture with random weights, 23 GiB, for memory and time do not depend
on their values. Of the shipped study `bardic`, one run of each kind that differs in memory is trained for some seconds
on rows of its full length, with the base in NF4 as it ships and in bfloat16, through the product's own loading,
adapters and trainer. Exits with 1 if an estimate is more than 10 % away from the peak that PyTorch counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

import torch
from nemo import make_base

from bardsmith.models.config import ModelConfig
from bardsmith.outputs import StudyFolder, origin, write_json, write_records
from bardsmith.progress import Silent
from bardsmith.records import Conversation, Message
from bardsmith.study.load import find_study, load_study
from bardsmith.training.config import TrainingConfig
from bardsmith.training.plan.main import plan, probe

CASES: tuple[tuple[Literal["none", "nf4"], str], ...] = (
    ("nf4", "lora-r16-1k"),
    ("nf4", "lora-r32-1k"),
    ("nf4", "lora-r32-1k-do5"),
    ("nf4", "dora-r32-1k"),
    ("nf4", "dora-r64-1k"),
    ("none", "lora-r32-1k"),
    ("none", "dora-r32-1k"),
)
"""How the base is held, and the run."""
LENGTH = 1024
"""Tokens of a row: the study's max_length."""
ROWS = 32
SECONDS = 3.0
MOST_AWAY = 0.10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=40, help="fewer, to try the script out")
    parser.add_argument("--only", nargs="*", default=None, help="cases such as nf4/lora-r32-1k")
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    if not (options.base / "tokenizer.json").exists():
        make_base(options.base, options.layers)
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="bardsmith-plan-") as scratch:
        folder = StudyFolder(Path(scratch))
        make_rows(folder)
        print(f"{'':26}{'planned':>10}{'allocated':>11}{'reserved':>10}{'away':>8}{'s/step':>9}{'planned':>9}")
        for quantization, name in CASES:
            if options.only is None or f"{quantization}/{name}" in options.only:
                found.append(measured(quantization, name, options.base, folder))
                if options.out:
                    write_results(options.out, options.layers, found)
    return int(any(abs(case["away"]) > MOST_AWAY for case in found))


def measured(quantization: Literal["none", "nf4"], name: str, base: Path, folder: StudyFolder) -> dict[str, Any]:
    """One run of the shipped study, planned and probed."""
    study = load_study(find_study("bardic"))
    (run,) = (each for each in study.training.runs if each.name == name)
    model = ModelConfig(base=str(base), dtype="bfloat16", quantization=quantization)
    config = TrainingConfig(runs=(run,), sampling=study.training.sampling)
    (planned,) = plan(config, model, folder, study.seed, None, Silent()).runs
    took = probe(run, model, folder, study.seed, SECONDS, Silent())
    away = planned.allocated_gib / took["gib"] - 1
    seconds = f"{planned.step_seconds:.2f}" if planned.step_seconds else "?"
    print(
        f"{quantization + '/' + name:26}{planned.allocated_gib:10.2f}{took['gib']:11.2f}"
        f"{took.get('reserved_gib', 0):10.2f}{away:+8.1%}{took['seconds']:9.2f}{seconds:>9}",
        flush=True,
    )
    return {"case": f"{quantization}/{name}", "planned": planned.model_dump(), "measured": took, "away": away}


def write_results(path: Path, layers: int, found: list[dict[str, Any]]) -> None:
    """What was found so far, with where and how."""
    about = {
        "command": " ".join(["python", *sys.argv]),
        "card": torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU",
        "layers": layers,
        "origin": origin().model_dump(),
        "cases": found,
    }
    write_json(path, about)


def make_rows(folder: StudyFolder) -> None:
    """Conversations of nearly LENGTH bytes, which are tokens here, half of them learned."""
    marks = 40  # that the template writes around a question and an answer
    words = "the sea upon the shingle sighs and sings and sighs again "
    half = (words * LENGTH)[: LENGTH // 2 - marks // 2].strip()

    def row(number: int) -> Conversation:
        messages = (Message(role="user", content=half), Message(role="assistant", content=half))
        return Conversation(id=f"row-{number}", item=f"item-{number}", kind="chat", messages=messages)

    write_records(folder.train, [row(number) for number in range(ROWS)])
    write_records(folder.validation, [row(ROWS)])


if __name__ == "__main__":
    sys.exit(main())
