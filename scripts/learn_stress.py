"""Learns the weights of the tagger of performed stress and realised meter from poems marked by hand.

    python scripts/learn_stress.py DATA

DATA/prosody holds `scansion-4b4v`, `scansion-epg64` and `scansion-litlab`, each with a file of its name and the ending
`.jsonl`, a poem a row: `stanzas`, each with `lines` and with `real`, a list of admissible readings for every line, `+`
and `-` a syllable. The first set (For Better For Verse) marks stress, the others (EPG64 and the Stanford Literary Lab's
sample) meter. A conditional random field is trained on both at once: each feature has a weight that the two share and
one of its own for each (Daumé, Frustratingly Easy Domain Adaptation, 2007). AdaGrad steps in a fixed order make the
table the same each time.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from pathlib import Path

from bardsmith.verse.rhythm.performance import (
    METER,
    PAIRS,
    STRESS,
    TABLE,
    Context,
    contexts,
    features,
    strict_reading,
    word_feature,
)
from bardsmith.verse.rhythm.reading import Scansion, reading
from bardsmith.verse.rhythm.scansion import scan
from bardsmith.verse.rhythm.syllabification import WordRow

SETS = {"scansion-4b4v": STRESS, "scansion-epg64": METER, "scansion-litlab": METER}
PASSES, STEP, DECAY, SEED = 6, 0.1, 0.03, 1
"""Passes over the lines, AdaGrad's step, the pull of each weight to 0, and the seed that shuffles the lines: by
five-fold cross-validation over poems, where half or twice as much of each did no better."""

LEAST_WORDS = 8
"""Occurrences from which a word of one syllable has a feature of its own."""

SCALE = 100
"""Integer weights are this times the learned ones."""


@dataclass(frozen=True, slots=True)
class Example:
    """A line: the features of each syllable, those of each pair of marks, and its admissible readings in 0 and 1."""

    single: list[list[int]]
    chained: list[list[list[int]]]
    readings: list[list[int]]


class Learner:
    """Numbers features and holds their weights."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[int, str], int] = {}
        self.weights: list[float] = []
        self.squares: list[float] = []

    def number(self, column: int, feature: str) -> list[int]:
        """The two numbers of a feature: shared, and of the column."""
        found = []
        for key in ((-1, feature), (column, feature)):
            if key not in self.numbers:
                self.numbers[key] = len(self.weights)
                self.weights.append(0.0)
                self.squares.append(1e-6)
            found.append(self.numbers[key])
        return found

    def step(self, gradient: dict[int, float]) -> None:
        """One step of AdaGrad."""
        for i, slope in gradient.items():
            slope -= DECAY * self.weights[i]
            self.squares[i] += slope * slope
            self.weights[i] += STEP * slope / sqrt(self.squares[i])


def gold_poems(folder: Path) -> Iterator[tuple[int, list[list[str]], list[list[str]]]]:
    """Column, stanzas and admissible readings of each line, for every poem."""
    for name, column in SETS.items():
        for row in (folder / name / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            stanzas = json.loads(row)["stanzas"]
            yield column, [each["lines"] for each in stanzas], [real for each in stanzas for real in each["real"]]


def fitting(foot: str, row: WordRow, line: Scansion, gold: Sequence[str]) -> tuple[Scansion, list[str]]:
    """A reading of the line with as many syllables as some gold reading has, and those gold readings."""
    others = (reading(foot, row.words, each.count("+"), strict) for each in gold for strict in (True, False))
    for found in (line, *others):
        same = [each for each in gold if each and len(each) == len(found.marks)]
        if same:
            return found, same
    return line, []


def examples(poems: Iterable[tuple[int, list[list[str]], list[list[str]]]], learner: Learner) -> list[Example]:
    lines = []
    for column, stanzas, gold in poems:
        poem = scan("\n\n".join("\n".join(stanza) for stanza in stanzas))
        for row, line, beats, wanted in zip(poem.rows, poem.lines, poem.expected, gold, strict=True):
            own = strict_reading(poem.foot, row, line, beats) if column == STRESS else line
            found, same = fitting(poem.foot, row, own, wanted)
            if same:
                lines.append((column, found.marks, list(contexts(poem.foot, row, found)), same))
    seen = Counter(word for _, _, known, _ in lines for _, word in known)
    return [
        _example(
            learner,
            column,
            marks,
            [(context, word if seen[word] >= LEAST_WORDS else "") for context, word in known],
            same,
        )
        for column, marks, known, same in lines
    ]


def _example(
    learner: Learner, column: int, marks: str, known: Sequence[tuple[Context, str]], same: Sequence[str]
) -> Example:
    single, chained = [], []
    for mark, (context, word) in zip(marks, known, strict=True):
        alone, pairs = features(context)
        alone += [word_feature(mark, word)] if word else []
        single.append([number for each in alone for number in learner.number(column, each)])
        chained.append([[n for each in pairs for n in learner.number(column, each + pair)] for pair in PAIRS])
    return Example(single, chained, [[int(mark == "+") for mark in each] for each in same])


def gradient(example: Example, weights: Sequence[float]) -> dict[int, float]:
    """The slope of the likelihood of the admissible readings together, by the forward-backward algorithm."""
    single = [exp(sum(weights[i] for i in each)) for each in example.single]
    chained = [[exp(sum(weights[i] for i in each)) for each in pairs] for pairs in example.chained]
    forward, backward = _forward(single, chained), _backward(single, chained)
    shares = _shares(example, weights)
    slopes: dict[int, float] = {}

    def add(features: Sequence[int], amount: float) -> None:
        for i in features:
            slopes[i] = slopes.get(i, 0.0) + amount

    for i, (off, on) in enumerate(forward):
        low, high = backward[i]
        wanted = sum(share * each[i] for share, each in zip(shares, example.readings, strict=True))
        add(example.single[i], wanted - on * high / (off * low + on * high))
        if i == 0:
            continue
        one, two, three, four = chained[i]
        first, second = forward[i - 1]
        likely = (
            first * one * low,
            first * two * single[i] * high,
            second * three * low,
            second * four * single[i] * high,
        )
        for pair in range(4):
            both = sum(
                share for share, each in zip(shares, example.readings, strict=True) if 2 * each[i - 1] + each[i] == pair
            )
            add(example.chained[i][pair], both - likely[pair] / sum(likely))
    return slopes


def _forward(single: Sequence[float], chained: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    off, on = 1.0, single[0]
    found = [(off, on)]
    for stress, (one, two, three, four) in zip(single[1:], chained[1:], strict=True):
        off, on = off * one + on * three, (off * two + on * four) * stress
        off, on = off / (off + on), on / (off + on)
        found.append((off, on))
    return found


def _backward(single: Sequence[float], chained: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    off = on = 1.0
    found = [(off, on)]
    for stress, (one, two, three, four) in zip(single[:0:-1], chained[:0:-1], strict=True):
        off, on = one * off + two * stress * on, three * off + four * stress * on
        off, on = off / (off + on), on / (off + on)
        found.append((off, on))
    return found[::-1]


def _shares(example: Example, weights: Sequence[float]) -> list[float]:
    """How the admissible readings share the probability that they have together."""
    scores = []
    for each in example.readings:
        chosen = [i for features, mark in zip(example.single, each, strict=True) if mark for i in features]
        for k in range(1, len(each)):
            chosen += example.chained[k][2 * each[k - 1] + each[k]]
        scores.append(sum(weights[i] for i in chosen))
    odds = [exp(score - max(scores)) for score in scores]
    return [each / sum(odds) for each in odds]


def learned(poems: Iterable[tuple[int, list[list[str]], list[list[str]]]]) -> list[str]:
    """The lines of the table: the mean of the weights after each pass of the second half."""
    learner = Learner()
    lines = examples(poems, learner)
    shuffler = random.Random(SEED)
    sums = [0.0] * len(learner.weights)
    for turn in range(PASSES):
        shuffler.shuffle(lines)
        for line in lines:
            learner.step(gradient(line, learner.weights))
        if turn >= PASSES // 2:
            sums = [before + weight for before, weight in zip(sums, learner.weights, strict=True)]
    scale = SCALE / (PASSES - PASSES // 2)
    mean = {key: sums[number] * scale for key, number in learner.numbers.items()}
    table = []
    for feature in sorted({feature for _, feature in mean}):
        weights = [round(mean.get((-1, feature), 0.0) + mean.get((column, feature), 0.0)) for column in (STRESS, METER)]
        if any(weights):
            table.append(f"{feature}\t{weights[0]}\t{weights[1]}")
    return table


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    TABLE.write_bytes(("\n".join(learned(gold_poems(Path(sys.argv[1]) / "prosody"))) + "\n").encode())


if __name__ == "__main__":
    main()
