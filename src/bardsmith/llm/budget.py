"""Dollars: what a run would cost, what was spent, and when no more may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bardsmith.errors import InputError, RunError
from bardsmith.llm.config import LlmConfig, Price
from bardsmith.llm.exchange import Reply, Request, Usage
from bardsmith.llm.prices import dollars, price_of

BYTES_PER_TOKEN = 3
"""Fewer than any tokenizer in use needs for English, so that an estimate errs upwards."""


class Budget:
    """What one command has spent, against what it may spend."""

    def __init__(self, config: LlmConfig) -> None:
        """Raises InputError if a budget is set for a model whose price is not known."""
        self.price = price_of(config)
        self.most = config.budget
        self.spent = 0.0
        if self.most is not None and self.price is None:
            raise InputError(
                f"a budget needs a price, and none is listed for {config.model} of provider {config.provider}",
                "Give `price: {input: ..., output: ...}` in dollars per million tokens, or leave the budget out.",
            )

    def check(self) -> None:
        """Raises RunError once the budget is spent."""
        if self.most is not None and self.spent >= self.most:
            raise RunError(
                f"the budget of ${self.most:.2f} is spent (${self.spent:.2f})",
                "Raise `budget` and give the same command: it goes on from here, and no reply is paid for twice.",
            )

    def book(self, request: Request, reply: Reply, batched: bool = False) -> Reply:
        """Counts a reply as paid. Returns it with its dollars, where the provider did not bill them itself."""
        if reply.dollars is not None:
            self.spent += reply.dollars
            return reply
        if self.price is None:
            return reply
        if reply.usage is None:  # not counted by the provider: the budget must still move
            usage = Usage(input=_input_tokens(request), output=_tokens(reply.text))
            self.spent += dollars(self.price, usage, batched)
            return reply
        cost = dollars(self.price, reply.usage, batched)
        self.spent += cost
        return reply.model_copy(update={"dollars": cost})


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run would ask for, at most: every reply is taken to be as long as it may be."""

    calls: int
    replayed: int
    """Requests that the store can answer; they are in none of the other numbers."""
    input_tokens: int
    output_tokens: int
    dollars: float | None
    """None if the price is not known."""

    def __str__(self) -> str:
        money = "price not known" if self.dollars is None else f"${self.dollars:,.2f}"
        return (
            f"{self.calls:,} calls ({self.replayed:,} more are in the store), "
            f"at most {self.input_tokens:,} tokens in and {self.output_tokens:,} out: {money}"
        )


def forecast(requests: Iterable[tuple[Request, bool]], price: Price | None, batched: bool = False) -> Forecast:
    """Adds up requests, each given with whether the store has its reply."""
    calls = replayed = input_tokens = output_tokens = 0
    for request, stored in requests:
        if stored:
            replayed += 1
            continue
        calls += 1
        input_tokens += _input_tokens(request)
        output_tokens += request.sampling.max_new_tokens
    usage = Usage(input=input_tokens, output=output_tokens)
    return Forecast(
        calls, replayed, input_tokens, output_tokens, None if price is None else dollars(price, usage, batched)
    )


def _input_tokens(request: Request) -> int:
    return sum(_tokens(message.content) for message in request.messages)


def _tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)
