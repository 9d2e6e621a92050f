"""The verse room as a scorer of rhyme schemes wants it: one label a line, the same where lines rhyme."""

from __future__ import annotations

from bardsmith.verse import thresholds
from bardsmith.verse.rhyme import end_word, rhymes


def rhyme(text: str) -> list[int]:
    """Each line takes the label of the nearest line before it that rhymes or ends in the same word, else a new one."""
    ends = [end_word(line) for line in text.split("\n") if line.strip()]
    labels: list[int] = []
    for i, word in enumerate(ends):
        before = range(i - 1, max(-1, i - 1 - thresholds.RHYME_WINDOW), -1)
        partner = next((j for j in before if word == ends[j] or rhymes(word, ends[j])), None)
        labels.append(max(labels, default=-1) + 1 if partner is None else labels[partner])
    return labels
