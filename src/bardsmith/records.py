"""The named shapes that cross rooms. Each is closed (unknown keys are refused) and frozen; files hold one a line."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Kind = Literal["poem", "howto", "open_qa", "closed_qa", "summarize", "fact", "chat", "refusal", "lookalike", "replay"]
"""What a conversation asks for. `lookalike`: a harmless prompt that sounds harmful; `replay`: an answer in prose."""

Form = Literal[
    "couplet", "quatrain", "ballad", "limerick", "haiku", "tercet", "sonnet", "triolet", "villanelle",
    "blank verse", "free verse",
]  # fmt: skip

Decoding = Literal["sampled", "greedy"]

CheckName = Literal[
    "unrenderable-rows", "long-rows", "lost-ends", "masked-ends", "unlearned-ends", "nothing-learned", "double-bos",
    "round-trip", "prompt-mismatch", "leaky-split", "near-duplicates", "held-out-prompts", "long-system-prompt",
    "prose-system-prompt", "no-system-role", "unmatched-adapters", "foreign-folder",
]  # fmt: skip
"""What pre-flight looks for."""

Text = Annotated[str, StringConstraints(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]


def seed_of(*parts: object) -> int:
    """A seed of 63 bits that depends on all parts and on nothing else, on every machine and Python."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def is_untrained(contestant: str) -> bool:
    """The base model, however it is asked: `base`, `base+verse`, ..."""
    return contestant.partition("+")[0] == "base"


CEILING, HUMAN = "ceiling", "human"
"""Contestants that no base stands behind: a service's language model, asked for verse, and poems by people."""


class Closed(BaseModel):
    """Base of every shape and configuration: no unknown keys, no changes after it was made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Message(Closed):
    role: Literal["system", "user", "assistant"]
    content: Text


class Made(Closed):
    """Which reply of a language model an answer is."""

    provider: Text
    model: Text
    """As the provider resolved it."""
    request: Text
    """The key of the request, SHA-256 in hex: where the reply store has it."""
    tries: int = Field(ge=1)
    """Replies that were asked for until this one passed."""
    dollars: float | None = None
    """Of all those tries; None if the price is not known."""
    at: Text
    """UTC, ISO 8601."""


class _Dialogue(Closed):
    id: Text
    item: Text
    """The unit that splits never cross: variants of one prompt share it."""
    kind: Kind
    form: Form | None = None
    messages: tuple[Message, ...] = Field(min_length=1)
    reference: tuple[Text, ...] = ()
    """Strings of which one must survive in a true answer."""
    licence: str | None = None
    source: str | None = None
    """Where the row came from: a shipped part's name or a file's name."""
    made: Made | None = None
    """None for what people wrote."""
    made_from: tuple[Text, ...] = ()
    """Ids of the source texts that it was made from."""

    @property
    def question(self) -> str:
        """The last thing the user said."""
        return next(message.content for message in reversed(self.messages) if message.role == "user")

    @model_validator(mode="after")
    def _turns_alternate(self) -> Self:
        roles = [message.role for message in self.messages]
        turns = roles[1:] if roles[0] == "system" else roles
        if not turns or any(role != ("user", "assistant")[i % 2] for i, role in enumerate(turns)):
            raise ValueError(
                "messages must alternate user, assistant, user, ... after at most one system message; "
                f"found {', '.join(roles)}"
            )
        return self


class Conversation(_Dialogue):
    """A prompt with the completion that is wanted: what a model is trained on."""

    @model_validator(mode="after")
    def _ends_with_an_answer(self) -> Self:
        if self.messages[-1].role != "assistant":
            raise ValueError("the last message must be the assistant's")
        return self

    @property
    def answer(self) -> str:
        return self.messages[-1].content


class Prompt(_Dialogue):
    """A held-out prompt: what every contestant answers."""

    @model_validator(mode="after")
    def _ends_with_a_question(self) -> Self:
        if self.messages[-1].role != "user":
            raise ValueError("the last message must be the user's")
        return self


class Sampling(Closed):
    """How a completion is drawn, for a local model and a service alike."""

    temperature: float = Field(0.7, ge=0, le=5)
    """0 means greedy."""
    top_p: float = Field(0.95, gt=0, le=1)
    top_k: int = Field(0, ge=0)
    """0 means no limit."""
    min_p: float = Field(0.0, ge=0, le=1)
    repetition_penalty: float = Field(1.0, gt=0, le=5)
    max_new_tokens: int = Field(512, ge=1)

    def greedy(self) -> Sampling:
        """The same length with the likeliest token always taken and nothing else applied."""
        return Sampling(temperature=0, top_p=1, max_new_tokens=self.max_new_tokens)


class Completion(Closed):
    """One contestant's answer to one prompt."""

    contestant: Text
    """`base`, `base+verse`, `base+examples` (arena/contestants.py), the name of a run, `ceiling` or `human`."""
    prompt: Text
    """The prompt's id."""
    decoding: Decoding
    sample: int = Field(ge=0)
    seed: int
    text: str
    tokens: int = Field(ge=0)
    """Tokens drawn, the end token included; 0 where they are not known."""
    finish: Literal["stop", "length", "unknown"]
    """`stop`: the model ended by itself; `length`: it was cut off; `unknown`: it was written elsewhere."""
    made: Made | None = None
    """Of an answer that a service gave."""


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
    difference_to_base: dict[Measure, Difference] = {}
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
    forgetting: dict[Text, Forgetting] = {}
    """By run; without those that were not measured."""
    dev_quality: dict[Text, float] = {}
    """By run, its answers' mean quality on the dev prompts, which chose the best run of a method; empty without."""


class Finding(Closed):
    """What pre-flight found wrong with what a study would train on."""

    check: CheckName
    refuses: bool
    """Nothing is trained until it is mended; else it is told and training goes on."""
    what: Text
    remedy: Text
    rows: tuple[Text, ...] = ()
    """Ids of the first rows it is found in."""
    runs: tuple[Text, ...] = ()
    """The runs it is found in; empty where it does not depend on the run."""


class Lengths(Closed):
    """How long the rows are that runs of one max_length read, in tokens, before any is left out or cut."""

    runs: tuple[Text, ...]
    max_length: int
    rows: int
    median: int
    keeps_99: int
    """The max_length that would keep 99 % of the rows whole."""
    longest: int
    step: int
    """Tokens that a bar of the histogram stands for."""
    bars: tuple[int, ...]
    """Rows of up to step tokens, of up to twice as many, and so on."""


class Preflight(Closed):
    """training/preflight.json: what was looked at before the first step, and what was found."""

    looked_at: Text
    """SHA-256 of the settings and files, in hex."""
    findings: tuple[Finding, ...]
    lengths: tuple[Lengths, ...]


class AnswerPace(Closed):
    """One line of arena/pace.jsonl: times are no result, and no other file of an arena holds any.

    `answers` 1: how long one answer took, alone. More: they were drawn at once, so that only the tokens a second of
    them all are known, and how long a single one would have taken is not.
    """

    contestant: Text
    answers: int = Field(ge=1)
    tokens: int = Field(ge=0)
    seconds: float = Field(ge=0)
    """Wall time: a local model's with the reading of the prompts and without its loading, a service's of its reply."""


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
