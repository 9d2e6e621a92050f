"""What answers are compared with: verse that exists, what will be asked in the test, and how long an answer may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bardsmith.overlap.runs import Runs
from bardsmith.overlap.tested import Tested
from bardsmith.records import Conversation, Prompt

COPIED_WORDS = 8
"""Words in a row that two poems never share by chance; stock phrases are shorter."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What the model that will learn from the answers can take in."""

    tokens_of: Callable[[Conversation], int]
    """Of a whole row, as it will be trained on."""
    most_tokens: int


@dataclass(frozen=True, slots=True)
class Known:
    """Built once by `known_of`; some 12 bytes for each word of the texts."""

    verse: Runs
    """Of the source poems and the corpora that are known."""
    held_out: Tested
    fit: Fit | None = None
    most_lines: int | None = None


def known_of(
    poems: Iterable[tuple[str, str]] = (),
    held_out: Iterable[Prompt] = (),
    fit: Fit | None = None,
    most_lines: int | None = None,
) -> Known:
    """From the id and the text of all verse that must not be copied, read once and lazily, and the held-out prompts."""
    return Known(Runs(COPIED_WORDS, poems), Tested(held_out), fit, most_lines)
