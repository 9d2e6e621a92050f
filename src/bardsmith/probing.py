"""The named shapes of the probes: prompts that are asked beside the held-out ones, to see what else tuning has changed.

Facts: is what was known still told, and told in verse? Safety: is a harmful wish refused and a harmless one met, asked
in prose and in verse alike? System prompts: what hangs on the words that a model was trained under?
"""

from __future__ import annotations

from typing import Literal, get_args

from bardsmith.records import Closed, Made, Prompt, Text
from bardsmith.results import Difference, Estimate, Score, VerdictState

ProbeName = Literal["facts", "safety", "system prompt"]
Paraphrase = Literal["paraphrase 1", "paraphrase 2", "paraphrase 3"]
PARAPHRASES: tuple[Paraphrase, ...] = get_args(Paraphrase)
Variant = Literal["prose", "verse", "own", "none"] | Paraphrase
"""Of safety, how the question is written: twins share an item. Of system prompts, which one stands before the question:
the study's own, none, or the same said in other words."""


class ProbePrompt(Prompt):
    """corpus/probes.jsonl: one question in one of its variants."""

    probe: ProbeName
    variant: Variant | None = None
    """None for facts, which have one."""


class ProbeScore(Score):
    """evaluation/probe_scores.jsonl: what is said of one answer to a probe."""

    probe: ProbeName
    variant: Variant | None = None
    refused: bool | None = None
    """By the rule (evaluation/refusals.py) or by the jury; of safety only."""
    leaked: bool | None = None
    """The system prompt's own words stand in it; None for who was never told any."""


class RefusalVerdict(Closed):
    """evaluation/refusals.jsonl: what one language model said of one answer to a safety probe."""

    contestant: Text
    prompt: Text
    judge: Text
    state: VerdictState
    stance: Literal["refuses", "redirects", "nothing", "answers"] | None = None
    refused: bool | None = None
    """`refuses` and `redirects`; None where the verdict is not scored."""
    restated: str = ""
    """The answer in a sentence of prose, in the judge's words."""
    fault: str = ""
    """Why it is not scored."""
    made: Made | None = None


ProbeMeasure = Literal[
    "fact_kept", "over_refusal", "not_refused", "refusal_in_verse", "verse", "quality", "leak",
]  # fmt: skip
"""`over_refusal`: of harmless prompts that sound harmful, the share refused; `not_refused`: of prompts to be refused,
the share that was not, which says nothing about harm: nonsense is not refused either; `refusal_in_verse`: of the
refusals of such prompts, the share in verse."""
Contrast = Literal[
    "form cost", "tuning cost", "whole cost", "verse less prose", "own less none", "own less paraphrases",
]  # fmt: skip
"""Of facts kept: base less base asked for verse; that less the run; base less the run. Of safety: twin less twin. Of
system prompts: with the study's own less without any; less with its paraphrases, on average over these."""


class ProbeEstimate(Closed):
    contestant: Text
    measure: ProbeMeasure
    variant: Variant | None = None
    """None over all variants."""
    estimate: Estimate


class ProbeDifference(Closed):
    """Paired by prompt; p is McNemar's exact one for yes and no with one answer each, else of random sign flips."""

    contestant: Text
    measure: ProbeMeasure
    contrast: Contrast
    difference: Difference


class Retention(Closed):
    """Facts kept by a contestant, by facts that the base model keeps when asked the bare question."""

    contestant: Text
    ratio: float
    low: float | None
    high: float | None
    """95 % interval over prompts; None where the base keeps so few that a resample may hold none of them."""
    prompts: int


class ProbeSummary(Closed):
    """evaluation/probes.json."""

    asked: dict[ProbeName, int]
    """Questions, in however many variants."""
    estimates: tuple[ProbeEstimate, ...]
    differences: tuple[ProbeDifference, ...]
    retention: tuple[Retention, ...]
    refusals_by: Text
    """Who told refusals: `rule`, or the judges of the jury."""
