"""Does an answer copy what its model was trained on? By runs of words that they share."""

from __future__ import annotations

from collections.abc import Iterable

from bardsmith.evaluation.checks import MEMORISED
from bardsmith.verse.soundness.wording import runs, wording

SHOWN = 8
"""Words of a copied passage that are shown."""


class Memory:
    """The runs of MEMORISED words of all training answers."""

    def __init__(self, answers: Iterable[str]) -> None:
        self._runs = {hash(run) for answer in answers for run in runs(wording(answer).words, MEMORISED)}

    def copied(self, text: str) -> str:
        """The beginning of the first passage that stands in a training answer word for word, or ''."""
        found = (run for run in runs(wording(text).words, MEMORISED) if hash(run) in self._runs)
        return " ".join(next(found, ())[:SHOWN])
