"""Which strings must survive when an answer is put into verse."""

from __future__ import annotations

import re

from bardsmith.numerals import spellings

MOST_WORDS = 4
"""A longer answer is not kept word for word by a good poem."""
_SAYS_NO_NAME = re.compile(
    r"(?:yes|no|not|none|true|false|it|its|it's|they|they're|he|she|we|you|i|there|this|that|because|all|both)\b",
    re.IGNORECASE,
)
_QUOTES = "\"'\u201c\u201d\u2018\u2019"


def references_in(answer: str) -> tuple[str, ...]:
    """A short answer itself, without the article or preposition before it, and with its numbers as words or digits.

    Empty if it is long, or such that a poem may well say it in other words: yes, no and short sentences.
    """
    name = answer.strip().strip(_QUOTES).rstrip(".!").strip(_QUOTES)
    if not name or len(name.split()) > MOST_WORDS or _SAYS_NO_NAME.match(name):
        return ()
    bare = re.sub(r"^(?:(?:on|in|at|from)\s+)?(?:(?:the|an?)\s+)?", "", name, flags=re.IGNORECASE)
    return tuple(dict.fromkeys(spelling for text in (name, bare) for spelling in spellings(text)))
