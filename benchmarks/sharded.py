"""One run on one GPU and over several: python benchmarks/sharded.py --base DIR [--shards 2] [--out FILE].

DIR is made on first use: the Mistral-Nemo architecture with random weights (23 GiB with its 40 layers), for memory and
time do not depend on their values. The same LoRA run is trained by `bardsmith train` on one GPU (left out with
--only-spread, where it does not fit) and spread over all with FSDP2. Prints seconds and tokens a step, memory of the
first GPU, and how far the two runs' losses are apart; exits with 1 if a run failed or they part by over 0.02.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
import yaml
from nemo import make_base

from bardsmith.outputs import StudyFolder, origin, read_manifest, write_json, write_text
from bardsmith.standing import read_rows

STEPS = 8
WARM_UP = 2
"""Steps that are not timed."""
FARTHEST = 0.02
"""Between two losses of one step, in nats: bfloat16 sums in another order."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--shards", type=int, default=2)
    parser.add_argument("--method", choices=["lora", "dora"], default="lora")
    parser.add_argument("--layers", type=int, default=40, help="fewer, to try the script out")
    parser.add_argument("--only-spread", action="store_true")
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    if not (options.base / "tokenizer.json").exists():
        make_base(options.base, options.layers)
    runs = {"spread": options.shards} if options.only_spread else {"one": 1, "spread": options.shards}
    with tempfile.TemporaryDirectory(prefix="bardsmith-sharded-") as scratch:
        write_text(Path(scratch) / "study.yaml", yaml.safe_dump(study(options.base, options.method, runs)))
        command = [sys.executable, "-m", "bardsmith", "train", "study.yaml"]
        code = subprocess.run(command, cwd=scratch, check=False).returncode
        folder = StudyFolder(Path(scratch) / "outputs" / "sharded")
        found = {run: measured(folder.run(run)) for run in runs if read_manifest(folder.run(run)) is not None}
        for run in runs:
            if run not in found:
                log = folder.run(run) / "log.txt"
                print(f"{run} failed; the end of its log:\n{log.read_text()[-4000:] if log.exists() else '(none)'}")
    for run, figures in found.items():
        print(run, {name: value for name, value in figures.items() if name != "losses"})
    apart = None
    if len(found) == 2:
        losses = zip(found["one"]["losses"], found["spread"]["losses"], strict=True)
        apart = max(abs(one - spread) for one, spread in losses)
        print(f"losses of a step are at most {apart:.4f} apart")
    if options.out:
        card = torch.cuda.get_device_name(0)
        settings = {"layers": options.layers, "method": options.method, "card": card, "shards": options.shards}
        write_json(options.out, {**settings, "runs": found, "apart": apart, "origin": origin().model_dump(mode="json")})
    return int(code != 0 or (apart is not None and apart > FARTHEST))


def study(base: Path, method: str, runs: dict[str, int]) -> dict[str, Any]:
    """The starter corpus, few steps, short answers."""
    settings = {
        "method": method,
        "batch_size": 1,
        "accumulation": 8,
        "max_length": 4096,
        "max_steps": STEPS,
        "evaluate_every": STEPS // 2,
        "gradient_checkpointing": True,
        "adapter_backend": "peft",
        "stop_looping": False,
    }
    return {
        "name": "sharded",
        "seed": 1,
        "model": {"base": str(base.absolute()), "dtype": "bfloat16"},
        "corpus": {"sources": ["starter"], "validation_items": 4},
        "training": {
            "defaults": settings,
            "sampling": {"max_new_tokens": 16},
            "runs": [{"name": name, "shards": shards} for name, shards in runs.items()],
        },
    }


def measured(run: Path) -> dict[str, Any]:
    """Of the steps after the warm-up; losses of all."""
    paces = [row for row in read_rows(run / "pace.jsonl") if row["step"] > WARM_UP]
    return {
        "seconds_per_step": round(statistics.median(row["seconds"] for row in paces), 3),
        "tokens_per_second": round(sum(row["tokens"] for row in paces) / sum(row["seconds"] for row in paces)),
        "gib_of_the_first_gpu": round(max(row["memory"] for row in paces) / 2**30, 2),
        "adapter_bytes": (run / "adapter" / "adapter_model.safetensors").stat().st_size,
        "losses": [row["loss"] for row in read_rows(run / "metrics.jsonl") if "loss" in row],
    }


if __name__ == "__main__":
    sys.exit(main())
