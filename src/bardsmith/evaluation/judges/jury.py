"""What the verdicts of several judges come to: the median of the judges, under the checks that no judge overrules."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from bardsmith.evaluation import checks
from bardsmith.evaluation.reading import Reading
from bardsmith.records import Completion, Prompt
from bardsmith.results import Score, Verdict

HOPELESS = 0
"""The cap of a check at which nobody is asked any more."""


def needs_no_jury(prompt: Prompt, completion: Completion) -> bool:
    """Empty and degenerate answers are a 0 whatever a judge would say; asking would only cost."""
    deciding = checks.lowest(checks.faults(Reading(prompt, completion)))
    return deciding is not None and deciding.cap == HOPELESS


def seated(score: Score, prompt: Prompt, completion: Completion, verdicts: Sequence[Verdict]) -> Score:
    """The score with the jury's quality in place of the embedded judge's; what code measures stays.

    Each judge's repeats come to their median, and the judges to theirs. Verdicts that are not scored are in neither;
    where none is scored there is no quality.
    """
    found = checks.lowest(checks.faults(Reading(prompt, completion)))
    raw = _median_of_judges(verdicts, "quality")
    answers = _median_of_judges(verdicts, "answers")
    levels = [verdict.quality for verdict in verdicts if verdict.quality is not None]
    capped = raw if found is None or raw is None else min(raw, float(found.cap))
    hopeless = found is not None and found.cap == HOPELESS
    quality = 0.0 if hopeless else capped
    lowered = hopeless or quality != raw
    return score.model_copy(
        update={
            "judge": "jury",
            "quality": None if score.memorised else quality,
            "quality_raw": raw,
            "override": "memorised" if score.memorised else found.check if found and lowered else None,
            "confidence": None if not levels else sum(level == raw for level in levels) / len(levels),
            "quality_low": min(levels, default=None),
            "quality_high": max(levels, default=None),
            "relevant": score.relevant if answers is None else answers >= 1,
            "failure": score.failure if quality is None else quality == 0,
            "notes": (*_notes(quality, verdicts), *score.notes[1:]),
        }
    )


def _median_of_judges(verdicts: Sequence[Verdict], item: str) -> float | None:
    by_judge: dict[str, list[int]] = {}
    for verdict in verdicts:
        if (value := getattr(verdict, item)) is not None:
            by_judge.setdefault(verdict.judge, []).append(value)
    return float(median(map(median, by_judge.values()))) if by_judge else None


def _notes(quality: float | None, verdicts: Sequence[Verdict]) -> list[str]:
    scored = [verdict for verdict in verdicts if verdict.state == "scored"]
    said = "unscored" if quality is None else f"{quality:g}"
    counted = f"{len(scored)} of {len(verdicts)} verdicts" if verdicts else "by the checks, nobody was asked"
    faults = dict.fromkeys(verdict.fault for verdict in scored if verdict.fault)
    return [f"{said}: {counted}" + "".join(f"; {fault}" for fault in list(faults)[:3])]
