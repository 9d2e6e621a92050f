"""The picture of the stored results: `adapters.py --picture`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NAMES = {"ours": "bardsmith", "peft": "PEFT", "liger": "PEFT + Liger", "axolotl": "Axolotl", "unsloth": "Unsloth"}
NAMES |= {"axolotl-stale": "Axolotl as shipped (norm never refreshed)"}


def draw(results: Path, picture: Path) -> None:
    """Tokens a second at 8 x 512 with checkpointing: a line of panels a card, a panel a type of base."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    cards = [measured(path) for path in sorted(results.glob("adapters-*.json"))]
    figure, panels = plt.subplots(len(cards), 2, figsize=(13, 3.2 * len(cards)), squeeze=False)
    for line, (card, rows) in zip(panels, cards, strict=True):
        for panel, base in zip(line, ("bf16", "nf4"), strict=True):
            shown = sorted((row for row in rows if row["base"] == base), key=lambda row: row["tokens_per_second"])
            methods = {"lora": "LoRA", "dora": "DoRA"}
            graphs = [", CUDA graphs" if row.get("graphs") else "" for row in shown]
            labels = [
                f"{NAMES[row['implementation']]}: {methods[row['method']]}{how}"
                for row, how in zip(shown, graphs, strict=True)
            ]
            colours = ["#b5651d" if row["implementation"] == "ours" else "#8a8f98" for row in shown]
            speeds = [row["tokens_per_second"] for row in shown]
            bars = panel.barh(labels, speeds, color=colours)
            told = [f"{row['tokens_per_second']:,.0f}  ({row['peak']:.1f} GiB)" for row in shown]
            panel.bar_label(bars, told, padding=3)
            panel.set_title(f"{card}: 12B in {base}, 8 x 512 tokens")
            panel.set_xlim(0, 1.5 * max(speeds))
            panel.set_xlabel("tokens a second (peak memory)")
    figure.tight_layout()
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=110)


def measured(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """The card, and of each implementation, method and base the last row of the usual shape."""
    runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
    found = {}
    for row in (row for run in runs for row in run["rows"]):
        usual = (row["rows"], row["length"]) == (8, 512) and row["checkpointing"] and row["cap_gib"] is None
        if usual and "seconds" in row:
            found[row["implementation"], row["method"], row["base"], row.get("graphs", False)] = row
    return runs[0]["card"], list(found.values())
