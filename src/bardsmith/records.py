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
