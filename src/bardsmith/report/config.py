"""What the report looks like."""

from __future__ import annotations

from pydantic import Field

from bardsmith.records import Closed


class ReportConfig(Closed):
    title: str | None = None
    """null takes the study's name."""
    examples: int = Field(8, ge=1)
    """Held-out prompts whose answers are shown side by side."""
    pdf: bool = True
