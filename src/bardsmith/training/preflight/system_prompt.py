"""Does the system prompt leave room for the poem, and ask for what is measured?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bardsmith.records import Conversation, Finding
from bardsmith.training.preflight.found import share, warning

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MOST_OF_LENGTH = 1 / 3
"""Share of max_length that a system prompt may take."""
PROSE = re.compile(r"\b(prose|prosaic|paragraphs?|essays?|bullet points?)\b", re.IGNORECASE)
"""What is not verse in lines."""
REFUSED = re.compile(
    r"\b(no|not|never|without|avoid|instead of|rather than|don't|do not|neither|nor)\b[^.;:!?\n]*$", re.IGNORECASE
)
"""What turns it into its opposite, earlier in the same clause."""


def long_system_prompt(
    tokenizer: PreTrainedTokenizerBase, rows: Sequence[Conversation], max_length: int
) -> Iterator[Finding]:
    """System messages that take more than a third of max_length from every row."""
    tokens = {text: len(tokenizer(text, add_special_tokens=False).input_ids) for text in _system_prompts(rows)}
    longest = max(tokens.values(), default=0)
    if longest > MOST_OF_LENGTH * max_length:
        long = [row.id for row in rows if tokens.get(row.messages[0].content, 0) > MOST_OF_LENGTH * max_length]
        yield warning(
            "long-system-prompt",
            f"the system prompt of {share(len(long), len(rows))} takes up to {longest} of the {max_length} tokens of "
            "max_length: little is left for the answer",
            f"Shorten it to a line or two, or raise max_length to {3 * longest} or more.",
            long,
        )


def prose_system_prompt(rows: Sequence[Conversation]) -> Iterator[Finding]:
    """System messages that ask for prose, while verse in lines is what is measured."""
    asked = {text: found for text in _system_prompts(rows) if (found := _asks_for_prose(text))}
    if asked:
        text, found = next(iter(asked.items()))
        contradicting = [row.id for row in rows if row.messages[0].content in asked]
        yield warning(
            "prose-system-prompt",
            f'the system prompt of {share(len(contradicting), len(rows))} asks for "{found}", and what is measured is '
            f"verse in lines: {text[:80]!r}",
            "Ask for verse, line by line.",
            contradicting,
        )


def _system_prompts(rows: Sequence[Conversation]) -> list[str]:
    """The different ones, in their order."""
    return list(dict.fromkeys(row.messages[0].content for row in rows if row.messages[0].role == "system"))


def _asks_for_prose(text: str) -> str | None:
    """The first word for prose that is asked for, with the two before it; None if there is none or it is refused."""
    for found in PROSE.finditer(text):
        before = text[: found.start()]
        if not REFUSED.search(before):
            return " ".join([*before.split()[-2:], found.group()])
    return None
