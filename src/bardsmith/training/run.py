"""One run, in a process of its own: from rows to the adapter whose checkpoint writes best."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from bardsmith.errors import InputError, RunError
from bardsmith.models.config import ModelConfig
from bardsmith.models.load import dtype_of, load_base, load_tokenizer
from bardsmith.models.rendering import Row, render_example
from bardsmith.outputs import Manifest, StudyFolder, digests, origin, read_records, write_manifest
from bardsmith.progress import Progress
from bardsmith.records import Conversation, Sampling
from bardsmith.training.adapters import add_adapter
from bardsmith.training.config import RunConfig
from bardsmith.training.monitor import COMPLETE, Monitor, Sampler, evaluations
from bardsmith.training.trainer import build_trainer
from bardsmith.workers import serve


def train(request: dict[str, Any], progress: Progress) -> None:
    """Trains one run and writes its folder, manifest last; goes on from the last whole checkpoint if there is one."""
    started = time.monotonic()
    run = RunConfig.model_validate(request["run"])
    model_config = ModelConfig.model_validate(request["model"])
    study = StudyFolder(Path(request["folder"]))
    folder, seed = study.run(run.name), request["seed"] if run.seed is None else run.seed
    folder.mkdir(parents=True, exist_ok=True)
    checkpoints = folder / "checkpoints"

    progress.update(f"run {run.name}", 0, 1)
    tokenizer = load_tokenizer(model_config, progress)
    validation = read_records(study.validation, Conversation)
    rows, notes = _rows(tokenizer, read_records(study.train, Conversation), run)
    validation_rows, _ = _rows(tokenizer, validation, run.model_copy(update={"items": None}))
    for note in notes:
        progress.say(f"run {run.name}: {note}")
    sampler = Sampler(tokenizer, validation, Sampling.model_validate(request["sampling"]), seed)
    monitor = Monitor(folder, f"run {run.name}", sampler, progress)
    model = add_adapter(load_base(model_config, progress), run, seed)
    trainer = build_trainer(model, tokenizer, run, rows, validation_rows, checkpoints, seed, [monitor])
    _go_on(trainer, _last_whole(checkpoints), run.name)

    best = max(evaluations(monitor.metrics), key=lambda evaluation: evaluation.rank())
    _adopt(checkpoints / f"checkpoint-{best.step}", folder / "adapter")
    (folder / "failure.json").unlink(missing_ok=True)
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    steps = trainer.args.max_steps
    manifest = Manifest(
        stage="training",
        config={name: request[name] for name in ("run", "model", "sampling", "seed")},
        inputs=digests([study.train, study.validation], study.root),
        outputs=digests([*sorted((folder / "adapter").iterdir()), monitor.metrics, monitor.samples], folder),
        counts={"rows": len(rows), "steps": steps, "chosen_step": best.step, "trainable": trainable},
        notes=(*notes, f"base held in {str(dtype_of(model_config)).removeprefix('torch.')} on {model.device.type}"),
        seconds=round(time.monotonic() - started, 1),
        origin=origin(),
    )
    write_manifest(folder, manifest)
    if not request["keep_checkpoints"]:
        shutil.rmtree(checkpoints)


def _go_on(trainer: Any, last: Path | None, name: str) -> None:
    """Trains from the last checkpoint, or from the beginning; nothing is left to do if it is the last step's."""
    if last is not None and _step_of(last) >= trainer.args.max_steps:
        return
    try:
        trainer.train(resume_from_checkpoint=None if last is None else str(last))
    except torch.cuda.OutOfMemoryError as error:
        raise RunError(
            f"run {name} ran out of GPU memory",
            "Lower batch_size (and raise accumulation), max_length or rank, or set gradient_checkpointing: true.",
        ) from error


def _rows(tokenizer: Any, conversations: list[Conversation], run: RunConfig) -> tuple[list[Row], tuple[str, ...]]:
    """The run's rows; one that is longer than max_length is left out whole, since its end would be lost."""
    rows = [render_example(tokenizer, conversation) for conversation in conversations]
    fitting = [row for row in rows if len(row.input_ids) <= run.max_length]
    if not fitting:
        raise InputError(f"run {run.name}: no row fits in max_length {run.max_length}", "Raise max_length.")
    notes = []
    if len(fitting) < len(rows):
        notes.append(f"{len(rows) - len(fitting)} rows are longer than max_length {run.max_length} and were left out")
    if run.items is not None and len(fitting) < run.items:
        notes.append(f"asked for {run.items} items; the corpus has {len(fitting)} that fit, and all were taken")
    return fitting[: run.items], tuple(notes)


def _last_whole(checkpoints: Path) -> Path | None:
    """The newest checkpoint that was written whole; others, which a kill cut short, are removed."""
    found = sorted(checkpoints.glob("checkpoint-*"), key=_step_of)
    for path in found:
        if not (path / COMPLETE).exists():
            shutil.rmtree(path)
    return next((path for path in reversed(found) if path.exists()), None)


def _step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


def _adopt(checkpoint: Path, adapter: Path) -> None:
    """Makes the checkpoint's adapter files the run's adapter, in one step."""
    scratch = Path(tempfile.mkdtemp(prefix=".adapter.", dir=adapter.parent))
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        shutil.copyfile(checkpoint / name, scratch / name)
    # PEFT writes sets in an order that changes with the process; sorted, equal runs have equal files.
    config = json.loads((scratch / "adapter_config.json").read_text(encoding="utf-8"))
    if isinstance(config.get("target_modules"), list):
        config["target_modules"].sort()
    (scratch / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    scratch.chmod(0o755)
    shutil.rmtree(adapter, ignore_errors=True)
    scratch.rename(adapter)


if __name__ == "__main__":
    serve(train)
