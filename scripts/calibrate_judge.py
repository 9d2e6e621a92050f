"""Fits the embedded judge to readings of answers, and shows how far it agrees on prompts that it has not seen.

    python scripts/calibrate_judge.py DATA [--write]

DATA holds reference-study/judged.csv (columns `prompt` and `text`) and reference-study/expert.csv (two readings of the
same rows: `quality_1`, `quality_2`, `verse_1`, ..., by a language model; they are not people's). Neither is part of
this project. Prints the agreement of a cross-validation whose folds share no prompt; with --write, fits to all rows and
writes src/bardsmith/evaluation/embedded.json.

The fit is a ridge-penalised proportional-odds model whose weights keep to the signs given below. Empty and degenerate
answers, whose quality and failure the checks decide, are left out of those two. For relevance each relevant answer also
stands beside another prompt's question, as one that is not relevant, with a small weight: the readings hold no good
poem off the question.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bardsmith.agreement import kappa
from bardsmith.evaluation import checks, embedded
from bardsmith.evaluation.features import Features, features
from bardsmith.evaluation.judge import judge
from bardsmith.evaluation.reading import Reading
from bardsmith.outputs import write_json
from bardsmith.records import Completion, Message, Prompt
from bardsmith.results import Score

SIGNS: dict[embedded.HeadName, dict[str, int]] = {
    "quality": {
        "verse": 1, "ended": 1, "verse_repeats": -1, "varied": 1, "pet_word": -1, "prose_around": -1,
        "prose_repeats": -1, "poetic": 1,
    },
    "failure": {
        "verse": -1, "ended": -1, "verse_repeats": 1, "prose_repeats": 1, "leaked": 1, "lines_again": 1, "twice": 1,
    },
    "relevant": {"verse": 1, "prose_repeats": -1, "fresh": 1, "shared": 1, "none_shared": -1, "asking": -1},
}  # fmt: skip
"""The direction in which each feature may count."""
RIDGE = 0.001
MISMATCHED = 0.1
"""Weight of an answer beside a question that is not its own."""
FOLDS = 5
LABELS = ("quality", "verse", "failure", "complete", "relevant")


class Row(NamedTuple):
    reading: Reading
    features: Features
    labels: dict[str, tuple[int, int]]
    """By label, what the two readers said."""
    decided: bool
    """By the checks alone."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    rows = read_rows(given.data / "reference-study")
    agreement = cross_validated(rows)
    sys.stdout.write(json.dumps(agreement, indent=2) + "\n")
    if given.write:
        heads = {name: fit(name, rows) for name in SIGNS}
        origin = {
            "command": "python scripts/calibrate_judge.py DATA --write",
            "rows": len(rows),
            "prompts": len({row.reading.prompt.id for row in rows}),
            "labels": "two readings by one language model of the answers of a public study; not people's",
            "cross_validation": agreement,
        }
        calibration = embedded.Calibration.model_validate({"heads": heads, "origin": origin})
        write_json(embedded.FILE, calibration.model_dump(mode="json"))


def read_rows(folder: Path) -> list[Row]:
    with (folder / "judged.csv").open(encoding="utf-8", newline="") as file:
        judged = list(csv.DictReader(file))
    with (folder / "expert.csv").open(encoding="utf-8", newline="") as file:
        expert = list(csv.DictReader(file))
    return [
        _row(answer, {label: (int(said[f"{label}_1"]), int(said[f"{label}_2"])) for label in LABELS})
        for answer, said in zip(judged, expert, strict=True)
    ]


def _row(answer: dict[str, str], labels: dict[str, tuple[int, int]]) -> Row:
    reading = _reading(answer["prompt"], answer["text"])
    decided = any(fault.check in ("empty", "degenerate") for fault in checks.faults(reading))
    return Row(reading, features(reading), labels, decided)


def _reading(question: str, text: str) -> Reading:
    prompt = Prompt(id=question, item=question, kind="chat", messages=(Message(role="user", content=question),))
    return Reading(
        prompt,
        Completion(
            contestant="x",
            prompt=prompt.id,
            decoding="sampled",
            sample=0,
            seed=0,
            text=text,
            tokens=0,
            finish="unknown",
        ),
    )


def cross_validated(rows: list[Row]) -> dict[str, Any]:
    """Agreement with each reader on prompts left out of the fit, and how well the stated uncertainty holds."""
    prompts = list(dict.fromkeys(row.reading.prompt.id for row in rows))
    fold_of = {prompt: number % FOLDS for number, prompt in enumerate(prompts)}
    scores: dict[int, Score] = {}
    for fold in range(FOLDS):
        seen = [row for row in rows if fold_of[row.reading.prompt.id] != fold]
        fitted = embedded.Calibration(heads={name: fit(name, seen) for name in SIGNS}, origin={})
        for i, row in enumerate(rows):
            if fold_of[row.reading.prompt.id] == fold:
                scores[i] = judge(row.reading.prompt, row.reading.completion, calibrated=fitted)
    return {
        **{label: _agreement(label, scores, rows) for label in LABELS},
        "quality_exact": _share(scores, rows, lambda score, level: score.quality == level),
        "quality_mean_confidence": round(float(np.mean([score.confidence for score in scores.values()])), 3),
        "quality_within_likely_levels": _share(scores, rows, _is_likely),
    }


def _agreement(label: str, scores: Mapping[int, Score], rows: list[Row]) -> dict[str, Any]:
    said = [float(getattr(scores[i], label)) for i in range(len(rows))]
    readers = [[row.labels[label][reader] for row in rows] for reader in (0, 1)]
    return {"kappa": [round(kappa(said, reader), 3) for reader in readers], "readers": round(kappa(*readers), 3)}


def _share(scores: Mapping[int, Score], rows: list[Row], holds: Callable[[Score, int], bool]) -> float:
    """Of all readings."""
    return round(
        float(np.mean([holds(scores[i], level) for i, row in enumerate(rows) for level in row.labels["quality"]])), 3
    )


def _is_likely(score: Score, level: int) -> bool:
    return (
        score.quality_low is not None
        and score.quality_high is not None
        and score.quality_low <= level <= score.quality_high
    )


def fit(name: embedded.HeadName, rows: list[Row]) -> embedded.Head:
    """The model of one head, fitted to both readings of every row that the checks leave open."""
    columns = list(SIGNS[name])
    left = [row for row in rows if name == "relevant" or not row.decided]
    values = [[getattr(row.features, column) for column in columns] for row in left for _ in (0, 1)]
    levels = [level for row in left for level in row.labels[name]]
    weights = [1.0] * len(levels)
    if name == "relevant":
        strays = _mismatched(left)
        values += [[getattr(stray, column) for column in columns] for stray in strays]
        levels += [0] * len(strays)
        weights += [MISMATCHED] * len(strays)
    found, thresholds = _proportional_odds(
        np.array(values), np.array(levels), np.array(weights), list(SIGNS[name].values()), max(levels)
    )
    return embedded.Head(
        weights={column: round(weight, 4) for column, weight in zip(columns, found, strict=True)},
        thresholds=tuple(round(threshold, 4) for threshold in thresholds),
    )


def _mismatched(rows: list[Row]) -> list[Features]:
    """Relevant answers beside the question that comes next among the prompts."""
    prompts = list(dict.fromkeys(row.reading.prompt.question for row in rows))
    other = dict(zip(prompts, [*prompts[1:], prompts[0]], strict=True))
    return [
        features(_reading(other[row.reading.prompt.question], row.reading.text))
        for row in rows
        if sum(row.labels["relevant"]) == 2
    ]


def _proportional_odds(
    values: NDArray[np.float64], levels: NDArray[np.int_], weights: NDArray[np.float64], signs: list[int], top: int
) -> tuple[list[float], list[float]]:
    """Weights and falling thresholds of the largest penalised likelihood (McCullagh 1980, with bounds)."""
    rows, columns = values.shape
    share = np.clip([np.average(levels > level, weights=weights) for level in range(top)], 0.02, 0.98)
    odds = np.log(share / (1 - share))
    start = np.concatenate([np.zeros(columns), odds[:1], np.log(np.maximum(-np.diff(odds), 0.1))])
    bounds = [(0.0, None) if sign > 0 else (None, 0.0) for sign in signs]

    def loss(theta: NDArray[np.float64]) -> float:
        thresholds = _falling(theta[columns:])
        above = 1 / (1 + np.exp(-((values @ theta[:columns])[:, None] + thresholds)))
        ladder = np.hstack([np.ones((rows, 1)), above, np.zeros((rows, 1))])
        chance = np.maximum((ladder[:, :-1] - ladder[:, 1:])[np.arange(rows), levels], 1e-9)
        penalty = RIDGE * float(np.sum(theta[:columns] ** 2)) / 2
        return penalty - float(np.average(np.log(chance), weights=weights))

    best = minimize(loss, start, method="L-BFGS-B", bounds=[*bounds, (None, None), *[(-4.0, 4.0)] * (top - 1)]).x
    return best[:columns].tolist(), _falling(best[columns:]).tolist()


def _falling(free: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first threshold, and the logarithms of the steps down from it, as thresholds."""
    thresholds: NDArray[np.float64] = free[0] - np.concatenate([[0.0], np.cumsum(np.exp(free[1:]))])
    return thresholds


if __name__ == "__main__":
    main()
