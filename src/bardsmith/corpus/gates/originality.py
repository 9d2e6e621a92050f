"""Is an answer new? Copied verse, and questions or answers that are part of the test."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bardsmith.corpus.gates.known import Known
from bardsmith.overlap.runs import Runs, Shared
from bardsmith.records import Conversation, Prompt

PRINTING = 0.4
"""Share of a poem's runs from which another text is the same poem in another printing."""
MOST_TOLD = 3
"""Stretches that are told of an answer."""
MOST_SHOWN = 16
"""Words of a stretch that are shown."""


def copied(row: Conversation, known: Known) -> Iterator[str]:
    """Eight words in a row that stand in a known text.

    An answer that a model made must not quote the texts it was made from either. What people wrote (`made` is None) may
    be one of the known texts itself, by the row's id or `made_from`; that one is left out, in all its printings.
    """
    own = frozenset() if row.made else _printings(row.answer, {row.id, *row.made_from}, known.verse)
    for stretch in list(known.verse.shared_with(row.answer, own))[:MOST_TOLD]:
        yield f"{_shown(stretch)} is copied from {stretch.source}; say it in other words"


def _printings(text: str, own: Collection[str], verse: Runs) -> frozenset[str]:
    """The texts that are left out: a poet's own, and those that are hardly anything else."""
    shares = verse.shares_of(text)
    if not any(name in shares for name in own):
        return frozenset()
    return frozenset([*own, *(name for name, share in shares.items() if share >= PRINTING)])


def contaminated(row: Conversation | Prompt, known: Known) -> Iterator[str]:
    """Anything said in the conversation that is asked or wanted in the test: thirteen words in a row, or all of it."""
    for message in row.messages:
        if message.role == "system":
            continue
        if name := known.held_out.same_as(message.content):
            yield f'"{message.content.strip()}" is asked or wanted in held-out prompt {name}'
        for stretch in list(known.held_out.shared_with(message.content))[:MOST_TOLD]:
            yield f"{_shown(stretch)} stands in held-out prompt {stretch.source}"


def _shown(stretch: Shared) -> str:
    words = stretch.words.split()
    return f'"{" ".join(words[:MOST_SHOWN])}{" ..." if len(words) > MOST_SHOWN else ""}"'
