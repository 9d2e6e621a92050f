"""What would make a run fit that does not: settings tried one after another, those first that cost the result least."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bardsmith.training.config import RunConfig


class Setup(NamedTuple):
    run: RunConfig
    nf4: bool


class Knob(NamedTuple):
    text: str
    """As it is written in the study."""
    turned: Setup


def advice(setup: Setup, fits: Callable[[Setup], bool], longest: int, on_gpu: bool) -> tuple[str, ...]:
    """The one setting that makes a run fit, or else the first few that do so together; empty if all do not help."""
    single = next((knob for knob in _knobs(setup, longest, on_gpu) if fits(knob.turned)), None)
    if single:
        return (single.text,)
    turned: list[str] = []
    while knob := next((k for k in _knobs(setup, longest, on_gpu) if k.text.split(":")[0] not in _names(turned)), None):
        turned.append(knob.text)
        setup = knob.turned
        if fits(setup):
            return tuple(turned)
    return ()


def _names(texts: list[str]) -> set[str]:
    return {text.split(":")[0] for text in texts}


def _knobs(setup: Setup, longest: int, on_gpu: bool) -> Iterator[Knob]:
    run = setup.run
    if not run.gradient_checkpointing:
        yield _knob(setup, "gradient_checkpointing: true", gradient_checkpointing=True)
    if (run.batch_size or 1) > 1:
        accumulation = run.accumulation * (run.batch_size or 1)
        text = f"batch_size: 1, accumulation: {accumulation}"
        yield _knob(setup, text, batch_size=1, accumulation=accumulation)
    if run.batch_tokens is not None and run.batch_tokens > run.max_length:
        yield _knob(setup, f"batch_tokens: {run.max_length}", batch_tokens=run.max_length)
    if run.optimizer == "adamw" and on_gpu:
        yield _knob(setup, "optimizer: paged_adamw_8bit", optimizer="paged_adamw_8bit")
    if not setup.nf4 and on_gpu:
        yield Knob("quantization: nf4 (under model)", Setup(run, True))
    if longest > 256:
        half = max(256, longest // 2)
        room = {"batch_tokens": max(half, run.batch_tokens // 2)} if run.batch_tokens is not None else {}
        yield _knob(setup, f"max_length: {half}", max_length=half, **room)
    if run.rank > 8:
        yield _knob(setup, f"rank: {run.rank // 2}, alpha: {run.alpha / 2:g}", rank=run.rank // 2, alpha=run.alpha / 2)
    if run.is_dora:
        lora = run.method.replace("dora", "lora")
        yield _knob(setup, f"method: {lora}", method=lora)


def _knob(setup: Setup, text: str, **changes: object) -> Knob:
    return Knob(text, setup._replace(run=setup.run.model_copy(update=changes)))
