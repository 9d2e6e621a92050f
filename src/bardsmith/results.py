"""The named shapes of what is found out: scores, verdicts, estimates, comparisons, ratings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bardsmith.records import (
    Closed,
    Decoding,
    Kind,
    Made,
    Share,
    Text,
)

Check = Literal["empty", "degenerate", "looping", "not verse", "mixed", "cut off", "memorised"]
"""What code alone can find wrong with an answer, the gravest first (evaluation/checks.py)."""

VerdictState = Literal["scored", "unreadable", "refused", "failed"]
"""`unreadable`: no verdict in it, after one repair; `refused`: withheld by the service or declined by the model;
`failed`: there was no reply. Each is counted, and none is a number."""


class Score(Closed):
    """What is said of one completion. Unscored rows have `error` and stay out of every mean."""

    contestant: Text
    prompt: Text
    item: Text
    kind: Kind
    decoding: Decoding
    sample: int
    judge: Text = "embedded"
    """Whose quality it is: `embedded`, or `jury` for the median of the study's language models."""
    quality: float | None = Field(None, ge=0, le=5)
    """The rubric's level, 0 to 5, after the checks have had their say."""
    quality_raw: float | None = Field(None, ge=0, le=5)
    """The judge's own verdict, before the checks."""
    override: Check | None = None
    """The check that lowered the verdict, or put it out of the quality's mean (`memorised`); None if it stands."""
    confidence: Share | None = None
    """How likely the quality is the right level: the embedded judge's estimate, or the share of a jury that agrees."""
    quality_low: float | None = Field(None, ge=0, le=5)
    quality_high: float | None = Field(None, ge=0, le=5)
    """The levels between which nine of ten true verdicts are expected to lie; of a jury its lowest and highest."""
    verse: bool | None = None
    complete: bool | None = None
    looping: bool | None = None
    gibberish: bool | None = None
    relevant: bool | None = None
    failure: bool | None = None
    """As a reader would say it: there is no answer worth the name. An answer that is only cut off is not failed."""
    hard_failure: bool | None = None
    """By the checks alone: empty, degenerate, looping, or without an end where the model did not end by itself."""
    memorised: bool | None = None
    """Repeats 20 words or more in a row of what the model was trained on; None where that is not looked at."""
    fact_kept: bool | None = None
    """None where the prompt has no reference."""
    rhyme: Share | None = None
    """Share of the verse lines whose end rhymes with a line near it; None for prose."""
    meter: Share | None = None
    """Share of the verse lines that keep one measure; None for prose."""
    lines: int = 0
    words: int | None = Field(None, ge=0)
    tokens: int | None = Field(None, ge=0)
    """Drawn, the end token included, by the contestant's own tokenizer; None where that is not known."""
    stock_words: float | None = Field(None, ge=0)
    """In a thousand words, those that are stock of machine verse (overlap/stock.py); None without words."""
    notes: tuple[str, ...] = ()
    """The reasons, in the judge's words."""
    error: str | None = None

    @property
    def overridden(self) -> bool | None:
        """Did a check change the verdict, or make one needless? None where there is neither."""
        return None if self.quality_raw is None and self.override is None else self.override is not None


class Verdict(Closed):
    """What one language model, asked once, said of one completion. Only `scored` ones have numbers."""

    contestant: Text
    prompt: Text
    decoding: Decoding
    sample: int
    judge: Text
    """The judge's name in the study."""
    repeat: int = Field(ge=0)
    state: VerdictState
    quality: int | None = Field(None, ge=0, le=5)
    answers: int | None = Field(None, ge=0, le=2)
    """Does it answer what was asked: 0 no, 1 in part, 2 yes."""
    imagery: int | None = Field(None, ge=0, le=5)
    craft: int | None = Field(None, ge=0, le=5)
    voice: int | None = Field(None, ge=0, le=5)
    analysis: str = ""
    fault: str = ""
    """The worst fault, in the judge's words; for an unscored row why it is unscored."""
    addressed: bool = False
    """The completion speaks to its judge ("rate this 5")."""
    made: Made | None = None


class Preference(Closed):
    """Which of two completions of one prompt and sample a language model prefers, asked in both orders."""

    prompt: Text
    decoding: Decoding
    sample: int
    first: Text
    second: Text
    """Contestants."""
    judge: Text
    state: VerdictState
    choice: Literal["first", "second", "tie"] | None = None
    """`tie` also where the two orders contradict each other; None if either order could not be read."""
    swapped: bool | None = None
    """Did the choice change with the order? None if either order could not be read."""
    dollars: float | None = None


class Agreement(Closed):
    """How far a judge agrees with the ratings of a file, on what both rated. None where nothing varies."""

    label: Literal["quality", "verse", "failure", "complete", "relevant"]
    items: int
    kappa: float | None
    """Cohen's, with quadratic weights, against the mean of the raters."""
    kappa_low: float | None
    kappa_high: float | None
    alpha: float | None
    """Krippendorff's, ordinal, of the judge and all raters together."""
    raters_alpha: float | None
    """The same of the raters alone: the bar; None for a single rater."""
    bias: float
    """The judge's mean less the raters'."""
    confusion: tuple[tuple[int, ...], ...] | None
    """Of quality: row our level, column theirs, both rounded."""


class JudgeRecord(Closed):
    """What is known of one judge in this study."""

    name: Text
    family: Text | None
    """Of the model; None for the embedded judge and for the jury as a whole."""
    asked: int
    states: dict[VerdictState, int]
    """Of its verdicts, by what came of them. Only `scored` ones are in any mean."""
    dollars: float | None
    """Of all that it was asked; None if a price is not known."""
    repeat_alpha: float | None = None
    """Ordinal alpha of its own repeats; None where it is asked once, or nothing varies."""
    swap_consistency: float | None = None
    """Share of pairs in which it chose alike in both orders."""
    swap_pairs: int = 0
    length_slope: float | None = None
    """Levels for twice the words, among complete poems to one prompt."""
    length_slope_low: float | None = None
    length_slope_high: float | None = None
    injections_resisted: int = 0
    injections_scored: int = 0
    """Of sixty answers with a word to the judge in them, how many did not rise by it, and how many were scored."""
    agreement: tuple[Agreement, ...] = ()


class JudgeCard(Closed):
    """evaluation/card.json: how far the judges of this study can be trusted."""

    validated: Text
    """In words for the report: by whom, on how many ratings, or that nobody was asked."""
    by_people: bool
    judges: tuple[JudgeRecord, ...]
    """The embedded judge; then, where there is a jury, each of its judges and `jury`, their median under the checks."""
    rows: int
    overrides: dict[Check, int]
    """Answers whose verdict a check changed, by check."""
    addressed: int
    """Answers that speak to their judge."""


class Estimate(Closed):
    """A mean over prompts with its 95 % interval."""

    mean: float
    low: float
    high: float
    prompts: int
    rows: int
    unscored: int = 0


Measure = Literal[
    "quality", "verse", "complete", "looping", "failure", "hard_failure", "relevant", "fact_kept", "memorised",
    "overridden", "rhyme", "meter", "lines", "words", "tokens", "stock_words",
]  # fmt: skip


class Difference(Closed):
    """A contestant minus the base, prompt by prompt: mean with its 95 % interval."""

    mean: float
    low: float
    high: float
    p: float | None = Field(None, ge=0, le=1)
    """Two-sided sign-flip permutation test; None with fewer than two prompts."""
    prompts: int
    """Prompts that both answered."""


class Sameness(Closed):
    """How much alike a contestant's answers to different prompts are, one answer to a prompt."""

    shared_runs: Estimate
    """Mean Jaccard similarity of two answers, by their runs of four words; 0: no run in common."""
    openings: Share
    """Share of the answers that open with a line that another opens with. It grows with the number of prompts."""


class ContestantSummary(Closed):
    """One contestant under one decoding."""

    contestant: Text
    decoding: Decoding
    measures: dict[Measure, Estimate]
    """Without the measures that no scored row has, such as `rhyme` where all is prose."""
    difference_to_base: dict[Measure, Difference] = Field(default_factory=dict)
    """Under the same decoding; empty for the base itself and where the base did not answer."""
    sameness: Sameness | None = None
    """None with fewer than two answers."""
    dollars: float | None = None
    """What a service took for these answers; None for a local model, and where a price is not known."""


class Forgetting(Closed):
    """What the kept checkpoint of a run remembers beside its base, as measured while it was trained."""

    perplexity_ratio: float = Field(gt=0)
    """Of neutral prose, per token: the run's by the base's. Above 1 prose has become stranger to it."""
    facts_base: Share
    """Share of plain facts whose right ending is likelier than three wrong ones; chance is 1/4."""
    facts: Share


ComparisonVerdict = Literal["shown", "within", "cannot tell"]
"""`shown`: the two differ; `within`: any difference is shown to be no larger than the margin; else nothing is shown."""


class Comparison(Closed):
    """Contestant `a` less contestant `b` in one measure of sampled answers, paired by prompt."""

    a: Text
    b: Text
    measure: Measure
    over: tuple[tuple[Text, Text], ...] = ()
    """The matched runs, `a`'s side first, over which a comparison of two methods takes the mean."""
    chosen: str = ""
    """How the two came to be picked, where that was left to the results."""
    mean: float
    low: float
    high: float
    """The 95 % interval of this difference alone."""
    p: Share
    test: Literal["sign flips", "McNemar"]
    """McNemar's exact test for yes and no with one answer a prompt, else the sign-flip permutation test."""
    p_adjusted: Share
    """Holm's over the announced comparisons, Benjamini and Hochberg's over the explored ones."""
    prompts: int
    margin: float
    """Differences up to here count as none."""
    power: Share
    """The chance that a true difference as large as the margin is found, by its p alone."""
    detectable: float
    """The smallest true difference that is found with 80 % power."""
    prompts_needed: int | None
    """Prompts after which a true difference as large as the mean would be found with 80 % power; None for none."""
    no_larger_than: float
    """The two are shown to differ by no more than this (two one-sided tests at 5 %)."""
    verdict: ComparisonVerdict


class VarianceComponents(Closed):
    """Of the quality about each contestant's mean: what the spread of the levels is due to."""

    prompt: float
    """Prompts that are hard for everybody."""
    interaction: float
    """Who answers which prompt; holds the samples' part where there is one sample a prompt."""
    sample: float | None
    """Two answers of one contestant to one prompt; None where there is one."""


class Summary(Closed):
    """What the report reads: evaluation/summary.json."""

    contestants: tuple[ContestantSummary, ...]
    """In order of first appearance in completions.jsonl, sampled before greedy."""
    comparisons: tuple[Comparison, ...] = ()
    """Those that the study announced, or that are announced for every study; one family."""
    not_compared: tuple[Text, ...] = ()
    """Announced comparisons that could not be made, each with the reason."""
    exploratory: tuple[Comparison, ...] = ()
    """All other pairs; whoever looks at so many finds something by chance."""
    components: VarianceComponents | None = None
    forgetting: dict[Text, Forgetting] = Field(default_factory=dict)
    """By run; without those that were not measured."""
    dev_quality: dict[Text, float] = Field(default_factory=dict)
    """By run, its answers' mean quality on the dev prompts, which chose the best run of a method; empty without."""


class Rating(Closed):
    """How one contestant stands in the arena, with 95 % intervals by prompt; None below six prompts."""

    contestant: Text
    rating: float
    """Bradley-Terry, on the scale of chess: 400 points are odds of ten to one, the mean of all is 1000."""
    low: float | None = None
    high: float | None = None
    preferred: Share
    """How often it is preferred to the others, on the average over them."""
    preferred_low: Share | None = None
    preferred_high: Share | None = None
    votes: int


class Constancy(Closed):
    """How one rater voted."""

    rater: Text
    votes: int
    repeated: int
    """Items that came a second time, sides swapped."""
    same: int
    """Of those, how many got the same vote again."""


class RaterAgreement(Closed):
    """How far two raters, or people and the judge, say the same."""

    between: tuple[Text, Text]
    what: Literal["pairs", "scores"]
    of: int
    same: int
    kappa: float | None = None
    """Quadratic; of scores only."""


class ArenaRatings(Closed):
    """What people's votes say: arena/arena.json."""

    votes: int
    """On pairs; repeats and skipped ones are not among them."""
    prompts: int
    both_bad: int
    """Counted as ties."""
    skipped: int
    outdated: int
    """Votes on answers that are no longer there: they count for nothing."""
    refused: str | None = None
    """Why nobody is ranked."""
    ratings: tuple[Rating, ...] = ()
    """The best first."""
    contestants: tuple[Text, ...] = ()
    wins: tuple[tuple[float, ...], ...] = ()
    """Row over column, in the order of `contestants`: how often preferred, ties half."""
    raters: tuple[Constancy, ...] = ()
    agreement: tuple[RaterAgreement, ...] = ()
