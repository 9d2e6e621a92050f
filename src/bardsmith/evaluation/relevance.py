"""Does an answer speak of what was asked? By the content words that question and answer share.

It only sees words: an answer that says `Tokyo` and never `Japan` or `capital` shares nothing with its question. So it
is lenient where a question has few content words, and says why. Measured on the starter corpus (310 short answers):
85 % of the answers pass for their own question, and 38 % for one drawn at random. It is one of the features by which
the embedded judge decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bardsmith.verse.words import SMALL_WORDS

COMMON_BEGINNING = 5
"""Letters: stems that begin with the same ones count as one word (photosynthesis, photosynthetic)."""
ECHO = 0.5
"""Share of the question's content words in an answer that has no others, from which it only says the question again."""
FEW_CONTENT_WORDS = 3
"""Content words of a question up to which an answer that shares none with it may still be one."""


@dataclass(frozen=True)
class Relevance:
    relevant: bool
    shared: tuple[str, ...]
    """Content words of the question that the answer takes up, in their order."""
    reason: str


def relevance(question: str, answer: str) -> Relevance:
    """Compares the content words of a question with those of an answer."""
    answered = set(content_stems(answer))
    if not answered:
        return Relevance(False, (), "the answer has no content words")
    asked = _content(question)
    if answered <= asked.keys() and len(answered) >= ECHO * len(asked):
        return Relevance(False, (), "it only says the question again")
    beginnings = {stem[:COMMON_BEGINNING] for stem in answered}
    shared = tuple(
        word
        for stem, word in asked.items()
        if stem in answered or (len(stem) >= COMMON_BEGINNING and stem[:COMMON_BEGINNING] in beginnings)
    )
    if shared:
        return Relevance(True, shared, f"it takes up {', '.join(shared[:5])}")
    if len(asked) <= FEW_CONTENT_WORDS:
        return Relevance(True, (), f"the question has only {len(asked)} content words to take up")
    return Relevance(False, (), f"it takes up none of the question's {len(asked)} content words")


def content_stems(text: str) -> tuple[str, ...]:
    """Stems of the words that are neither small nor the mere manner of asking, each once, in order of appearance."""
    return tuple(_content(text))


def _content(text: str) -> dict[str, str]:
    """By stem, the first content word that has it."""
    found: dict[str, str] = {}
    for match in _WORD.findall(text.lower().replace("\u2019", "'")):
        word = match.split("'")[0]
        if word not in SMALL_WORDS and word not in _ASKING:
            found.setdefault(_stem(word), word)
    return found


_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_ASKING_WORDS = """
answer ask bit call called could describe don doesn didn isn aren wasn won explain find get getting give good got
help hey hi hello kind know let like lot made make mean means need people please question quick really say should
show someone something sort tell thank thanks thing things think time try trying two use used using want way week
whats won word words work works write year years actually anything being best better day different ever first going
gonna im ive keep less look looking new often old one part per put real right same see short simple start still sure
take without yes
"""
_ASKING = frozenset(_ASKING_WORDS.split())
"""Words that say how something is asked, not what."""


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    """Light stemming: plurals, -ing, -ed, -ly, -er endings off where a stem of three letters stays."""
    for ending, rest in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ing", ""),
        ("edly", ""),
        ("ed", ""),
        ("ly", ""),
        ("es", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith(("ss", "us", "is")):
            word = word[: -len(ending)] + rest
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
