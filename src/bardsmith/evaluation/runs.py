"""What is known of a trained run besides its answers, from its settings and its own files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bardsmith.outputs import read_manifest
from bardsmith.results import Forgetting
from bardsmith.standing import read_rows

Settings = Mapping[str, Any]
"""Of a run, as the study has them, its method among them."""


class Trained(NamedTuple):
    is_dora: bool | None
    """None where it is neither LoRA nor DoRA, or not known."""
    settings: Settings | None = None
    """All but its name, its seed and the method; None where they are not known, as with a file from elsewhere."""
    validation: float | None = None
    """Mean score of its kept checkpoint's answers to the validation prompts, 0 to 1."""
    dev: float | None = None
    """Mean quality of its answers to the dev prompts, 0 to 5; None where the study has none."""
    forgetting: Forgetting | None = None


def trained(settings: Settings, place: Path, dev: float | None = None) -> Trained:
    """A run of the study, whose folder is `place`; what it scored and forgot is that of its kept checkpoint."""
    method = str(settings["method"])
    others = {key: value for key, value in settings.items() if key not in ("name", "seed", "method")}
    scaling = {"rank_stabilised": method.startswith("rs")}
    rows, manifest = read_rows(place / "metrics.jsonl"), read_manifest(place)
    chosen = manifest.counts.get("chosen_step") if manifest else None
    kept = [row for row in rows if row["step"] == chosen]
    score = _first("validation_score", kept)
    return Trained(method.endswith("dora"), {**others, **scaling}, score, dev, _forgetting(rows, kept))


def _forgetting(rows: list[dict[str, Any]], kept: list[dict[str, Any]]) -> Forgetting | None:
    """None where the base or the kept checkpoint was not measured. At step 0 the adapter does nothing: the base."""
    base = [row for row in rows if row["step"] == 0]
    before, after = _first("prose_perplexity", base), _first("prose_perplexity", kept)
    known_before, known_after = _first("facts_known", base), _first("facts_known", kept)
    if before is None or after is None or known_before is None or known_after is None:
        return None
    return Forgetting(perplexity_ratio=after / before, facts_base=known_before, facts=known_after)


def _first(key: str, rows: list[dict[str, Any]]) -> float | None:
    return next((float(row[key]) for row in rows if row.get(key) is not None), None)
