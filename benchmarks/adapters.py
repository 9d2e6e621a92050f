"""How fast and how large a training step is: LoRA and DoRA of bardsmith beside stock PEFT and the fastest others.

    python benchmarks/adapters.py                  on a CUDA machine; whichever peers are installed
    python benchmarks/adapters.py --groups bf16    some of the groups below
    python benchmarks/adapters.py --cpu            the embedded study's runs, on this processor
    python benchmarks/adapters.py --picture        the picture from the stored results

Every implementation has a process of its own (some change transformers for all who share one) and takes its steps in
turns with our DoRA, step by step, on the same card: so what the card, its clock or a neighbour do, they do to both. A
step is forward, backward, clipping and AdamW. Mistral-Nemo's architecture with random weights, rank 32 on all seven
linear layers. Shown are medians over the steps and their spread, least to most.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from adapter_worker import RANK, Case
from nemo import GROUPS, HEAD, HEADS, INNER, VOCABULARY, WIDTH

from bardsmith.outputs import origin, write_json

RESULTS = Path(__file__).parent / "results"
PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "adapters.png"
NEEDS = {"ours": "torch", "peft": "peft", "liger": "liger_kernel", "unsloth": "unsloth"}
NEEDS |= {"axolotl": "axolotl", "axolotl-stale": "axolotl"}

PEERS: tuple[tuple[str, str], ...] = (
    ("ours", "lora"),
    ("peft", "dora"),
    ("peft", "lora"),
    ("liger", "dora"),
    ("liger", "lora"),
)
PEERS += (("axolotl", "dora"), ("axolotl-stale", "dora"), ("axolotl", "lora"), ("unsloth", "lora"))


def groups(checkpoint: str | None) -> dict[str, list[Case]]:
    """Named lists of cases; the first of a list is the one that all others step in turns with."""
    found = {}
    for base in ("bf16", "nf4"):
        anchor = Case("ours", "dora", base)
        peers = [Case(name, method, base, checkpoint=checkpoint) for name, method in PEERS]
        found[base] = [anchor, *peers]
    for method in ("dora", "lora"):  # two of these do not fit on a card beside one another
        found[f"kept-{method}"] = [Case("ours", method, "bf16", checkpointing=False)]
    for length in (512, 2048):
        small = {"base": "nf4", "rows": 1, "length": length, "cap_gib": 11.2}
        cases = [("ours", "dora"), ("ours", "lora"), ("liger", "dora"), ("liger", "lora"), ("axolotl", "dora")]
        found[f"12gb-{length}"] = [Case(*case, **small) for case in cases]  # type: ignore[arg-type]
    found["micro"] = [  # 8,192 tokens in one, two or four micro-batches
        Case("ours", method, "nf4", rows=rows, length=2048, accumulation=4 // rows)
        for method, rows in (("dora", 1), ("dora", 2), ("dora", 4), ("lora", 1), ("lora", 4))
    ]
    recorded = {
        f"{name}-graphs": [replace(case, graphs=case.implementation == "ours") for case in cases]
        for name, cases in found.items()
    }
    return found | recorded


class Worker:
    """One case in its process."""

    def __init__(self, case: Case, log: Path) -> None:
        self.case = case
        self.seconds: list[float] = []
        self.found: dict[str, Any] = {}
        command = [sys.executable, str(Path(__file__).with_name("adapter_worker.py"))]
        command.append(json.dumps(asdict(case)))
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log.open("a"), text=True
        )

    def ask(self, what: str) -> bool:
        """Waits for the answer; False, and `failed` in what was found, if there was none or a failure was told."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if "failed" in self.found:
            return False
        try:
            if what != "start":
                self.process.stdin.write(what + "\n")
                self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        answer = json.loads(line) if line else {"failed": "its process ended; the log says why"}
        if what == "step" and "seconds" in answer:
            self.seconds.append(float(answer["seconds"]))
        else:
            self.found |= answer
        return "failed" not in answer

    def end(self) -> None:
        self.ask("finish")
        self.process.kill()
        self.process.wait()


def compare(cases: list[Case], steps: int, log: Path, told: Callable[[dict[str, Any]], None]) -> None:
    """Runs the cases, each in turns with the first, and tells one row of results a case, the first case's last."""
    workers = []
    for case in cases:  # all are started at once: what takes a while is their imports
        fault = _fault(case)
        if fault is None:
            workers.append(Worker(case, log))
        else:
            told({**_named(case), "failed": fault})
    anchor = workers[0]
    for worker in workers:  # none steps while another imports: steps of large models wait for their processor, too
        worker.ask("start")
    beside = anchor.ask("build")
    for worker in workers[1:]:
        alive = worker.ask("build")
        before = len(anchor.seconds)
        for _ in range(steps if alive else 0):
            if not worker.ask("step"):
                break
            beside = beside and anchor.ask("step")
        worker.end()
        told(_row(worker, anchor.seconds[before:]))
    for _ in range(0 if workers[1:] else steps):
        anchor.ask("step")
    anchor.end()
    told(_row(anchor, []))


def _fault(case: Case) -> str | None:
    if importlib.util.find_spec(NEEDS[case.implementation]) is None:
        return "not installed"
    if case.implementation == "unsloth" and case.checkpoint is None:
        return "needs --checkpoint, a folder that nemo.py has filled"
    return None


def _named(case: Case) -> dict[str, Any]:
    return {name: value for name, value in asdict(case).items() if name != "checkpoint"}


def _row(worker: Worker, beside: list[float]) -> dict[str, Any]:
    case = worker.case
    row: dict[str, Any] = {**_named(case), **worker.found, "steps": len(worker.seconds)}
    row.pop("ready", None)
    if worker.seconds:
        median = statistics.median(worker.seconds)
        tokens = case.rows * case.length * case.accumulation
        row |= {"seconds": median, "least": min(worker.seconds), "most": max(worker.seconds)}
        row |= {"tokens_per_second": tokens / median, "useful_tflops": useful_flops(case) / median / 1e12}
    if beside and worker.seconds:
        row["our_dora_beside"] = statistics.median(beside)
        row["times_our_dora"] = row["seconds"] / row["our_dora_beside"]
    return row


def useful_flops(case: Case) -> float:
    """Of one step: two a weight and token for the product, as many for its gradient; what is repeated counts once."""
    kv = GROUPS * HEAD
    layer = WIDTH * (HEADS * HEAD + 2 * kv) + HEADS * HEAD * WIDTH + 3 * WIDTH * INNER
    sizes = 2 * (WIDTH + HEADS * HEAD) + 2 * (WIDTH + kv) + 3 * (WIDTH + INNER)
    attention = 2 * case.length * HEADS * HEAD  # causal: half of the length on average, forward
    a_token = case.layers * (4 * layer + 6 * RANK * sizes + 3.5 * attention) + 4 * VOCABULARY * WIDTH
    return float(a_token * case.rows * case.length * case.accumulation)


def _line(row: dict[str, Any]) -> str:
    shape = f"{row['accumulation']} x {row['rows']} x {row['length']}"
    shape += ", graphs" if row["graphs"] else ""
    name = f"{row['implementation']:14s}{row['method']:6s}{row['base']:6s}{shape:22s}"
    if "seconds" not in row:
        return f"{name}{row.get('failed', 'no step')}"
    ratio = f"{row['times_our_dora']:6.2f} x our DoRA" if "times_our_dora" in row else " " * 16
    spread = f"({1000 * row['least']:.0f}..{1000 * row['most']:.0f})"
    told = f"{name}{1000 * row['seconds']:8.1f} ms {spread:14s}{row['tokens_per_second']:8.0f} tok/s"
    return f"{told}{row.get('peak', float('nan')):8.2f} GiB{row['useful_tflops']:6.0f} TFLOP/s{ratio}"


def ceiling() -> dict[str, Any]:
    """The card's name and what it multiplies: bfloat16 matrices of 8192 by 8192, median of ten."""
    source = """
import json, time, torch
a, b = torch.randn(2, 8192, 8192, device="cuda", dtype=torch.bfloat16)
taken = []
for _ in range(15):
    torch.cuda.synchronize(); started = time.perf_counter()
    for _ in range(10): a @ b
    torch.cuda.synchronize(); taken.append((time.perf_counter() - started) / 10)
print(json.dumps({"card": torch.cuda.get_device_name(), "gemm_tflops": 2 * 8192**3 / sorted(taken[5:])[5] / 1e12}))
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"This benchmark needs a CUDA card; --cpu needs none.\n{done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    every = ", ".join(groups(None))
    asked.add_argument("--groups", nargs="*", default=None, help=every)
    asked.add_argument("--only", nargs="*", default=None, help="beside our DoRA, as in `peft-dora unsloth-lora`")
    asked.add_argument("--steps", type=int, default=10)
    asked.add_argument("--checkpoint", help="a folder with the model's weights, for Unsloth")
    asked.add_argument("--out", type=Path, default=None)
    asked.add_argument("--cpu", action="store_true")
    asked.add_argument("--picture", action="store_true")
    options = asked.parse_args()
    if options.cpu or options.picture:
        import adapter_cpu
        import adapter_picture

        adapter_cpu.main() if options.cpu else adapter_picture.draw(RESULTS, PICTURE)
        return
    card = ceiling()
    print(card, flush=True)
    name = card["card"].replace("NVIDIA ", "").replace(" ", "-").lower()
    out = options.out or RESULTS / f"adapters-{name}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    command = "python benchmarks/adapters.py " + " ".join(sys.argv[1:])
    earlier = json.loads(out.read_text(encoding="utf-8"))["runs"] if out.exists() else []
    run = {**card, "command": command, "origin": origin().model_dump(), "date": time.strftime("%Y-%m-%d"), "rows": []}

    def told(row: dict[str, Any]) -> None:
        print(_line(row), flush=True)
        run["rows"].append({"group": group, **row})
        write_json(out, {"runs": [*earlier, run]})

    for group, cases in groups(options.checkpoint).items():
        if options.groups and group not in options.groups:
            continue
        print(f"-- {group}", flush=True)
        wanted = [case for case in cases[1:] if not options.only or _name(case) in options.only]
        compare([cases[0], *wanted], options.steps, out.with_suffix(".log"), told)


def _name(case: Case) -> str:
    return f"{case.implementation}-{case.method}"


if __name__ == "__main__":
    main()
