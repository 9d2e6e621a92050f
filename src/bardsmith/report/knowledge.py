"""What a model still knows, and what verse and tuning each cost it."""

from __future__ import annotations

from bardsmith.probing import Contrast
from bardsmith.records import CEILING, HUMAN
from bardsmith.report import probes
from bardsmith.report.background import Grid
from bardsmith.report.comparison import between, difference
from bardsmith.report.inputs import BASE, Results
from bardsmith.report.measures import BY_NAME, with_bounds
from bardsmith.results import Estimate, Forgetting

PROMPTED = "base+verse"
FACT = BY_NAME["fact_kept"]
NONE = "\N{EN DASH}"
MEANINGS = (
    "Form cost: facts that the base model keeps when asked the bare question, less when asked for verse.",
    "Tuning cost: facts that the base model keeps when asked for verse, less those that the run keeps.",
    "Retention: facts kept by the run, by those that the base model keeps when asked the bare question.",
    "Perplexity: of neutral prose, the kept checkpoint's by the base model's; above 1 prose has become stranger.",
    "Facts known: share of plain facts whose right ending is likelier than three wrong ones; chance is 25 %.",
)


def knowledge(results: Results) -> Grid:
    """A row a contestant that was asked for facts, or that was measured while training. Empty where nobody was.

    Facts are those of the probes where there are any, else those that held-out prompts ask for.
    """
    rows = []
    for name in results.contestants:
        kept = kept_by(results, name)
        perplexity, known = _while_training(results.summary.forgetting.get(name))
        if kept is not None or perplexity != NONE:
            cost = "" if name == BASE else NONE if name in (CEILING, HUMAN) else _cost(results, name)
            rows.append(
                (name, with_bounds(FACT, kept) if kept else NONE, cost, _retention(results, name), perplexity, known)
            )
    head = ("contestant", "facts kept", "form or tuning cost", "retention", "perplexity", "facts known")
    return Grid("Knowledge", head, tuple(rows))


def kept_by(results: Results, name: str) -> Estimate | None:
    """The share of facts kept."""
    if asks_facts(results):
        return probes.found(results, name, "fact_kept")
    return results.measures(name, "sampled").get("fact_kept")


def asks_facts(results: Results) -> bool:
    return results.probed is not None and "facts" in results.probed.summary.asked


def _cost(results: Results, name: str) -> str:
    """Of the form for the base asked for verse, of tuning for a run; above 0 where facts are lost."""
    if asks_facts(results):
        contrasts: tuple[Contrast, ...] = ("form cost", "tuning cost")
        told = (probes.contrasted(results, name, "fact_kept", contrast) for contrast in contrasts)
        return next((probes.told(FACT, cost) for cost in told if cost), NONE)
    found = between(results, BASE if name not in results.trained else PROMPTED, name, "fact_kept")
    return difference(found) if found else NONE


def _retention(results: Results, name: str) -> str:
    if asks_facts(results) and results.probed:
        kept = next((one for one in results.probed.summary.retention if one.contestant == name), None)
        if kept is None:
            return NONE
        ends = f" [{kept.low:.0%}, {kept.high:.0%}]" if kept.low is not None and kept.high is not None else ""
        return f"{kept.ratio:.0%}{ends}"
    own, base = (results.measures(each, "sampled").get("fact_kept") for each in (name, BASE))
    if name in (BASE, CEILING, HUMAN) or own is None or base is None or not base.mean:
        return NONE
    return f"{own.mean / base.mean:.0%}"


def _while_training(kept: Forgetting | None) -> tuple[str, str]:
    """Perplexity by the base's, and facts known before and after."""
    if kept is None:
        return NONE, NONE
    return f"{kept.perplexity_ratio:.2f}", f"{kept.facts_base:.0%} to {kept.facts:.0%}"
