"""Does the wanted answer survive in the poem?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bardsmith.numerals import spellings
from bardsmith.overlap.runs import plain_words

_POSSESSIVE = re.compile(r"['\u2019]s\b")
_A_HUNDRED = re.compile(r"\ba (?=hundred|thousand|million|billion)", re.IGNORECASE)
_ARTICLES = frozenset(["a", "an", "the"])


def lost(answer: str, references: Sequence[str]) -> Iterator[str]:
    """One of the references, if there are any, must stand in the answer as whole words in a row."""
    if references and not holds_any(answer, references):
        yield "one of these must stand in the poem: " + ", ".join(f'"{each}"' for each in references)


def holds_any(answer: str, references: Iterable[str]) -> bool:
    """Case, accents, punctuation, line breaks and a leading article do not count; numbers are words or digits."""
    wanted = {_without_article(said) for reference in references for said in _versions(reference)} - {""}
    return any(f" {each} " in f" {said} " for said in _versions(answer) for each in wanted)


def _versions(text: str) -> Iterator[str]:
    """The plain words of a text, with its numbers as they stand, in words and in digits."""
    flat = _A_HUNDRED.sub("one ", " ".join(_POSSESSIVE.sub("", text).split()))
    return (" ".join(plain_words(spelt)) for spelt in spellings(flat))


def _without_article(words: str) -> str:
    first, _, rest = words.partition(" ")
    return rest if first in _ARTICLES and rest else words
