"""One run, in a process of its own: from rows to the adapter whose checkpoint writes best."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bardsmith.models.config import ModelConfig
from bardsmith.models.forgetting import memory
from bardsmith.models.load import dtype_of, load_base, load_tokenizer
from bardsmith.outputs import Manifest, StudyFolder, digests, origin, read_records, write_manifest
from bardsmith.progress import Progress
from bardsmith.records import Conversation, Sampling
from bardsmith.training.adapters import add_adapter, backend_of
from bardsmith.training.choice import best
from bardsmith.training.config import RunConfig
from bardsmith.training.gauge import Gauge, memory_explained, tokens_of_steps
from bardsmith.training.graphs import Recording
from bardsmith.training.loss import mean_loss
from bardsmith.training.memory import Checkpointing
from bardsmith.training.monitor import COMPLETE, Monitor, evaluations, stopped_early
from bardsmith.training.recitation import Reciter
from bardsmith.training.rows import rows_of
from bardsmith.training.sharding import is_first, loaded_for, logs_of, spread
from bardsmith.training.trainer import build_trainer
from bardsmith.workers import serve

if TYPE_CHECKING:
    from peft import PeftModel


def train(request: dict[str, Any], progress: Progress) -> None:
    """Trains one run and writes its folder, manifest last; goes on from the last whole checkpoint if there is one."""
    started = time.monotonic()
    run = RunConfig.model_validate(request["run"])
    model_config = ModelConfig.model_validate(request["model"])
    study = StudyFolder(Path(request["folder"]))
    place, seed = study.run(run.name), request["seed"] if run.seed is None else run.seed
    place.mkdir(parents=True, exist_ok=True)
    folder, checkpoints = logs_of(place, request.get("scratch")), place / "checkpoints"

    progress.update(f"run {run.name}", 0, 1)
    tokenizer = load_tokenizer(model_config, progress)
    validation = read_records(study.validation, Conversation)
    rows = rows_of(tokenizer, read_records(study.train, Conversation), validation, run, seed)
    for note in rows.notes:
        progress.say(f"run {run.name}: {note}")
    pad = int(tokenizer.pad_token_id)
    monitor = Monitor(
        folder=folder,
        name=run.name,
        recite=Reciter(tokenizer, validation, Sampling.model_validate(request["sampling"]), seed),
        loss=lambda model: mean_loss(model, rows.validation, pad),
        remember=lambda model: memory(model, tokenizer),
        evaluate_every=run.evaluate_every,
        stop_looping=run.stop_looping,
        progress=progress,
    )
    model = _adapted(run, model_config, seed, progress)
    progress.say(f"run {run.name}: {backend_of(model, run)}")
    gauge = Gauge(folder, progress)
    callbacks = [gauge, monitor, Checkpointing(f"run {run.name}", run.tokens_at_once, progress)]
    if run.cuda_graphs:
        callbacks.append(Recording(f"run {run.name}", progress))
    trainer = build_trainer(model, tokenizer, run, rows.train, checkpoints, seed, callbacks, request["trackers"])
    monitor.publish = trainer.log
    gauge.tokens = tokens_of_steps(trainer.train_dataset["rows"], rows.train, run)
    with trainer.args.main_process_first():
        last = _last_whole(checkpoints)
    _go_on(trainer, last, folder, run)
    if not is_first():
        return

    chosen = best(evaluations(folder))
    _adopt(checkpoints / f"checkpoint-{chosen.step}", folder / "adapter")
    (folder / "failure.json").unlink(missing_ok=True)
    steps = evaluations(folder)[-1].step
    early = stopped_early(folder, run.stop_looping) if steps < trainer.args.max_steps else None
    if early:
        progress.say(f"run {run.name} {early}")
    notes = (*rows.notes, backend_of(model, run), *filter(None, [early]))
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    manifest = Manifest(
        stage="training",
        config={name: request[name] for name in ("run", "model", "sampling", "seed")},
        inputs=digests([study.train, study.validation], study.root),
        outputs=digests([*sorted((folder / "adapter").iterdir()), monitor.metrics, monitor.samples], folder),
        counts={"rows": len(rows.train), "steps": steps, "chosen_step": chosen.step, "trainable": trainable},
        notes=(*notes, f"base held in {str(dtype_of(model_config)).removeprefix('torch.')} on {model.device.type}"),
        seconds=round(time.monotonic() - started, 1),
        origin=origin(),
    )
    write_manifest(folder, manifest)
    if not request["keep_checkpoints"]:
        shutil.rmtree(checkpoints)


def _adapted(run: RunConfig, config: ModelConfig, seed: int, progress: Progress) -> PeftModel:
    """The base with an untrained adapter."""
    if run.backend == "unsloth":
        from bardsmith.training.unsloth import load_adapted

        return load_adapted(config, run, seed, progress)
    return add_adapter(load_base(loaded_for(config, run.shards), progress), run, seed)


def _go_on(trainer: Any, last: Path | None, folder: Path, run: RunConfig) -> None:
    """Trains from the last checkpoint, or from the beginning; nothing is left to do if the run had ended there."""
    if last is not None and (_step_of(last) >= trainer.args.max_steps or stopped_early(folder, run.stop_looping)):
        return
    trainer.train(resume_from_checkpoint=None if last is None else str(last))


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
    serve(memory_explained(spread(train)))
