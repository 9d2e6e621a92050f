"""Learns which words and pairs of words are an assistant's prose and which are verse.

    python scripts/learn_diction.py DATA

Reads from the folder DATA, all JSON lines:
- prosody/register/register.jsonl: texts with `text` and `label`; the labels prose and list are answers of language
  models to questions (Apache-2.0 and MIT models), verse and lyrics are poems;
- prosody/forms/forms.jsonl and poems_pd/poems.jsonl: public-domain poems as `text`;
and from this project the answers of its starter corpus, which are verse.

A unit is a sentence of prose or a line of verse; each of its words and neighbouring pairs counts once (`talk.grams`,
which also pairs the first word with what stands before it). Writes src/bardsmith/verse/tables/diction.txt: a gram, a
tab, and ten times the natural logarithm of its likelihood in prose against verse, smoothed; sorted by gram.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.page.talk import TABLE, grams

STARTER = Path(__file__).parents[1] / "src" / "bardsmith" / "corpus" / "starter"
SENTENCE_END = re.compile(r"(?<=[.!?:])[\"')]*\s+")
FEWEST_OF_A_WORD = 4
FEWEST_OF_A_PAIR = 4
"""How often a word must have been seen in all, and a pair in prose."""
SMOOTHING = 0.3
"""Added to the counts in prose; to those in verse, the same share of all."""
WEAKEST = 7
"""Weights nearer to 0 are left out."""
STRONGEST = 25
"""Weights farther from 0 are cut: no single word may decide."""


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def answers() -> Iterator[str]:
    """The starter corpus's poems."""
    for path in sorted(STARTER.glob("*.jsonl")):
        for row in rows(path):
            yield from (message["content"] for message in row["messages"] if message["role"] == "assistant")


def counted(units: Iterable[str]) -> tuple[Counter[str], int]:
    counts: Counter[str] = Counter()
    number = 0
    for unit in units:
        counts.update(set(grams(unit)))
        number += 1
    return counts, number


def weights(prose: Iterable[str], verse: Iterable[str]) -> dict[str, int]:
    """Ten times the log-likelihood ratio of every gram that is frequent and telling enough."""
    in_prose, sentences = counted(
        sentence for text in prose for block in stanzas(text) for line in block for sentence in SENTENCE_END.split(line)
    )
    in_verse, lines = counted(line for text in verse for block in stanzas(text) for line in block)
    found = {}
    for gram in sorted(in_prose.keys() | in_verse.keys()):
        seen = in_prose[gram] if " " in gram else in_prose[gram] + in_verse[gram]
        if seen < (FEWEST_OF_A_PAIR if " " in gram else FEWEST_OF_A_WORD):
            continue
        here = (in_prose[gram] + SMOOTHING) / sentences
        there = (in_verse[gram] + SMOOTHING * SMOOTHING * lines / sentences) / lines
        weight = round(10 * math.log(here / there))
        if abs(weight) >= WEAKEST:
            found[gram] = max(-STRONGEST, min(STRONGEST, weight))
    return found


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    data = Path(sys.argv[1])
    register = rows(data / "prosody/register/register.jsonl")
    prose = [row["text"] for row in register if row["label"] in {"prose", "list"}]
    verse = [row["text"] for row in register if row["label"] in {"verse", "lyrics"}]
    for name in ("prosody/forms/forms.jsonl", "poems_pd/poems.jsonl"):
        verse += [row["text"] for row in rows(data / name)]
    table = weights(prose, [*verse, *answers()])
    TABLE.write_text("".join(f"{gram}\t{weight}\n" for gram, weight in sorted(table.items())), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
