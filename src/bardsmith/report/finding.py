"""What the study found, in words that its comparisons allow and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bardsmith.report.comparison import between, difference, leading_run, probability, ranking, sides, size
from bardsmith.report.inputs import BASE, Results
from bardsmith.report.measures import BY_NAME, MAIN, Measure, change, is_gain, is_shown, with_bounds
from bardsmith.results import Comparison

MANY = 3
"""Comparisons with one rival that are told in one sentence."""
VERSE, QUALITY = BY_NAME["verse"], BY_NAME["quality"]


@dataclass(frozen=True)
class Finding:
    headline: str
    further: tuple[str, ...]
    can: tuple[str, ...]
    """What can be said."""
    cannot: tuple[str, ...]


def find(results: Results) -> Finding:
    """The finding: how often the leading run answers in verse and whether it leads; then gains, costs and failures."""
    leader = leading_run(results)
    further = [*_unfinished(results), *_unscored(results), *results.summary.not_compared]
    can, cannot = _can(results.comparisons), _cannot(results.comparisons)
    if leader is None:
        return Finding(_without_a_run(results), tuple(further), can, cannot)
    headline = _verse(results, leader)
    among = _among_runs(results, leader)
    if among:
        headline += f"; {among}"
    about_quality = f"Mean quality, on the rubric from 0 to 5: {_figures(results, leader, QUALITY)}."
    sentences = (about_quality, *_against_base(results, leader), *further)
    return Finding(f"{headline}.", sentences, can, cannot)


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


def _among_runs(results: Results, leader: str) -> str:
    """Whether the run of highest quality can be told from the others in quality, all pairs adjusted together."""
    pairs = {name: between(results, leader, name) for name in ranking(results) if name != leader}
    if not pairs:
        return ""
    alike = [name for name, one in pairs.items() if one is None or one.verdict != "shown"]
    if not alike:
        others = _and(list(pairs)) if len(pairs) <= 3 else "all other runs"
        return f"it is shown to be better than {others}"
    named = _and(alike) if len(alike) <= 3 else f"{len(alike)} of the {len(pairs)} other runs"
    return f"between {leader} and {named} no difference in quality can be shown"


def _can(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    """What the announced comparisons show: a sentence each, or one for several against the same rival."""
    told = []
    for group in _groups(comparisons, lambda one: one.verdict != "cannot tell"):
        first = group[0]
        if len(group) >= MANY and first.verdict == "shown":
            each = ", ".join(f"{_names(one)[0]} {change(BY_NAME[one.measure], one.mean)}" for one in group)
            told.append(f"In {_measure(first)} {len(group)} runs are {_better(first)}: {each}.")
        else:
            told += [_shown(one) for one in group]
    return tuple(told)


def _shown(one: Comparison) -> str:
    a, b = _names(one)
    if one.verdict == "shown":
        return f"In {_measure(one)} {a} is {_better(one)} by {difference(one)} (p {probability(one.p_adjusted)})."
    return f"{a} and {b} in {_measure(one)} differ by no more than {size(one, one.no_larger_than)}."


def _cannot(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    """What they leave open, with what it would have taken."""
    told = []
    for group in _groups(comparisons, lambda one: one.verdict == "cannot tell"):
        first = group[0]
        if len(group) >= MANY:
            names = ", ".join(f"{_names(one)[0]} {difference(one)}" for one in group)
            told.append(f"Whether these are above or below {_names(first)[1]} in {_measure(first)}: {names}.")
        else:
            told += [_open(one) for one in group]
    return tuple(told)


def _open(one: Comparison) -> str:
    more = f"; one as seen here takes some {one.prompts_needed:,} prompts" if one.prompts_needed else ""
    return (
        f"Whether {' is above or below '.join(_names(one))} in {_measure(one)}: {difference(one)}, "
        f"p {probability(one.p_adjusted)}. Found reliably is a difference from {size(one, one.detectable)} on{more}."
    )


def _groups(comparisons: Sequence[Comparison], wanted: Callable[[Comparison], bool]) -> Iterator[list[Comparison]]:
    """Those wanted, the ones of two methods first; those against one rival in one measure and direction together."""
    groups: dict[tuple[object, ...], list[Comparison]] = {}
    for one in sorted(comparisons, key=lambda one: not (one.over or one.chosen)):
        if wanted(one):
            alone = (one.a,) if one.over or one.chosen else ()
            key = (one.measure, one.b, one.verdict, one.verdict == "shown" and one.mean > 0, alone)
            groups.setdefault(key, []).append(one)
    yield from groups.values()


def _names(one: Comparison) -> list[str]:
    return sides(one).split(" less ")


def _better(one: Comparison) -> str:
    return f"{'above' if one.mean > 0 else 'below'} {_names(one)[1]}"


def _measure(one: Comparison) -> str:
    return "the share of verse" if one.measure == "verse" else BY_NAME[one.measure].label.lower()


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
        sentences.append(f"Against {BASE}, {leader} is better in: {', '.join(gains)}.")
    if costs:
        sentences.append(f"It is worse in: {', '.join(costs)}.")
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
