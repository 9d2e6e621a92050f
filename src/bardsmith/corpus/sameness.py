"""How much alike the poems of a corpus are, beside verse by people.

Verse by language models is more uniform than people's: a few forms, a few words (Walsh, Preus and Gronski 2024, arXiv
2410.15299). No one measure sees it all, and every one depends on how much text there is (Shaib and others 2024, arXiv
2403.00553), so two bodies of verse are compared at the same number of words, of which no poem gives more than
POEM_WORDS.
"""

from __future__ import annotations

import math
import random
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from pydantic import Field

from bardsmith.overlap.runs import plain_words
from bardsmith.overlap.stock import stock_words
from bardsmith.records import Closed, Share, Text
from bardsmith.verse.poem import analyse

POEM_WORDS = 40
"""Words that are taken of a poem, its first."""
BUDGETS = (2_000, 5_000, 10_000, 20_000)
"""Words at which two bodies of verse may be compared."""
FORM_POEMS = 150
"""Poems whose form is looked at, whole."""
RUN = 4
"""Words in a row that two poems share."""
OPENING = 2
"""Words that a poem opens with."""
_HUMAN_VERSE = Path(__file__).with_name("human_verse.json")


class Sameness(Closed):
    """Of one body of verse, at one number of words."""

    words: int = Field(ge=1)
    poems: int = Field(ge=1)
    """That these words are of."""
    form_entropy: float = Field(ge=0)
    """Bits, of the forms by the verse room (`none` is one), of at most FORM_POEMS poems; 0: all in one form."""
    stock_words: float = Field(ge=0)
    """A thousand words."""
    shared_runs: Share
    """Share of the poems with RUN words or more in a row that another has, too: self-repetition as Salkar and others
    2022 (AACL) look for it."""
    compression: float = Field(gt=0)
    """Bytes of the words by bytes when deflated: the higher, the more alike."""
    commonest_opening: Share
    """Share of the poems that open with the commonest OPENING words."""
    distinct_2: Share
    """Different pairs of neighbouring words by all pairs (Li and others 2016, arXiv 1510.03055)."""


class HumanVerse(Closed):
    """Figures of verse by people, at each number of words."""

    origin: Text
    at: Text | None = None
    """The day of the measurement, ISO 8601; None: now."""
    figures: tuple[Sameness, ...] = Field(min_length=1)

    def at_words(self, words: int) -> Sameness | None:
        return next((figure for figure in self.figures if figure.words == words), None)


def shipped_human_verse() -> HumanVerse:
    """Made by scripts/measure_human_verse.py."""
    return HumanVerse.model_validate_json(_HUMAN_VERSE.read_text(encoding="utf-8"))


def human_verse(texts: Sequence[str], origin: str, at: str) -> HumanVerse:
    """At each of the BUDGETS. Raises ValueError if the texts have too few words for the fewest."""
    figures = tuple(sameness(texts, budget) for budget in BUDGETS if budget <= words_in(texts))
    return HumanVerse(origin=origin, at=at, figures=figures)


def beside(texts: Sequence[str], others: Sequence[str], origin: str) -> HumanVerse:
    """Figures of others' texts, at the most words that these texts have, too."""
    there = words_in(others)
    budget = max((each for each in BUDGETS if each <= min(there, words_in(texts))), default=there)
    return HumanVerse(origin=origin, figures=(sameness(others, budget),))


def words_in(texts: Iterable[str]) -> int:
    """That can be compared."""
    return sum(min(POEM_WORDS, len(plain_words(text))) for text in texts)


def sameness_beside(texts: Sequence[str], human: HumanVerse) -> Sameness | None:
    """At the most words for which there are figures of people's, or of all words if they are too few for any.

    None where there is no word.
    """
    there = words_in(texts)
    budget = max((figure.words for figure in human.figures if figure.words <= there), default=there)
    return sameness(texts, budget) if budget else None


def sameness(texts: Sequence[str], words: int) -> Sameness:
    """Of so many words of texts that have at least these; which poems they are is drawn, each time the same."""
    drawn, left = [], words
    chosen = []
    for text in random.Random(len(texts)).sample(texts, len(texts)):
        said = plain_words(text)[: min(POEM_WORDS, left)]
        if said:
            drawn.append(said)
            chosen.append(text)
            left -= len(said)
    flat = [word for poem in drawn for word in poem]
    spelt = "\n".join(" ".join(poem) for poem in drawn).encode()
    pairs = [pair for poem in drawn for pair in pairwise(poem)]
    openings = Counter(tuple(poem[:OPENING]) for poem in drawn)
    return Sameness(
        words=len(flat),
        poems=len(drawn),
        form_entropy=round(entropy(analyse(text).form or "none" for text in chosen[:FORM_POEMS]), 2),
        stock_words=round(stock_words(flat), 1),
        shared_runs=round(_sharing(drawn), 3),
        compression=round(len(spelt) / len(zlib.compress(spelt, 9)), 2),
        commonest_opening=round(max(openings.values()) / len(drawn), 3),
        distinct_2=round(len(set(pairs)) / max(1, len(pairs)), 3),
    )


def entropy(labels: Iterable[str]) -> float:
    """Shannon's, in bits."""
    counts = Counter(labels)
    total = counts.total()
    return abs(sum(count / total * math.log2(total / count) for count in counts.values()))


def _sharing(poems: Sequence[Sequence[str]]) -> float:
    runs = [{tuple(poem[i : i + RUN]) for i in range(len(poem) - RUN + 1)} for poem in poems]
    owners = Counter(run for each in runs for run in each)
    return sum(any(owners[run] > 1 for run in each) for each in runs) / len(poems)
