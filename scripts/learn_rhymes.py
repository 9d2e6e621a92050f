"""Learns src/bardsmith/verse/tables/rhymes.txt: what speaks for a rhyme, and which rhyme schemes stanzas have.

    python scripts/learn_rhymes.py DATA

Reads from the folder DATA:
- prosody/chicago-rhyme/chicago-rhyme.jsonl, a poem a line: {"stanzas": [{"lines": [text, ...], "rhyme": [label,
  ...]}]}, equal labels rhyme within their stanza (Sonderegger and Reddy's corpus);
- prosody/scansion-4b4v/scansion-4b4v.jsonl, the same form (For Better For Verse); "rhyme" may be null;
- prosody/walker-pairs/walker-pairs.tsv: a, b, relation (perfect, allowable, none), from Walker's rhyming dictionary of
  1775.

Each pair of lines of a stanza at most WINDOW apart is an example: its traits and whether it rhymes. A logistic model
with a quadratic penalty is fitted by cyclic coordinate descent in a fixed order. What the distance of the lines
contributes is fitted too, and left out of the table: it belongs to the scheme. Weights are rounded to integers.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bardsmith.verse.lineation import normalised
from bardsmith.verse.rhyming.endings import ending, ending_of
from bardsmith.verse.rhyming.evidence import NAT, TABLE, traits

WINDOW = 10
"""The greatest distance of lines that are compared, as in the scores of the literature."""

PENALTY, SWEEPS, STEP = 1.0, 12, 1.5
"""Strength of the penalty on each weight, rounds over all of them, and the greatest change of one at once, in nats."""

FREE = 0.01
"""The penalty on what is left out of the table."""

SEEN = 2
"""A scheme goes into the table if so many stanzas have it."""

Poem = dict[str, Any]
Example = tuple[tuple[str, ...], bool]


def examples(poems: Iterable[Poem]) -> Counter[Example]:
    """The traits of each pair of lines with a word for their distance, and whether they rhyme, counted."""
    found: Counter[Example] = Counter()
    for lines, labels in _stanzas(poems):
        ends = [ending(normalised(line)) for line in lines]
        for i, first in enumerate(ends):
            for j in range(i + 1, min(len(ends), i + WINDOW + 1)):
                if first.word and ends[j].word:
                    found[(*traits(first, ends[j]), f"distance {j - i}"), labels[i] == labels[j]] += 1
    return found


def walker_examples(rows: Iterable[str]) -> Counter[Example]:
    """The pairs of the rhyming dictionary, those aside that it merely allows."""
    found: Counter[Example] = Counter()
    for row in rows:
        first, second, relation = row.rstrip("\n").split("\t")
        if relation in ("perfect", "none"):
            found[(*traits(ending_of(first), ending_of(second)), "distance walker"), relation == "perfect"] += 1
    return found


def _stanzas(poems: Iterable[Poem]) -> Iterator[tuple[list[str], list[Any]]]:
    for poem in poems:
        for stanza in poem["stanzas"]:
            if stanza.get("rhyme") is not None:
                yield stanza["lines"], stanza["rhyme"]


def fit(counted: Counter[Example]) -> dict[str, int]:
    """The weight of each trait in units of 1 / NAT; those that round to nothing are left out."""
    cases = [(traits, float(rhymes), number) for (traits, rhymes), number in sorted(counted.items())]
    where: dict[str, list[int]] = {}
    for row, (traits_here, _, _) in enumerate(cases):
        for trait in traits_here:
            where.setdefault(trait, []).append(row)
    order = sorted(where, key=lambda trait: (-len(where[trait]), trait))
    weights = dict.fromkeys(order, 0.0)
    odds, chance = [0.0] * len(cases), [0.5] * len(cases)
    for _ in range(SWEEPS):
        for trait in order:
            penalty = FREE if trait.startswith("distance") else PENALTY
            slope, bend = -penalty * weights[trait], penalty
            for row in where[trait]:
                _, truth, number = cases[row]
                slope += number * (truth - chance[row])
                bend += number * chance[row] * (1 - chance[row])
            change = max(-STEP, min(STEP, slope / bend))
            weights[trait] += change
            for row in where[trait]:
                odds[row] += change
                chance[row] = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds[row]))))
    rounded = {trait: round(weight * NAT) for trait, weight in weights.items() if not trait.startswith("distance")}
    return {trait: weight for trait, weight in rounded.items() if weight}


def schemes(poems: Iterable[Poem]) -> Counter[str]:
    """How many stanzas have each scheme, as letters with `-` for a line that rhymes with none."""
    found = Counter(_letters(labels) for _, labels in _stanzas(poems) if len(labels) <= 24)
    return Counter({scheme: number for scheme, number in found.items() if number >= SEEN})


def _letters(labels: list[Any]) -> str:
    names: dict[Any, str] = {}
    often = Counter(labels)
    return "".join("-" if often[x] == 1 else names.setdefault(x, chr(ord("a") + len(names))) for x in labels)


def main() -> None:
    data = Path(sys.argv[1]) / "prosody"
    poems = [
        json.loads(row)
        for name in ("chicago-rhyme", "scansion-4b4v")
        for row in (data / name / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    walker = (data / "walker-pairs" / "walker-pairs.tsv").read_text("utf-8").splitlines()[1:]
    weights = fit(examples(poems) + walker_examples(walker))
    counted = schemes(poems)
    rows = [f"{trait} {weight}" for trait, weight in sorted(weights.items())]
    rows += [f"scheme {scheme} {number}" for scheme, number in sorted(counted.items())]
    TABLE.write_text("\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
