"""The accept loop: a writer is asked, the answer is judged, and what is wrong with it is said until it is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol

from bardsmith.corpus.gates.objections import Objection, Rejected
from bardsmith.corpus.instructing import instruction
from bardsmith.corpus.part import NO_REPLY, Row
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Reply, Settings
from bardsmith.llm.failures import GaveUp
from bardsmith.records import Made, Message

CUT_OFF = Objection(
    gate="cut off", reason="the answer was cut off because it ran too long; make it much shorter, and finish it"
)
WITHHELD = Objection(gate="filtered", reason="the service withheld the answer; say it so that nobody can take offence")
NOTHING = "(nothing)"
"""Stands for an answer without text where the conversation is said back."""


class Writer(Protocol):
    """What this room needs of the client of a language model."""

    @property
    def config(self) -> LlmConfig: ...

    @property
    def spent(self) -> float:
        """Dollars so far."""

    async def chat(self, messages: Sequence[Message], settings: Settings | None = None) -> Reply:
        """Raises GaveUp if this call failed, another RunError if the run cannot go on."""

    def key(self, messages: Sequence[Message], settings: Settings | None = None) -> str:
        """Of the request, SHA-256 in hex."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[Row]):
    """Something that is asked of a writer."""

    id: str
    """Of the row to be made."""
    item: str
    source: str
    messages: tuple[Message, ...]
    judge: Callable[[str, Made], Row | tuple[Objection, ...]]
    """Makes the row of an answer, or says what is wrong with it."""
    tries: int
    """Replies at the most."""
    retry: str = "retry"
    """The instruction with which faults are told."""
    sample: int = 0
    """Number among asks that are alike in all else."""


async def accept(ask: Ask[Row], writer: Writer) -> Row | Rejected:
    """Asks until an answer passes, at most `tries` times in one conversation. Of an answer only white space is cut."""
    messages, settings = ask.messages, Settings(sample=ask.sample)
    last = Rejected(id=ask.id, item=ask.item, source=ask.source, objections=(), tries=0, dollars=0, text="")
    for number in range(1, ask.tries + 1):
        try:
            reply = await writer.chat(messages, settings)
        except GaveUp as failure:
            told = (*last.objections, Objection(gate=NO_REPLY, reason=failure.what))
            return last.model_copy(update={"objections": told, "tries": number})
        dollars = None if last.dollars is None or reply.dollars is None else last.dollars + reply.dollars
        text = tidy(reply.text)
        judged = _judged(ask, text, reply, _made(writer.key(messages, settings), writer, reply, number, dollars))
        if not isinstance(judged, tuple):
            return judged
        last = last.model_copy(update={"objections": judged, "tries": number, "dollars": dollars, "text": text})
        messages = (*messages, *_said_back(ask.retry, reply, judged))
    return last


def tidy(text: str) -> str:
    """Without white space at the end of lines and round the whole."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _judged(ask: Ask[Row], text: str, reply: Reply, made: Made) -> Row | tuple[Objection, ...]:
    if reply.finish == "length":
        return (CUT_OFF,)
    if reply.finish == "filter" or not text:
        return (WITHHELD,)
    return ask.judge(text, made)


def _made(key: str, writer: Writer, reply: Reply, tries: int, dollars: float | None) -> Made:
    return Made(
        provider=writer.config.provider,
        model=reply.model,
        request=key,
        tries=tries,
        dollars=dollars,
        at=reply.at,
    )


def _said_back(retry: str, reply: Reply, faults: Sequence[Objection]) -> tuple[Message, Message]:
    told = instruction(retry, faults="\n".join(f"- {fault.reason}" for fault in faults))
    answer = reply.text if reply.text.strip() else NOTHING
    return Message(role="assistant", content=answer), Message(role="user", content=told)
