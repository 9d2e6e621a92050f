"""Is an answer short enough, in lines and in tokens of the model that will learn from it?"""

from __future__ import annotations

from collections.abc import Iterator

from bardsmith.corpus.gates.known import Known
from bardsmith.records import Conversation


def too_long(row: Conversation, known: Known) -> Iterator[str]:
    lines = sum(bool(line.strip()) for line in row.answer.splitlines())
    if known.most_lines is not None and lines > known.most_lines:
        yield f"the answer has {lines} lines, {known.most_lines} at most wanted"
    if known.fit and (tokens := known.fit.tokens_of(row)) > known.fit.most_tokens:
        yield (
            f"with its question the answer has {tokens} tokens, {known.fit.most_tokens} at most wanted; make it shorter"
        )
