"""Is an answer English? By the small words that hold sentences together."""

from __future__ import annotations

from collections.abc import Iterator

from bardsmith.overlap.runs import plain_words
from bardsmith.verse.poem import Poem
from bardsmith.verse.words import FOREIGN_SMALL_WORDS, SMALL_WORDS

FEWEST_WORDS = 8
"""Words below which shares say nothing."""
FOREIGN = 0.1
"""Share of small words of other languages from which a text is in one of them, if English ones are fewer still."""
FEWEST_SMALL, FEWEST_KNOWN = 0.12, 0.6
"""Shares of English small words and of known words, below both of which a text is in a language unknown here."""


def not_english(text: str, poem: Poem) -> Iterator[str]:
    """One foreign line in an English poem is no fault."""
    words = plain_words(text)
    if len(words) < FEWEST_WORDS:
        return
    foreign = sum(word in FOREIGN_SMALL_WORDS for word in words) / len(words)
    english = sum(word in SMALL_WORDS for word in words) / len(words)
    unknown = poem.variety.small_words < FEWEST_SMALL and poem.variety.known_words < FEWEST_KNOWN
    if (foreign >= FOREIGN and english < foreign) or unknown:
        yield "the answer is not in English"
