"""Is a text made of words, and the words of sentences? By its characters, by the word list and by its small words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_letters, digits, whitespace

from bardsmith.verse.soundness.vocabulary import is_word
from bardsmith.verse.soundness.wording import Wording, Words, wording
from bardsmith.verse.words import FOREIGN_SMALL_WORDS

CHARACTERS_TO_COUNT = 60
"""Characters from which the share of letters is looked at: a date is a short answer, not noise."""
FEWEST_LETTERS = 0.6
"""Share of the characters, spaces aside, that must be letters. Human verse: 0.9 and more."""
MOST_ODD_CHARACTERS = 0.08
"""Share of the characters that are no letters, digits, spaces, emoji or common punctuation; most code has less."""
ODD_LINE = 0.15
"""The same for one line of LINE_TO_COUNT characters or more, since noise may follow sound lines."""
LINE_TO_COUNT = 30
MOST_FOREIGN_LETTERS = 0.3
"""Share of the letters beyond the Latin alphabet: the room reads English."""
MOST_LONE_LETTERS = 0.3
"""Share of the words that are single letters other than a, i and o, in texts of FEWEST_WORDS and more."""
LONGEST_WORD = 30
"""Letters in a row; the longest word of human verse has 21."""
FEWEST_WORDS = 6
"""Words below which a text is too short to be judged by them."""
WINDOW = 24
"""Words read at a time, since noise may follow sound lines."""
HEAP_WORDS = 20
HEAP_SMALL_WORDS = 0.06
"""Share of small words (the, of, and ...) below which a window of so many words is a heap of words. 99.9 % of the
windows of human verse have 0.2 and more, 95 % of those of word salad 0.04 and less. Haiku are too short for it."""
LONG_HEAP_WORDS = 48
LONG_HEAP_SMALL_WORDS = 0.15
"""The same for whole texts of so many words; the smallest share in 1,500 human poems is 0.167."""
FEW_SMALL_WORDS = 0.16
KNOWN_WORDS = 0.5
"""Shares of small and of known words below both of which a window is made up. Human windows since 1550 have 0.2 and
0.65 or more in 99.9 % of the cases."""
FOREIGN = 0.1
"""Share of small words of another language that shows that language."""
FEWEST_CLASHES = 2
CLASHES = 0.03
"""Clashes (see _shuffled), in number and as a share of the words: nine shuffled texts in ten have more, and 99.95 % of
the poems fewer."""
LISTED = 0.3
"""Share of lines with a list mark from which many nouns in a row are a list, no heap."""

_CLASHES = Path(__file__).parents[1] / "tables" / "clashes.txt"
_LIST_MARK = re.compile(r"\s*(?:[-*+\u2022|]|\d{1,3}[.):])\s")
_NOT_LATIN = re.compile(r"[^\W\d_a-zA-Z\u00aa-\u024f\u1e00-\u1eff]")
_ODD = re.compile(r"[^\w\s.,;:!?'\"()\[\]*/&\u2600-\u27bf\ufe0f\U0001f300-\U0001faff-]")
_TYPOGRAPHY = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00ab\u00bb"
_COMMON = str.maketrans("", "", ascii_letters + digits + whitespace + "_.,;:!?'\"()[]*/&-")


@dataclass(frozen=True, slots=True)
class Gibberish:
    gibberish: bool
    reason: str | None


def gibberish(text: str) -> Gibberish:
    """Tells noise, made-up words and heaps of unconnected words from language; any string is allowed.

    An empty text is not gibberish, nor is another language in Latin letters; other scripts are, for this room reads
    English.
    """
    reason = noise(text, wording(text))
    return Gibberish(bool(reason), reason or None)


def noise(text: str, said: Wording) -> str:
    """What makes the text, which has these words, no language, or ''."""
    if reason := _odd_characters(text, said.words) or _shuffled(said):
        return reason
    sparse = list(_windows_with_few_small_words(said))
    return (_made_up(sparse) or _heap(text, said, sparse)) if sparse else ""


def _odd_characters(text: str, words: Words) -> str:
    lengths = list(map(len, words))
    letters = sum(lengths)
    characters = len(text) - text.count(" ") - text.count("\n")
    if characters >= CHARACTERS_TO_COUNT and letters < FEWEST_LETTERS * characters:
        return f"only {letters / characters:.0%} of the characters are letters"
    plain = text if text.isascii() else _without_typography(text)
    odd = _odd(plain)
    if odd > MOST_ODD_CHARACTERS * characters or (odd > ODD_LINE * LINE_TO_COUNT and _has_odd_line(plain)):
        return "odd characters stand between the letters"
    if not plain.isascii() and len(_NOT_LATIN.findall(plain)) > MOST_FOREIGN_LETTERS * letters:
        return "its letters are not Latin"
    return _odd_words(words, lengths)


def _without_typography(text: str) -> str:
    for mark in _TYPOGRAPHY:
        text = text.replace(mark, " ")
    return text


def _odd(text: str) -> int:
    """How many characters are no letters, digits, spaces, emoji or common punctuation."""
    return len(text.translate(_COMMON)) if text.isascii() else len(_ODD.findall(text))


def _has_odd_line(text: str) -> bool:
    lines = [line for line in text.split("\n") if len(line) >= LINE_TO_COUNT]
    return any(_odd(line) > ODD_LINE * len(line) for line in lines)


def _odd_words(words: Words, lengths: list[int]) -> str:
    if max(lengths, default=0) > LONGEST_WORD:
        return f"a word of {max(lengths)} letters stands in it"
    if len(words) >= FEWEST_WORDS and lengths.count(1) > MOST_LONE_LETTERS * len(words):
        lone = sum(len(word) == 1 and word not in "aio" for word in words)
        return "single letters stand where words should" if lone > MOST_LONE_LETTERS * len(words) else ""
    return ""


def _shuffled(said: Wording) -> str:
    """Small words stand side by side that never do ('the of', 'to was', 'my it'), for small words keep an order."""
    number = len(said.pairs & clashing_pairs())
    if number >= FEWEST_CLASHES and number > CLASHES * len(said.words):
        return f"{number} pairs of words stand together that never do"
    return ""


@cache
def clashing_pairs() -> frozenset[tuple[str, str]]:
    """The table that scripts/build_vocabulary.py makes: a word and all that may not follow it."""
    rows = map(str.split, _CLASHES.read_text(encoding="utf-8").splitlines())
    return frozenset((first, second) for first, *seconds in rows for second in seconds)


def _windows_with_few_small_words(said: Wording) -> Iterator[tuple[Words, int]]:
    """Windows, and how many of their words are small. The last window reaches back to be full."""
    words, small = said.words, said.small
    last = max(0, len(words) - WINDOW)
    for start in range(0, len(words), WINDOW):
        here = slice(min(start, last), start + WINDOW)
        found = small[here].count(True)
        if found < FEW_SMALL_WORDS * min(WINDOW, len(words)) and not _is_foreign(words[here]):
            yield words[here], found


def _is_foreign(words: Words) -> bool:
    return sum(map(FOREIGN_SMALL_WORDS.__contains__, words)) >= FOREIGN * len(words)


def _made_up(windows: Sequence[tuple[Words, int]]) -> str:
    """Words that nobody has heard, and hardly a small word among them."""
    for window, _ in windows:
        known = sum(map(is_word, window))
        if len(window) >= FEWEST_WORDS and known < KNOWN_WORDS * len(window):
            return f"only {known} of {len(window)} words are words, as in '{' '.join(window[:6])}'"
    return ""


def _heap(text: str, said: Wording, windows: Sequence[tuple[Words, int]]) -> str:
    """Words without the small ones that would make sentences of them, unless the text is a list of things."""
    heaps = [(len(window), small, HEAP_SMALL_WORDS) for window, small in windows]
    if len(said.words) >= LONG_HEAP_WORDS:
        heaps.append((len(said.words), sum(said.small), LONG_HEAP_SMALL_WORDS))
    for number, small, share in heaps:
        if number >= HEAP_WORDS and small < share * number:
            return "" if _is_list(text) else f"only {small} of {number} words are small words such as 'the' and 'of'"
    return ""


def _is_list(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    return sum(map(bool, map(_LIST_MARK.match, lines))) > LISTED * len(lines)
