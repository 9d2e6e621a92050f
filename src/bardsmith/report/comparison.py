"""Who leads, and what the comparisons of the evaluation say in words."""

from __future__ import annotations

from bardsmith.report.inputs import Results
from bardsmith.report.measures import BY_NAME, bounds, change
from bardsmith.results import Comparison

METHODS = {"dora": "DoRA", "lora": "LoRA"}
"""How a comparison of methods, over several runs, calls its sides."""


def leading_run(results: Results) -> str | None:
    """The first of `ranking`, or None if no run has numbers."""
    return next(iter(ranking(results)), None)


def ranking(results: Results) -> list[str]:
    """The runs by the mean quality of their sampled answers, then by most verse, then in the study's order."""
    names = [name for name in by_quality(results) if name in results.trained]
    return [name for name in names if "quality" in results.measures(name, "sampled")]


def by_quality(results: Results) -> list[str]:
    """All contestants likewise; those whose quality was not measured come last."""

    def key(name: str) -> tuple[float, float, int]:
        measures = results.measures(name, "sampled")
        means = [measures[measure].mean if measure in measures else -1.0 for measure in ("quality", "verse")]
        return -means[0], -means[1], results.contestants.index(name)

    return sorted(results.contestants, key=key)


def between(results: Results, first: str, second: str, measure: str = "quality") -> Comparison | None:
    """The comparison of two contestants, announced or explored, as `first` less `second`."""
    for one in (*results.comparisons, *results.explored):
        if one.measure == measure and not one.over and {one.a, one.b} == {first, second}:
            return one if one.a == first else turned(one)
    return None


def turned(one: Comparison) -> Comparison:
    """The same with the sides exchanged."""
    return one.model_copy(update={"a": one.b, "b": one.a, "mean": -one.mean, "low": -one.high, "high": -one.low})


def sides(one: Comparison) -> str:
    """`dora less lora`."""
    a, b = (METHODS.get(name, name) if one.over else name for name in (one.a, one.b))
    return f"{a} less {b}"


def difference(one: Comparison) -> str:
    """`+0.18 [-0.10, +0.48]`."""
    measure = BY_NAME[one.measure]
    return f"{change(measure, one.mean)} {bounds(measure, one)}"


def verdict(one: Comparison) -> str:
    """The verdict in words."""
    return {
        "shown": "shown",
        "within": f"shown to be within {size(one, one.no_larger_than)}",
        "cannot tell": "not shown: cannot tell",
    }[one.verdict]


def probability(p: float) -> str:
    """`0.03`, `< 0.001`."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def size(one: Comparison, number: float) -> str:
    """A difference without its sign, in the measure's unit: `0.67`, `23 points`."""
    return change(BY_NAME[one.measure], number).lstrip("+")
