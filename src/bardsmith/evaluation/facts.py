"""Does a text hold one of the wanted answers, whatever its case, accents, number words, plurals and line breaks?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

_UNIT_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: value for value, word in enumerate(_UNIT_WORDS.split())}
_TENS = {word: 10 * value for value, word in enumerate(_TEN_WORDS.split(), start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_NUMBER_WORDS = _UNITS.keys() | _TENS.keys() | _SCALES.keys()


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
    words = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+|[.,;:!?]", re.sub(r"'s?\b", "", plain))
    articles = {"the", "an"}
    kept = [
        word
        for word, following in zip(words, [*words[1:], ""], strict=False)
        if word not in articles and not (word == "a" and following in _SCALES)
    ]
    return [_singular(word) for word in _digits(kept) if word.isalnum() or "." in word[1:]]


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("xes", "ses", "zes", "ches", "shes")) else word[:-1]


def _digits(words: Sequence[str]) -> list[str]:
    out: list[str] = []
    i = 0
    while i < len(words):
        if words[i] in _NUMBER_WORDS:
            value, i = _number(words, i)
            out.append(str(value))
        else:
            out.append(words[i])
            i += 1
    return out


def _number(words: Sequence[str], start: int) -> tuple[int, int]:
    """Reads the longest number in words from `start` on; returns it and the index after it."""
    total, i = 0, start
    current: int | None = None
    while i < len(words):
        word = words[i]
        if word in _SCALES:
            current = (current or 1) * _SCALES[word] if current != 0 else 0
            if word != "hundred":
                total, current = total + current, None
            i += 1
        elif (
            word == "and" and i > start and words[i - 1] in _SCALES and words[i + 1 : i + 2] and _is_small(words[i + 1])
        ):
            i += 1
        elif _is_small(word):
            small, after = _below_hundred(words, i)
            if current is None:
                current = small
            elif current >= 100 and current % 100 == 0 and small < 100:
                current += small
            elif 10 <= current < 100 and small >= 10:  # a year: nineteen sixty-one
                current = 100 * current + small
            else:
                break
            i = after
        else:
            break
    return total + (current or 0), i


def _is_small(word: str) -> bool:
    return word in _UNITS or word in _TENS


def _below_hundred(words: Sequence[str], i: int) -> tuple[int, int]:
    if words[i] in _UNITS:
        return _UNITS[words[i]], i + 1
    unit = _UNITS.get(words[i + 1], 0) if i + 1 < len(words) else 0
    return (_TENS[words[i]] + unit, i + 2) if 0 < unit < 10 else (_TENS[words[i]], i + 1)
