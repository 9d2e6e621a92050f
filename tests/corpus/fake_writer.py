"""A writer for tests: it answers from a function, remembers what it said as the reply store does, and can break down.

Its verse is plain and always in form: rhymes by the list, a beat on every second syllable.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bardsmith.corpus.sources.shapes import SourcePoem, SourceTalk
from bardsmith.llm.config import LlmConfig
from bardsmith.llm.exchange import Finish, Reply, Request, Settings
from bardsmith.records import Message, Sampling, seed_of

Answer = Callable[[tuple[Message, ...]], str | Reply | Exception]


@dataclass
class FakeWriter:
    answer: Answer
    stored: dict[str, Reply] = field(default_factory=dict)
    """The reply store: shared by the writers of several runs."""
    config: LlmConfig = field(default_factory=lambda: LlmConfig(provider="scripted", model="verse", concurrency=4))
    dies_after: int | None = None
    """Requests after which the run ends as if it were killed."""
    sent: int = 0
    spent: float = 0.0
    in_flight: int = 0
    most_in_flight: int = 0

    def key(self, messages: Sequence[Message], settings: Settings | None = None) -> str:
        sample = settings.sample if settings else 0
        messages = tuple(messages)
        return Request(provider="scripted", model="verse", messages=messages, sampling=Sampling(), sample=sample).key

    async def chat(self, messages: Sequence[Message], settings: Settings | None = None) -> Reply:
        key = self.key(messages, settings)
        if key in self.stored:
            return self.stored[key]
        if self.dies_after is not None and self.sent >= self.dies_after:
            raise KeyboardInterrupt
        self.sent += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(0.001 * (seed_of(key) % 3))  # replies do not come in the order of the questions
        self.in_flight -= 1
        said = self.answer(tuple(messages))
        if isinstance(said, Exception):
            raise said
        reply = said if isinstance(said, Reply) else reply_of(said)
        self.stored[key] = reply
        self.spent += reply.dollars or 0
        return reply


def reply_of(text: str, finish: Finish = "stop", dollars: float | None = 0.001) -> Reply:
    return Reply(text=text, finish=finish, model="fake-1", dollars=dollars, seconds=0, at="2026-01-01T00:00:00Z")


def poem(number: int, **more: str) -> SourcePoem:
    return SourcePoem(id=f"p{number}", text=couplets(4, "source", number), source="hand", **more)


def talk(number: int, **more: object) -> SourceTalk:
    asked = Message(role="user", content=f"How do I mend chair number {number}?")
    given = {"kind": "howto", "answer": "Glue the leg and clamp it for a day.", "source": "hand", **more}
    return SourceTalk.model_validate({"id": f"t{number}", "messages": [asked], **given})


_RHYMES = """
hill mill till sill bill chill drill
rain lane train grain plain crane chain
door floor shore store oar score core
light night kite sight height knight bite
tree sea key bee knee pea flea
stone bone phone throne loan cone zone
wall hall ball stall shawl call fall
bread bed shed thread head sled lead
"""
RHYMES = tuple(line.split() for line in _RHYMES.strip().split("\n"))
_THINGS = """
cat dog cart boat lamp coat spoon goose horse crow plough brush clock glove drum flute rope broom jar pan goat duck
hen fox kite bell stool chest desk bench wheel nail saw axe spade hoe barge raft sail mast
"""
THINGS = tuple(_THINGS.split())
LINES = (
    "The {} came down beside the {}{}",
    "A {} was left behind the {}{}",
    "She put the {} against the {}{}",
    "They drove a {} across the {}{}",
    "I heard the {} below the {}{}",
    "We took the {} away from {}{}",
)


def couplets(lines: int, *seed: object) -> str:
    """Rhymed tetrameters, other ones for every seed."""
    chance = random.Random(seed_of(*seed))
    order = chance.sample(LINES, len(LINES))
    written: list[str] = []
    for number in range(lines // 2):
        ends = chance.sample(RHYMES[(number + chance.randrange(2) * 4) % len(RHYMES)], 2)
        for end, mark in zip(ends, ",.", strict=True):
            written.append(order[len(written) % len(order)].format(chance.choice(THINGS), end, mark))
    return "\n".join(written)


def wanted_lines(messages: Sequence[Message]) -> int:
    """The length that was asked for."""
    found = re.search(r"^Length: (\d+) lines", messages[1].content, re.MULTILINE)
    assert found, messages[1].content
    return int(found[1])


def sections(messages: Sequence[Message]) -> str:
    """A well-formed answer to the question for items."""
    chance = random.Random(seed_of(messages[0].content))
    asked = re.findall(r"^((?:QUERY|PERSONA) .*): \.\.\.$", messages[0].content, re.MULTILINE)
    things = chance.sample(THINGS, len(asked))
    queries = [f"{label}: What shall I do with my {thing}?" for label, thing in zip(asked, things, strict=True)]
    return "\n".join([f"MEANING: It is about a {chance.choice(THINGS)} and a {chance.choice(THINGS)}.", *queries])


def bard(messages: tuple[Message, ...]) -> str:
    """Answers whatever this room asks for, in couplets."""
    if messages[0].role == "user":
        return sections(messages)
    return couplets(wanted_lines(messages), messages[1].content)
