"""The numbers from which the embedded judge judges. Few, bounded, and each with the direction in which it may count."""

from __future__ import annotations

from typing import NamedTuple

from bardsmith.evaluation.checks import stands_as_verse
from bardsmith.evaluation.reading import RUN, Reading

POETIC = 10.0
"""Tenths of a nat a word at which prose is as poetic, or as prosaic, as is told apart."""
PROSAIC = -0.8
"""The same of the usual answer in prose, which stands for DOUBT words more."""
DOUBT = 20
LEAST_VARIETY, MOST_VARIETY = 0.6, 0.85
"""Between them lie nine of ten texts; beyond them more or less variety says no more."""
PET_TIMES = 2
"""Lines in which a content word may stand before it is a pet word."""
MOST_PET = 0.3
"""Share of the lines."""
MOST_FRESH = 60
"""Runs of words that are neither repeats nor the question's, from which a long answer has enough to say."""
MOST_ASKING = 0.1
"""Share of words of the first person (I, my ...)."""
SHARED = 3
"""Content words of the question in the answer, from which more say no more."""


class Features(NamedTuple):
    """All lie between -1 and 1. Those of verse are 0 for prose, and the other way round."""

    verse: float
    """1 if it is verse."""
    ended: float
    """Verse: 1 if it has an end."""
    verse_repeats: float
    """Verse: share of repeated four-word runs."""
    varied: float
    """Verse: variety of its words, from LEAST_VARIETY (0) to MOST_VARIETY (1)."""
    pet_word: float
    """Verse: share of the lines with one and the same content word, beyond PET_TIMES, of MOST_PET."""
    prose_around: float
    """Verse: share of the text that is no verse."""
    prose_repeats: float
    """Prose: share of repeated four-word runs."""
    poetic: float
    """Prose: how much its diction is that of verse; -1 to 1."""
    leaked: float
    """1 if instructions or other turns stand in it."""
    lines_again: float
    """Share of repeated lines."""
    twice: float
    """The longest run of words that stood there before, by all words."""
    fresh: float
    """New runs of words, by all runs or by MOST_FRESH if there are more."""
    asking: float
    """Prose: share of words of the first person, of MOST_ASKING: it goes on with the asker's tale."""
    shared: float
    """Content words that it shares with the question, from none to SHARED; 1 where a wanted fact is kept."""
    none_shared: float
    """1 if it shares none, though the question has enough of them."""


def features(reading: Reading) -> Features:
    """Measures one answer; linear in its length."""
    verse = float(stands_as_verse(reading))
    prose = 1 - verse
    grams = reading.repetition.grams
    return Features(
        verse=verse,
        ended=verse * reading.ending.finished,
        verse_repeats=verse * grams,
        varied=verse * _between(reading.variety, LEAST_VARIETY, MOST_VARIETY),
        pet_word=verse * _pet(reading),
        prose_around=verse * (1 - reading.layout.verse_share),
        prose_repeats=prose * grams,
        poetic=prose * _poetic(reading),
        leaked=float(bool(reading.leaked)),
        lines_again=reading.repetition.lines,
        twice=reading.twice,
        fresh=min(1.0, reading.fresh / max(1, min(MOST_FRESH, len(reading.words.words) - RUN + 1))),
        asking=prose * min(1.0, reading.first_person / MOST_ASKING),
        shared=1.0 if reading.fact_kept else min(1.0, len(reading.relevance.shared) / SHARED),
        none_shared=float(not reading.relevance.relevant and not reading.fact_kept),
    )


def _poetic(reading: Reading) -> float:
    """Few words prove little: prose is held to be prosaic until they do."""
    number = len(reading.words.words)
    found = max(-1.0, min(1.0, -reading.prosaic / POETIC))
    return (number * found + DOUBT * PROSAIC) / (number + DOUBT)


def _pet(reading: Reading) -> float:
    _, times = reading.pet_word
    return min(1.0, max(0, times - PET_TIMES) / max(1, len(reading.layout.lines)) / MOST_PET)


def _between(value: float, low: float, high: float) -> float:
    return max(0.0, min(1.0, (value - low) / (high - low)))
