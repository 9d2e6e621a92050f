"""The card of a run, in the format of the hub: what was trained on what, which checkpoint was kept and why."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bardsmith.errors import RunError
from bardsmith.outputs import Manifest, StudyFolder, read_manifest, read_records
from bardsmith.records import Conversation
from bardsmith.standing import read_rows

SHOWN = 1200
"""Characters of the sample."""


def card(folder: StudyFolder, run: str) -> str:
    """README.md of a finished run, from its own files: the same run has the same card."""
    place = folder.run(run)
    manifest = read_manifest(place)
    if manifest is None:
        raise RunError(f"{place} holds no finished run", "Train it: bardsmith train")
    rows, prompts = read_records(folder.train, Conversation), len(read_records(folder.validation, Conversation))
    metrics, samples = read_rows(place / "metrics.jsonl"), read_rows(place / "samples.jsonl")
    sections = [
        *_heading(run, manifest),
        *_data(manifest, rows),
        *_checkpoint(manifest, [row for row in metrics if "validation_loss" in row], prompts),
        *_sample(manifest, samples),
        *_settings(manifest),
        *_loading(manifest),
        *_licence(manifest, rows),
    ]
    return "\n\n".join(sections) + "\n"


def _heading(run: str, manifest: Manifest) -> Iterator[str]:
    base = manifest.config["model"]["base"]
    lines = ["---", f"base_model: {json.dumps(base)}", "library_name: peft", "pipeline_tag: text-generation"]
    lines += ["language:", "- en", "tags:", "- poetry", "- verse", f"- {manifest.config['run']['method']}", "---"]
    yield "\n".join(lines)
    yield f"# {run}"
    method = manifest.config["run"]["method"].replace("ora", "oRA").replace("l", "L").replace("d", "D")
    yield (
        f"A {method} adapter for `{base}`, trained to answer every conversation in verse. Made with bardsmith "
        f"{manifest.origin.bardsmith}."
    )


def _data(manifest: Manifest, rows: Sequence[Conversation]) -> Iterator[str]:
    yield "## Data"
    yield f"{manifest.counts['rows']} of {len(rows)} conversations, told apart from any other corpus by their SHA-256:"
    yield _table(("file", "SHA-256"), [(name, f"`{digest}`") for name, digest in manifest.inputs.items()])


def _checkpoint(manifest: Manifest, evaluations: Sequence[dict[str, Any]], prompts: int) -> Iterator[str]:
    chosen = manifest.counts["chosen_step"]
    yield "## The kept checkpoint"
    yield (
        f"That of step {chosen}; the run ended at step {manifest.counts['steps']}. Every checkpoint answered the "
        f"{prompts} validation prompts, and the verse room scored the answers from 0 to 1; one that was cut off has 0. "
        "The earliest is kept that the one with the highest mean does not beat in pairs, beyond the 95 % bootstrap "
        "interval. The loss is shown and does not choose: it falls while poems break. The intervals are over prompts; "
        "they say nothing of other seeds, and a chosen one's score is flattered by the choice."
    )
    header = ("step", "score", "95 % interval", "verse", "ended", "looping", "validation loss", "kept")
    yield _table(header, [_evaluation(row, is_kept=row["step"] == chosen) for row in evaluations])


def _evaluation(row: dict[str, Any], is_kept: bool) -> tuple[object, ...]:
    interval = f"{row['validation_score_low']:.2f} to {row['validation_score_high']:.2f}"
    shares = [f"{row[f'validation_{name}']:.0%}" for name in ("verse", "complete", "loops")]
    loss = f"{row['validation_loss']:.3f}"
    return (row["step"], f"{row['validation_score']:.2f}", interval, *shares, loss, "yes" if is_kept else "")


def _sample(manifest: Manifest, samples: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The first validation prompt's answer, good or bad, as the kept checkpoint gave it."""
    sample = next((row for row in samples if row["step"] == manifest.counts["chosen_step"]), None)
    if sample is not None:
        yield "## A sample"
        yield "The first validation prompt, and what the kept checkpoint answered; it was not picked."
        yield _fenced(f"{sample['question']}\n\n{sample['text']}")


def _settings(manifest: Manifest) -> Iterator[str]:
    yield "## Settings"
    settings = dict(manifest.config["run"])
    if settings["seed"] is None:
        settings["seed"] = manifest.config["seed"]
    settings |= {f"model.{key}": value for key, value in manifest.config["model"].items()}
    yield _table(("setting", "value"), [(key, _plain(value)) for key, value in settings.items() if key != "name"])
    yield "\n".join(f"- {note}" for note in manifest.notes)
    versions = ", ".join(f"{name} {version}" for name, version in manifest.origin.packages.items())
    yield f"With Python {manifest.origin.python} on {manifest.origin.platform}: {versions}."


def _loading(manifest: Manifest) -> Iterator[str]:
    base = manifest.config["model"]["base"]
    yield "## How to load it"
    if base.startswith(("embedded:", "random:")):
        yield "The base comes with bardsmith, whose arena loads both. With PEFT, given the base's folder:"
        base = "path/to/the/base"
    yield _fenced(
        "from peft import PeftModel\n"
        "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
        f"base = AutoModelForCausalLM.from_pretrained({base!r})\n"
        'model = PeftModel.from_pretrained(base, "adapter")\n'
        f"tokenizer = AutoTokenizer.from_pretrained({base!r})",
        "python",
    )
    yield "Ask it with the chat template it was trained with, and with the same system prompt, if there was one."


def _licence(manifest: Manifest, rows: Sequence[Conversation]) -> Iterator[str]:
    yield "## Licence"
    counts = Counter(row.licence or "not said" for row in rows)
    named = ", ".join(f"{licence} ({number})" for licence, number in counts.most_common())
    yield (
        f"The licence of the base (`{manifest.config['model']['base']}`) holds for what is made from it. The "
        f"conversations are under: {named}; the numbers are rows of the whole corpus."
    )


def _fenced(text: str, language: str = "") -> str:
    """A code block that no text can end from within; what a model wrote never becomes markup."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text if len(text) <= SHOWN else text[:SHOWN] + ' ...'}\n{fence}"


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
