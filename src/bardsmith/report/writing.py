"""How the contestants write, how alike their own answers are, how fast they came and what they cost: code alone."""

from __future__ import annotations

from statistics import median

from bardsmith.records import AnswerPace
from bardsmith.report.background import Grid
from bardsmith.report.inputs import Results
from bardsmith.report.measures import WRITING, with_bounds
from bardsmith.results import Sameness

NONE = "\N{EN DASH}"
SPACE = "\N{NO-BREAK SPACE}"
MEANINGS = (
    *(f"{measure.label}: {measure.meaning}." for measure in WRITING),
    "Alike: mean share of runs of four words that two answers to different prompts have in common, of all they have.",
    "Same opening: share of answers whose first line opens another answer, too; it grows with the number of prompts.",
)
SPEED_MEANINGS = (
    "Tokens a second: of all answers that were drawn at once, so that it depends on their number and on the machine.",
    "Seconds an answer: the median of answers that were asked for one by one; where they were drawn together, how long "
    "one takes is not known.",
    "Cost: what services took for the answers, or for judging them; nothing for what ran on this machine.",
)


def writing(results: Results) -> Grid:
    """A row a contestant, of its sampled answers."""
    measured = [
        one for one in WRITING if any(one.name in results.measures(who, "sampled") for who in results.contestants)
    ]
    rows = []
    for name in results.contestants:
        estimates = results.measures(name, "sampled")
        cells = [with_bounds(one, estimates[one.name]) if one.name in estimates else NONE for one in measured]
        rows.append((name, *cells, *_sameness(results.sameness(name))))
    head = ("contestant", *(one.label.lower() for one in measured), "alike", "same opening")
    return Grid("How they write", head, tuple(rows))


def _sameness(found: Sameness | None) -> tuple[str, str]:
    if found is None:
        return NONE, NONE
    shared = found.shared_runs
    mean, low, high = (f"{100 * number:.2f}" for number in (shared.mean, shared.low, shared.high))
    return f"{mean}{SPACE}% [{low},{SPACE}{high}]", f"{100 * found.openings:.0f}{SPACE}%"


def speed(results: Results) -> Grid:
    """A row a contestant whose times are known or who was paid, and a row a judge who was paid."""
    rows = []
    for name in results.contestants:
        paces = [pace for pace in results.paces if pace.contestant == name]
        dollars = results.dollars(name)
        if paces or dollars is not None:
            alone = [pace.seconds for pace in paces if pace.answers == 1]
            rows.append(
                (
                    name,
                    f"{sum(pace.answers for pace in paces):,}" if paces else NONE,
                    _tokens_a_second(paces),
                    f"{median(alone):.1f}" if alone and len(alone) == len(paces) else NONE,
                    NONE if dollars is None else f"${dollars:.2f}",
                )
            )
    for judge in results.card.judges if results.card else ():
        if judge.family is not None:
            cost = "not known" if judge.dollars is None else f"${judge.dollars:.2f}"
            rows.append((f"{judge.name} (judge)", f"{judge.asked:,}", NONE, NONE, cost))
    head = ("contestant or judge", "answers", "tokens a second", "seconds an answer", "cost")
    return Grid("Speed and cost", head, tuple(rows))


def _tokens_a_second(paces: list[AnswerPace]) -> str:
    seconds = sum(pace.seconds for pace in paces)
    return f"{sum(pace.tokens for pace in paces) / seconds:,.0f}" if seconds else NONE
