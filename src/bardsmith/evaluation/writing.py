"""How an answer is written, by counting: columns beside the verdict, which no judge looks at and no check caps."""

from __future__ import annotations

from typing import Any

from bardsmith.evaluation.reading import Reading
from bardsmith.overlap.runs import plain_words
from bardsmith.overlap.stock import stock_words
from bardsmith.records import Completion, Prompt
from bardsmith.results import Score


def with_writing(score: Score, prompt: Prompt, completion: Completion) -> Score:
    """The score with the columns `meter`, `words`, `tokens` and `stock_words`."""
    reading = Reading(prompt, completion)
    words = plain_words(completion.text)
    counted: dict[str, Any] = {
        "meter": reading.steadiness if score.verse else None,
        "words": len(words),
        "tokens": completion.tokens or None,
        "stock_words": stock_words(words) if words else None,
    }
    return score.model_copy(update=counted)
