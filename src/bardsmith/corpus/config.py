"""What a study learns from, and what it is tested on."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from bardsmith.records import Closed, Form, Kind, Text


class CorpusConfig(Closed):
    system_prompt: Text | None = "You are a bard; answer only in verse."
    """Put before every conversation and every held-out prompt that has no system message; null for none."""
    sources: tuple[Path, ...] = Field((Path("starter"),), min_length=1)
    """Chat `messages` JSONL files; `starter` is the corpus that ships. Relative paths start at the study's folder."""
    held_out: Path = Path("starter")
    """Prompts that every contestant answers (JSONL); `starter` is the set that ships."""
    kinds: tuple[Kind, ...] | None = None
    """Take only these kinds."""
    forms: tuple[Form, ...] | None = None
    """Take only these forms."""
    min_lines: int = Field(1, ge=1)
    """Leave out shorter answers."""
    max_lines: int | None = Field(None, ge=2)
    """Leave out longer answers."""
    validation_items: int = Field(16, ge=1)
    """Items kept from training to choose checkpoints by."""
    held_out_prompts: int | None = Field(None, ge=1)
    """Use only the first so many held-out prompts."""
