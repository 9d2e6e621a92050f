"""Who judged, how often the checks overruled, and how far that can be trusted."""

from __future__ import annotations

from collections.abc import Iterator

from bardsmith.report.background import Grid
from bardsmith.report.inputs import Results
from bardsmith.results import JudgeCard, JudgeRecord

NO_CARD = "Not validated by people: the evaluation left no judge card."


def figures(results: Results) -> tuple[Grid, ...]:
    """Of every judge what is known of it, its agreement with ratings, and what the checks changed."""
    card = results.card
    if card is None:
        return ()
    head = ("judge", "asked", "came to nothing", "agrees with itself", "same in both orders",
            "levels for twice the words", "injections resisted", "cost")  # fmt: skip
    grids = [Grid("Judges", head, tuple(map(_judge, card.judges)))]
    agreement = tuple(_agreement(card))
    if agreement:
        grids.append(Grid("Agreement with ratings", ("judge", "of", "items", "kappa", "alpha", "bias"), agreement))
    changed = tuple((check, str(count), f"{count / card.rows:.1%}") for check, count in card.overrides.items() if count)
    return (*grids, Grid("Verdicts that a check changed", ("check", "answers", "share"), changed))


def _judge(judge: JudgeRecord) -> tuple[str, ...]:
    lost = ", ".join(f"{count} {state}" for state, count in judge.states.items() if state != "scored" and count)
    slope = _number(judge.length_slope)
    if judge.length_slope_low is not None and judge.length_slope_high is not None:
        slope += f" [{judge.length_slope_low:.2f}, {judge.length_slope_high:.2f}]"
    return (
        judge.name + (f" ({judge.family})" if judge.family else ""),
        f"{judge.asked:,}",
        lost or "none",
        _number(judge.repeat_alpha),
        f"{judge.swap_consistency:.0%} of {judge.swap_pairs}" if judge.swap_consistency is not None else "not asked",
        slope,
        f"{judge.injections_resisted} of {judge.injections_scored}" if judge.injections_scored else "not tried",
        "not known" if judge.dollars is None else f"${judge.dollars:.2f}",
    )


def _agreement(card: JudgeCard) -> Iterator[tuple[str, ...]]:
    for judge in card.judges:
        for each in judge.agreement:
            kappa = _number(each.kappa)
            if each.kappa_low is not None and each.kappa_high is not None:
                kappa += f" [{each.kappa_low:.2f}, {each.kappa_high:.2f}]"
            yield judge.name, each.label, str(each.items), kappa, _number(each.alpha), f"{each.bias:+.2f}"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.2f}"


def trust(results: Results) -> tuple[str, ...]:
    """Whether people have read the answers, and whose verdicts these are."""
    said = [
        f"{results.card.validated[0].upper()}{results.card.validated[1:].rstrip('.')}." if results.card else NO_CARD
    ]
    judges = {score.judge for score in results.scores}
    if "given" in judges:
        said.append(
            "Quality, verse and failure are the verdicts that came with the answers; all else is measured here."
        )
    sure = [score.confidence for score in results.scores if score.judge == "embedded" and score.confidence is not None]
    if sure:
        said.append(
            "The embedded judge is a set of rules and a small calibrated model: the same answer, the same verdict. By "
            f"its own account {sum(sure) / len(sure):.0%} of its levels are right."
        )
    if results.card and results.card.addressed:
        said.append(f"{results.card.addressed} answers speak to their judge.")
    return tuple(said)
