"""What the study found, in words that its intervals allow and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bardsmith.report.comparison import RunDifference, leading_run
from bardsmith.report.inputs import BASE, Results
from bardsmith.report.measures import BY_NAME, MAIN, Measure, change, is_gain, is_shown, with_bounds

VERSE, QUALITY = BY_NAME["verse"], BY_NAME["quality"]


@dataclass(frozen=True)
class Finding:
    headline: str
    further: tuple[str, ...]


def find(results: Results, pairs: Sequence[RunDifference]) -> Finding:
    """The finding: first how often the leading run answers in verse, then quality, gains, costs and failures."""
    leader = leading_run(results)
    further = [*_unfinished(results), *_unscored(results)]
    if leader is None:
        return Finding(_without_a_run(results), tuple(further))
    headline = _verse(results, leader)
    between = _between_runs(results, leader, pairs)
    if between:
        headline += f"; {between}"
    about_quality = f"Mean quality, on the rubric from 0 to 5: {_figures(results, leader, QUALITY)}."
    return Finding(f"{headline}.", (about_quality, *_against_base(results, leader), *further))


def _figures(results: Results, leader: str, measure: Measure) -> str:
    """`lora 2.84 [2.60, 3.05], base 0.70 [0.52, 0.90]`."""
    of = {name: results.measures(name, "sampled").get(measure.name) for name in (leader, BASE)}
    return ", ".join(f"{name} {with_bounds(measure, estimate)}" for name, estimate in of.items() if estimate)


def _verse(results: Results, leader: str) -> str:
    ours = results.measures(leader, "sampled").get("verse")
    base = results.measures(BASE, "sampled").get("verse")
    if ours is None:
        return f"How often {leader} answers in verse was not measured"
    text = f"{leader} answers in verse {with_bounds(VERSE, ours)} of the time"
    if base is None:
        return text
    text += f", {BASE} {with_bounds(VERSE, base)}"
    difference = results.differences_to_base(leader).get(VERSE.name)
    if difference is not None and not is_shown(difference):
        text += f" (with {ours.prompts} prompts this shows no difference)"
    return text


def _between_runs(results: Results, leader: str, pairs: Sequence[RunDifference]) -> str:
    others = list(dict.fromkeys(pair.second for pair in pairs))
    if not others:
        return ""
    shown = [pair for pair in pairs if is_shown(pair)]
    apart = list(dict.fromkeys(pair.second for pair in shown))
    alike = [name for name in others if name not in apart]
    parts = [_apart(leader, pair) for pair in shown[:3]]
    if len(shown) > 3:
        parts = [f"it can be told apart from {len(apart)} of {len(others)} other runs"]
    if alike:
        named = _and(alike) if len(alike) <= 3 else f"{len(alike)} {'other' if apart else 'further'} runs"
        parts.append(f"between {leader} and {named} no difference in quality or verse can be shown")
    return ", ".join(parts)


def _apart(leader: str, pair: RunDifference) -> str:
    what = "quality" if pair.measure is QUALITY else "the share of verse"
    amount = change(pair.measure, pair.mean)
    return f"against {pair.second} its {what} differs by {amount}"


def _against_base(results: Results, leader: str) -> list[str]:
    """What else changed from the base model: gains, costs, and where nothing can be shown."""
    gains, costs, unshown = [], [], []
    for measure in MAIN:
        difference = results.differences_to_base(leader).get(measure.name)
        if difference is None or measure is VERSE:
            continue
        words = f"{measure.label.lower()} {change(measure, difference.mean)}"
        if not is_shown(difference):
            unshown.append(measure.label.lower())
        elif is_gain(measure, difference):
            gains.append(words)
        else:
            costs.append(words)
    sentences = []
    if gains:
        sentences.append(f"Against {BASE}, {leader} is shown to be better in: {', '.join(gains)}.")
    if costs:
        sentences.append(f"It is shown to be worse in: {', '.join(costs)}.")
    if unshown:
        sentences.append(f"No difference to {BASE} can be shown in: {', '.join(unshown)}.")
    return sentences


def _without_a_run(results: Results) -> str:
    base = results.measures(BASE, "sampled").get("verse")
    measured = f"; {BASE} answers in verse {with_bounds(VERSE, base)} of the time" if base else ""
    return f"No run of this study has numbers{measured}."


def _unfinished(results: Results) -> list[str]:
    sentences = []
    for run in results.runs:
        if run.failure is not None:
            sentences.append(f"{run.name} failed and has no numbers: {run.failure.what.rstrip('.')}.")
        elif run.state == "unfinished":
            sentences.append(f"{run.name} is unfinished and has no numbers.")
    return sentences


def _unscored(results: Results) -> list[str]:
    count = sum(score.error is not None for score in results.scores if score.contestant in results.contestants)
    if not count:
        return []
    return [f"{count} answer{'s' if count > 1 else ''} could not be scored and stay out of every mean."]


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
