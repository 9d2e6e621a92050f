"""The jury's question about two answers: which is better, asked in both orders."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bardsmith.evaluation.judges.asking import Heard, Shape, ask, fenced, rubric
from bardsmith.llm.client import Client
from bardsmith.records import Completion, Message, Prompt
from bardsmith.results import Preference, VerdictState

Side = Literal["first", "second", "tie"]
_OTHER: dict[Side, Side] = {"first": "second", "second": "first", "tie": "tie"}


class Comparison(Shape):
    analysis: str = Field(min_length=1)
    winner: Side


def question(prompt: Prompt, first: str, second: str, seed: int) -> tuple[Message, ...]:
    """What a judge is asked about two texts, in this order."""
    asked = rubric("pairwise").substitute(
        question=fenced("question", prompt.question, seed),
        first=fenced("first", first, seed),
        second=fenced("second", second, seed),
    )
    return (Message(role="user", content=asked),)


async def preference(
    client: Client, judge: str, prompt: Prompt, first: Completion, second: Completion, seed: int
) -> Preference:
    """The choice that holds in both orders; a tie where the orders contradict each other."""
    forth = await ask(client, question(prompt, first.text, second.text, seed), Comparison)
    back = await ask(client, question(prompt, second.text, first.text, seed), Comparison)
    choice, swapped = _agreed(forth, back)
    return Preference(
        prompt=prompt.id,
        decoding=first.decoding,
        sample=first.sample,
        first=first.contestant,
        second=second.contestant,
        judge=judge,
        state=_state(forth, back),
        choice=choice,
        swapped=swapped,
        dollars=_dollars(forth, back),
    )


def _agreed(forth: Heard[Comparison], back: Heard[Comparison]) -> tuple[Side | None, bool | None]:
    if forth.said is None or back.said is None:
        return None, None
    one, other = forth.said.winner, _OTHER[back.said.winner]
    return (one, False) if one == other else ("tie", True)


def _state(forth: Heard[Comparison], back: Heard[Comparison]) -> VerdictState:
    return forth.state if forth.state != "scored" else back.state


def _dollars(forth: Heard[Comparison], back: Heard[Comparison]) -> float | None:
    costs = [each.made.dollars if each.made else 0.0 for each in (forth, back)]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
