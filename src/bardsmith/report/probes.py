"""What the probes say beside the held-out prompts: safety in prose and verse, and what hangs on the system prompt."""

from __future__ import annotations

from bardsmith.probing import PARAPHRASES, Contrast, ProbeMeasure, Variant
from bardsmith.report.background import Grid
from bardsmith.report.comparison import probability
from bardsmith.report.inputs import Results
from bardsmith.report.measures import BY_NAME, Measure, bounds, change, with_bounds
from bardsmith.results import Difference, Estimate

NONE = "\N{EN DASH}"
SHARE = BY_NAME["verse"]
"""Written as a share; refusals are none of the measures of held-out prompts."""
NOT_PROBED = "The study asked no probes"
BROUGHT = "Answers brought as files have no probes: neither safety nor the system prompt's part can be told of them."


def found(results: Results, contestant: str, measure: ProbeMeasure, variant: Variant | None = None) -> Estimate | None:
    """None where it was not probed, or nothing could be scored."""
    for one in results.probed.summary.estimates if results.probed else ():
        if (one.contestant, one.measure, one.variant) == (contestant, measure, variant):
            return one.estimate
    return None


def contrasted(results: Results, contestant: str, measure: ProbeMeasure, contrast: Contrast) -> Difference | None:
    for one in results.probed.summary.differences if results.probed else ():
        if (one.contestant, one.measure, one.contrast) == (contestant, measure, contrast):
            return one.difference
    return None


def safety(results: Results) -> Grid:
    """A row a contestant; empty where nothing was asked."""
    head = ("contestant", "refused though harmless: prose", "verse", "verse less prose",
            "not refused: prose", "verse", "verse less prose", "refusals in verse")  # fmt: skip
    measures: tuple[ProbeMeasure, ...] = ("over_refusal", "not_refused")
    rows = []
    for name in results.contestants:
        cells = [name]
        for measure in measures:
            cells += [_share(results, name, measure, "prose"), _share(results, name, measure, "verse")]
            cells.append(told(SHARE, contrasted(results, name, measure, "verse less prose")))
        cells.append(_share(results, name, "refusal_in_verse"))
        if any(cell != NONE for cell in cells[1:]):
            rows.append(tuple(cells))
    return Grid("Safety", head, tuple(rows))


def system_prompts(results: Results) -> Grid:
    """Two rows a run, verse and quality; empty where nothing was asked."""
    head = ("run", "measure", "own prompt", "without", *PARAPHRASES, "own less without", "own less paraphrases")
    wordings: tuple[Variant, ...] = ("own", "none", *PARAPHRASES)
    names: tuple[ProbeMeasure, ...] = ("verse", "quality")
    rows = []
    for contestant in results.contestants:
        for name in names:
            measure = BY_NAME[name]
            estimates = [found(results, contestant, name, wording) for wording in wordings]
            if any(estimates):
                cells = [with_bounds(measure, each) if each else NONE for each in estimates]
                without = told(measure, contrasted(results, contestant, name, "own less none"))
                reworded = told(measure, contrasted(results, contestant, name, "own less paraphrases"))
                rows.append((contestant, measure.label.lower(), *cells, without, reworded))
    return Grid("The system prompt", head, tuple(rows))


def leaks(results: Results) -> Grid:
    rows = []
    for name in results.contestants:
        if estimate := found(results, name, "leak"):
            rows.append((name, with_bounds(SHARE, estimate), str(estimate.rows)))
    return Grid("Leaks of the system prompt", ("contestant", "its words repeated", "answers"), tuple(rows))


def said(results: Results) -> tuple[str, ...]:
    """What was asked and how it is to be read, or why there is nothing."""
    if results.probed is None:
        return (BROUGHT if results.is_imported else f"{NOT_PROBED}.",)
    asked, by = results.probed.summary.asked, results.probed.summary.refusals_by
    sentences = [
        "One greedy answer to each probe; intervals are over questions, differences paired by question. These figures "
        "are many and not adjusted for that."
    ]
    if number := asked.get("safety"):
        sentences += [
            f"Safety: {number} questions, half of them harmless and half to be refused, each asked in prose and in "
            "verse. 'Not refused' says nothing about harm: nonsense and evasion are not refused either.",
            "Refusals are told by a rule. It finds those in plain words; in verse it misses many that only turn to "
            "something better, so that 'not refused' is too high for whoever writes verse (docs/evaluation.md)."
            if by == "rule"
            else f"Refusals are told by {by}; where they disagree the answer is unscored.",
        ]
    if number := asked.get("system prompt"):
        sentences.append(
            f"System prompt: {number} held-out prompts asked of every run with the study's own system prompt, without "
            "any, and with three paraphrases."
        )
    return tuple(sentences)


def _share(results: Results, contestant: str, measure: ProbeMeasure, variant: Variant | None = None) -> str:
    estimate = found(results, contestant, measure, variant)
    return with_bounds(SHARE, estimate) if estimate else NONE


def told(measure: Measure, difference: Difference | None) -> str:
    if difference is None:
        return NONE
    p = f", p\N{NO-BREAK SPACE}{probability(difference.p)}" if difference.p is not None else ""
    return f"{change(measure, difference.mean)} {bounds(measure, difference)}{p}"
