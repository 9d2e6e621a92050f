"""Words that verse by language models falls back on, whatever it is about."""

from __future__ import annotations

from collections.abc import Sequence

_STOCK = """
heart hearts soul souls echo echoes echoed echoing whisper whispers whispered whispering embrace embraces embraced
embracing tapestry tapestries dance dances danced dancing dream dreams dreamed dreaming
"""
STOCK = frozenset(_STOCK.split())
"""Heart, embrace, echo and whisper by Walsh, Preus and Gronski 2024 (arXiv 2410.15299), who find them far more often in
verse by models than by people; the rest as commonly complained of."""


def stock_words(words: Sequence[str]) -> float:
    """How many of a thousand plain words (overlap.runs.plain_words) are of the STOCK. There must be a word."""
    return 1000 * sum(word in STOCK for word in words) / len(words)
