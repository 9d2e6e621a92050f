"""Who judged, how often the checks overruled, and how far that can be trusted."""

from __future__ import annotations

from collections import Counter

from bardsmith.report.background import Grid
from bardsmith.report.inputs import Results

EMBEDDED = "embedded"


def figures(results: Results) -> tuple[Grid, ...]:
    """Verdicts by judge, and what the checks changed."""
    scores = [score for score in results.scores if score.contestant in results.contestants]
    by_judge = Counter(score.judge for score in scores if score.error is None)
    unscored = sum(score.error is not None for score in scores)
    rows = [(name, str(count)) for name, count in by_judge.most_common()]
    if unscored:
        rows.append(("unscored", str(unscored)))
    raised = Counter(score.override for score in scores if score.override is not None)
    total = sum(score.quality_raw is not None for score in scores)
    changed = [(name, str(count), f"{count / total:.1%}") for name, count in raised.most_common()]
    return (
        Grid("Verdicts", ("judge", "answers"), tuple(rows)),
        Grid("Verdicts that a check changed", ("check", "answers", "share"), tuple(changed)),
    )


def trust(results: Results) -> tuple[str, ...]:
    """What is known of the judges' agreement with readers; first of all whether any person has read the answers."""
    judges = {score.judge for score in results.scores}
    said = ["Not validated by people: no ratings by persons were held against these verdicts."]
    if "given" in judges:
        said.append(
            "Quality, verse and failure are the verdicts that came with the answers; all else is measured here."
        )
    if EMBEDDED in judges:
        sure = [score.confidence for score in results.scores if score.confidence is not None]
        words = "The embedded judge is a set of rules and a small calibrated model: the same answer, the same verdict"
        if sure:
            words += (
                f"; by its own account {sum(sure) / len(sure):.0%} of its levels are right, the others mostly next to"
            )
        said.append(f"{words}.")
    return tuple(said)
