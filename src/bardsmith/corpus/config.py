"""What a study learns from, and what it is tested on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from bardsmith.llm.config import LlmConfig
from bardsmith.records import Closed, Form, Kind, Share, Text

ReaderName = Literal["poems", "pcd", "lima", "no_robots", "dolly", "messages", "starter"]


class SourceConfig(Closed):
    """Texts that verse is made from: corpus/sources/ has a reader for each kind of file."""

    reader: ReaderName
    path: Path | None = None
    """A file; for `no_robots` also a folder or the hub's id; none for `starter`, which ships."""
    licence: Text | None = None
    """Of rows that do not state their own (SPDX, such as CC-BY-4.0); null: what the reader knows of its source."""
    take: int | None = Field(None, ge=1)
    """Use only the first so many."""

    @model_validator(mode="after")
    def _path_is_given(self) -> Self:
        if (self.path is None) != (self.reader == "starter"):
            raise ValueError("path is needed for every reader but starter, which has none")
        return self


def _ascending(lines: tuple[int, int]) -> tuple[int, int]:
    if lines[0] > lines[1]:
        raise ValueError(f"the fewest lines come first; found {list(lines)}")
    return lines


def _complete(shares: dict[Form, Share]) -> dict[Form, Share]:
    if abs(sum(shares.values()) - 1) > 1e-6:
        raise ValueError(f"the shares of the forms must add up to 1; they add up to {sum(shares.values()):g}")
    return shares


Quota = Annotated[dict[Form, Share], AfterValidator(_complete)]
"""Forms by their share."""
FIXED_LINES: dict[Form, int] = {"limerick": 5, "haiku": 3, "sonnet": 14, "triolet": 8, "villanelle": 19}
"""Forms that have one length."""
STANZA_LINES: dict[Form, int] = {
    "couplet": 2, "quatrain": 4, "ballad": 4, "tercet": 3, "blank verse": 1, "free verse": 1,
}  # fmt: skip
"""The others come in multiples of these."""
Lines = Annotated[tuple[PositiveInt, PositiveInt], AfterValidator(_ascending)]
"""Fewest and most lines."""


def lengths_of(form: Form, lines: Lines) -> list[int]:
    """The numbers of lines within the bounds that a form can have; none if it has no such length."""
    fewest, most = lines
    if form in FIXED_LINES:
        return [FIXED_LINES[form]] if fewest <= FIXED_LINES[form] <= most else []
    step = STANZA_LINES[form]
    return list(range(-(-max(fewest, 2) // step) * step, most + 1, step))


class GenerateConfig(Closed):
    """Source poems -> what they mean and who may have asked for them."""

    sources: tuple[SourceConfig, ...] = Field((SourceConfig(reader="starter"),), min_length=1)
    """Read by the readers of poems."""
    queries: int = Field(3, ge=1, le=10)
    """Of each poem, as anybody could ask them."""
    personas: int = Field(3, ge=0, le=10)
    """Further queries of each poem, each in the voice of somebody."""


class RefineConfig(Closed):
    """Items -> new poems, in forms by quota."""

    variants: int = Field(6, ge=1, le=50)
    """New poems for each item."""
    forms: Quota = Field({
        "couplet": 0.18, "quatrain": 0.18, "ballad": 0.1, "limerick": 0.08, "haiku": 0.08, "tercet": 0.05,
        "sonnet": 0.1, "triolet": 0.05, "villanelle": 0.03, "blank verse": 0.08, "free verse": 0.07,
    })  # fmt: skip
    """Share of each form among all variants; together 1."""
    lengths: dict[Form, Lines] = Field(default_factory=dict)
    """Fewest and most lines of a form, where they are not to be those of the default."""
    tries: int = Field(3, ge=1, le=10)
    """Replies asked for until one passes the gates."""

    @model_validator(mode="after")
    def _lengths_can_be_had(self) -> Self:
        for form, lines in self.lengths.items():
            if form in FIXED_LINES:
                raise ValueError(f"every {form} has {FIXED_LINES[form]} lines; leave its length out")
            if not lengths_of(form, lines):
                raise ValueError(f"{form} comes in multiples of {STANZA_LINES[form]} lines; none is within {lines}")
        return self

    def lines(self, form: Form) -> Lines:
        """Fewest and most lines of a form."""
        defaults: dict[Form, Lines] = {
            "couplet": (4, 20), "quatrain": (4, 24), "ballad": (8, 32), "tercet": (6, 18),
            "blank verse": (8, 24), "free verse": (6, 30),
        }  # fmt: skip
        return self.lengths.get(form) or defaults.get(form) or (FIXED_LINES[form], FIXED_LINES[form])


class ConversationsConfig(Closed):
    """Conversations of people, in prose -> the same answers in verse."""

    sources: tuple[SourceConfig, ...] = Field((SourceConfig(reader="starter"),), min_length=1)
    """Read by the readers of conversations."""
    forms: Quota = Field({
        "couplet": 0.32, "quatrain": 0.24, "ballad": 0.14, "tercet": 0.06, "limerick": 0.06, "sonnet": 0.04,
        "haiku": 0.02, "blank verse": 0.08, "free verse": 0.04,
    })  # fmt: skip
    """Share of each form among the answers of a kind; forms too long or too short for a kind are left out there."""
    lines: dict[Kind, Lines] = Field(default_factory=dict)
    """Fewest and most lines of the answers of a kind, where they are not to be those of the default."""
    tries: int = Field(3, ge=1, le=10)
    """Replies asked for until one passes the gates."""

    @model_validator(mode="after")
    def _every_kind_has_a_form(self) -> Self:
        for kind in get_args(Kind):
            if not self.forms_of(kind):
                raise ValueError(
                    f"none of the forms has a length within {self.budget(kind)} lines, the budget of {kind}"
                )
        return self

    def budget(self, kind: Kind) -> Lines:
        """Fewest and most lines of an answer."""
        defaults: dict[Kind, Lines] = {
            "howto": (6, 20), "open_qa": (3, 12), "closed_qa": (3, 8), "fact": (3, 8), "summarize": (4, 14),
            "chat": (3, 12), "poem": (4, 24), "refusal": (4, 10), "lookalike": (5, 16), "replay": (5, 16),
        }  # fmt: skip
        return self.lines.get(kind) or defaults[kind]

    def forms_of(self, kind: Kind) -> dict[Form, float]:
        """The forms that fit the budget of a kind, with their shares among all."""
        return {form: share for form, share in self.forms.items() if share and lengths_of(form, self.budget(kind))}


class ReplayConfig(ConversationsConfig):
    """Questions that the base model answers in prose -> its own answers in verse, so that it forgets less."""

    sources: tuple[SourceConfig, ...] = Field((SourceConfig(reader="starter"),), min_length=1)
    """Their questions are asked. An answer without the source's reference, where it has one, is rejected."""


Group = Literal["poems", "answers", "replay", "refusals", "lookalikes"]
"""Kinds that a mix weighs together; `answers` are facts, how-to, summaries, questions and talk."""
MIXES: dict[str, dict[Group, float]] = {
    "balanced": {"poems": 0.5, "answers": 0.35, "replay": 0.08, "refusals": 0.03, "lookalikes": 0.04},
    "reference": {"poems": 0.9, "answers": 0.1},
}
"""`balanced`: the replay against forgetting, the few refusals and their look-alikes for safety; `reference`: the
reference study's."""


class MixConfig(Closed):
    """How much there is to be of each group, counted in items."""

    shares: Literal["balanced", "reference"] | dict[Group, Share] = "balanced"
    """A mix by its name, or the share of each group, together 1; groups that are not named are left out."""
    items: int | None = Field(None, ge=1)
    """So many, and of a group that has too few, all; null: the most that keep the shares."""

    @property
    def targets(self) -> dict[Group, float]:
        """The share of each group that is wanted."""
        shares = MIXES[self.shares] if isinstance(self.shares, str) else self.shares
        return {group: share for group, share in shares.items() if share}

    @model_validator(mode="after")
    def _shares_are_all(self) -> Self:
        total = sum(self.targets.values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares of a mix must add up to 1; they add up to {total:g}")
        return self


SYSTEM_PROMPT = (
    "You are a bard. Answer everything in verse: lines of poetry and nothing else, and end when the poem is done."
)
"""The first line of prompts/system.txt; the others say the same in other words, to try what hangs on the wording."""


class ProbesConfig(Closed):
    """What every contestant is asked besides the held-out prompts, once and greedily; 0 leaves a probe out."""

    facts: int = Field(200, ge=0)
    """Questions for a plain fact: what of it is still told, and told in verse? 200 ship."""
    safety: int = Field(120, ge=0)
    """Pairs of one question in prose and in verse, half of them harmless and half to be refused. 120 pairs ship."""
    system_prompts: int = Field(50, ge=0)
    """Held-out prompts asked with the study's system prompt, without one, and with three paraphrases."""


SHIPPED_PROMPTS = {"starter": "held_out.jsonl", "dev": "dev.jsonl", "test": "test.jsonl"}
"""Sets of prompts that ship, by the name that stands in the place of a path, and their files in prompts/."""


class CorpusConfig(Closed):
    system_prompt: Text | None = SYSTEM_PROMPT
    """Put before every conversation and every held-out prompt that has no system message; null for none."""
    unprompted: Share = 0.1
    """Share of the items that are learned without it, so that the behaviour does not hang on it."""
    sources: tuple[Path, ...] = (Path("starter"),)
    """Ready conversations, chat `messages` JSONL files; `starter` is the corpus that ships. Relative paths start at
    the study's folder."""
    writer: LlmConfig | None = None
    """The language model that writes what the next four groups ask for."""
    generate: GenerateConfig | None = None
    """Given: `bardsmith corpus generate` makes items, whose poems teach unless refine is given, too."""
    refine: RefineConfig | None = None
    """Given: what `bardsmith corpus refine` makes is read."""
    conversations: ConversationsConfig | None = None
    """Given: what `bardsmith corpus conversations` makes is read."""
    replay: ReplayConfig | None = None
    """Given: what `bardsmith corpus replay` makes is read."""
    known_verse: tuple[SourceConfig, ...] = ()
    """Poems that no answer may copy, besides those of generate."""
    human_verse: SourceConfig | None = None
    """Poems by people that the card compares the corpus with; null: figures of public-domain verse that ship."""
    held_out: Path = Path("starter")
    """Prompts that every contestant answers (JSONL). Two sets ship: `starter`, 60 prompts, and `test`, 300."""
    dev_prompts: Path | None = None
    """Prompts that only the runs answer, and that choose the best run of a method, so that the held-out prompts do
    not; `dev`, 100 prompts, ships. null: the validation score chooses."""
    kinds: tuple[Kind, ...] | None = None
    """Take only these kinds."""
    forms: tuple[Form, ...] | None = None
    """Take only these forms."""
    min_lines: int = Field(1, ge=1)
    """Leave out shorter answers."""
    max_lines: int | None = Field(None, ge=2)
    """Leave out longer answers."""
    mix: MixConfig | None = None
    """How much of each group; null: all there is."""
    validation_items: int = Field(16, ge=1)
    """Items kept from training to choose checkpoints by."""
    held_out_prompts: int | None = Field(None, ge=1)
    """Use only the first so many held-out prompts."""
    probes: ProbesConfig = ProbesConfig()

    @model_validator(mode="after")
    def _somebody_writes(self) -> Self:
        asked = [name for name in ("generate", "refine", "conversations", "replay") if getattr(self, name)]
        if asked and self.writer is None:
            raise ValueError(f"{asked[0]} needs a writer: the language model to ask (writer.provider, writer.model)")
        if self.refine and not self.generate:
            raise ValueError("refine works on the items of generate; give generate, too")
        return self

    @model_validator(mode="after")
    def _something_teaches(self) -> Self:
        if not (self.sources or self.generate or self.refine or self.conversations or self.replay):
            raise ValueError("there is nothing to learn from: give sources, generate, refine, conversations or replay")
        return self
