"""What answers are compared with: verse that exists, what will be asked in the test, and how long an answer may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bardsmith.corpus.gates.runs import Runs, plain_words
from bardsmith.records import Conversation, Prompt

COPIED_WORDS = 8
"""Words in a row that two poems never share by chance; stock phrases are shorter."""
CONTAMINATED_WORDS = 13
"""The same for questions and their passages, as in the reports on language models since GPT-3 (arXiv 2005.14165)."""


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
    held_out: Runs
    """Of the held-out prompts and their references."""
    held_out_short: Mapping[str, str]
    """Those with fewer than CONTAMINATED_WORDS words, normalised, each with its prompt's id."""
    fit: Fit | None = None
    most_lines: int | None = None


def known_of(
    poems: Iterable[tuple[str, str]] = (),
    held_out: Iterable[Prompt] = (),
    fit: Fit | None = None,
    most_lines: int | None = None,
) -> Known:
    """From the id and the text of all verse that must not be copied, read once and lazily, and the held-out prompts."""
    tested = [
        (prompt.id, text)
        for prompt in held_out
        for text in (*(message.content for message in prompt.messages if message.role == "user"), *prompt.reference)
    ]
    short = {" ".join(words): name for name, text in tested if 0 < len(words := plain_words(text)) < CONTAMINATED_WORDS}
    return Known(Runs(COPIED_WORDS, poems), Runs(CONTAMINATED_WORDS, tested), short, fit, most_lines)
