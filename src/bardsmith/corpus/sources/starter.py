"""The corpus that ships, as a source to try the pipeline with: its own poems, and its questions with their answers.

Written for this project, CC0. Its answers are in verse already.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bardsmith.corpus.sources.messages import messages
from bardsmith.corpus.sources.shapes import SourcePoem, SourceTalk

STARTER = Path(__file__).parents[1] / "starter"


def starter_poems(path: Path, licence: str | None) -> Iterator[SourcePoem]:
    for file in sorted(path.glob("*.jsonl")):
        for row in messages(file, licence):
            if row.kind == "poem":
                yield SourcePoem(id=row.id, text=row.answer, source="starter", licence=row.licence)


def starter_talks(path: Path, licence: str | None) -> Iterator[SourceTalk]:
    """What was asked and answered; no refusals, and no wishes for a poem."""
    for file in sorted(path.glob("*.jsonl")):
        for row in messages(file, licence):
            if row.kind not in ("poem", "refusal", "lookalike", "replay"):
                yield row.model_copy(update={"source": "starter"})
