"""Does a text hold one of the wanted answers, whatever its case, accents, number words, plurals and line breaks?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from bardsmith.numerals import in_digits


def holds_any(text: str, references: Iterable[str]) -> bool:
    """True if the normalised words of any reference stand in the text one after another."""
    words = normalised_words(text)
    return any(_stands_in(wanted, words) for wanted in map(normalised_words, references) if wanted)


def _stands_in(wanted: Sequence[str], words: Sequence[str]) -> bool:
    return any(words[i : i + len(wanted)] == wanted for i in range(len(words) - len(wanted) + 1))


def normalised_words(text: str) -> list[str]:
    """Lower-case words without accents, articles and plurals.

    Numbers in words become digits (`nineteen sixty-one` is 1961); punctuation parts numbers and is dropped.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain.replace("\u2019", "'"))
    words = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+", in_digits(re.sub(r"'s?\b", "", plain)))
    return [_singular(word) for word in words if word not in ("the", "an")]


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("xes", "ses", "zes", "ches", "shes")) else word[:-1]
