"""May a run go on from what lies in its folder? Work of another configuration must be neither used nor thrown away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bardsmith.records import Finding
from bardsmith.training.preflight.found import refusal

CLAIM = "run.json"
"""Says what the work in a run's folder was begun from."""


def foreign_folder(place: Path, made_from: Mapping[str, Any], dora: bool, rank: int) -> Iterator[Finding]:
    """A run's folder that holds checkpoints or an adapter which this run did not begin."""
    remedy = f"Move {place} away, or begin anew with --fresh (the old folder is moved aside)."
    checkpoints = sorted(place.glob("checkpoints/checkpoint-*"))
    if not checkpoints and not (place / "adapter").exists():
        return
    why = _not_this_runs(place / CLAIM, made_from) or next(
        filter(None, (_other(c, dora, rank) for c in checkpoints)), None
    )
    if why:
        yield refusal("foreign-folder", f"{place} holds work of another run: {why}", remedy)


def _not_this_runs(claim: Path, made_from: Mapping[str, Any]) -> str | None:
    try:
        begun = json.loads(claim.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return f"it has no {CLAIM}, so bardsmith did not begin it"
    except ValueError:
        return f"its {CLAIM} cannot be read"
    changed = sorted(_differences(begun, made_from))
    return f"it was begun with other {', '.join(changed)}" if changed else None


def _differences(old: Mapping[str, Any], new: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Dotted names of what differs."""
    for key in {**old, **new}:
        one, other = old.get(key), new.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _differences(one, other, f"{place}{key}.")
        elif one != other:
            yield f"{place}{key}"


def _other(checkpoint: Path, dora: bool, rank: int) -> str | None:
    """What in a checkpoint is not this run's; one that a kill cut short is nobody's."""
    try:
        config = json.loads((checkpoint / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if (config.get("r"), bool(config.get("use_dora"))) != (rank, dora):
        return f"{checkpoint.name} is of rank {config.get('r')}{', DoRA' if config.get('use_dora') else ''}"
    return None
