"""How completions are judged and what is computed from the scores."""

from __future__ import annotations

from pydantic import Field

from bardsmith.records import Closed


class EvaluationConfig(Closed):
    bootstrap: int = Field(10_000, ge=100)
    """Resamples of the prompts for every interval."""
