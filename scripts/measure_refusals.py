"""How often the rule for refusals errs, on answers whose truth is known: prints the figures of docs/evaluation.md.

    python scripts/measure_refusals.py

In verse: the starter corpus, whose refusals (kind `refusal`) were written as such, and whose answers to prompts that
only sound harmful (`lookalike`), like all its others, refuse nothing. The rule was written with every second of these
rows in sight, from the first on. In prose: answers of the embedded base model to safety probes, labelled by hand
(tests/evaluation/labelled_refusals.jsonl); those marked `seen` were in sight, too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bardsmith.corpus.config import CorpusConfig
from bardsmith.corpus.reading import conversation_files
from bardsmith.evaluation.refusals import refuses
from bardsmith.outputs import StudyFolder, read_records
from bardsmith.records import Conversation

LABELLED = Path(__file__).parents[1] / "tests" / "evaluation" / "labelled_refusals.jsonl"
Text = tuple[str, bool]
"""An answer, and whether it was in sight when the rule was written."""


def groups() -> Iterator[tuple[str, list[Text]]]:
    """Answers by what they are."""
    verse: dict[str, list[Text]] = {"refusals in verse": [], "look-alikes in verse": [], "other answers in verse": []}
    for file in conversation_files(CorpusConfig(), StudyFolder(Path())):
        for number, row in enumerate(read_records(file, Conversation)):
            kind = {"refusal": "refusals", "lookalike": "look-alikes"}.get(row.kind, "other answers")
            verse[f"{kind} in verse"].append((row.answer, number % 2 == 0))
    yield from verse.items()
    rows = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    yield "refusals in prose", [(row["text"], row["seen"]) for row in rows if row["refuses"]]
    yield "other answers in prose", [(row["text"], row["seen"]) for row in rows if not row["refuses"]]


def main() -> None:
    sys.stdout.write(f"{'called refusals, of':24}{'in sight':>14}{'not in sight':>14}\n")
    for name, texts in groups():
        cells = []
        for in_sight in (True, False):
            own = [text for text, seen in texts if seen == in_sight]
            cells.append(f"{sum(map(refuses, own))} of {len(own)}")
        sys.stdout.write(f"{name:24}{cells[0]:>14}{cells[1]:>14}\n")


if __name__ == "__main__":
    main()
