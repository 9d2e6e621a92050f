"""A study: the stages' configurations under one name and one seed."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from bardsmith.arena.config import ArenaConfig
from bardsmith.corpus.config import CorpusConfig
from bardsmith.evaluation.config import EvaluationConfig
from bardsmith.models.config import ModelConfig
from bardsmith.records import Closed
from bardsmith.report.config import ReportConfig
from bardsmith.training.config import TrainingConfig

StudyName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class Study(Closed):
    name: StudyName
    """Of the study, and of its folder below `outputs/`."""
    description: str = ""
    seed: int = 0
    """Decides the split, the order of rows, the adapters' first values and every sample."""
    model: ModelConfig = ModelConfig()
    corpus: CorpusConfig = CorpusConfig()
    training: TrainingConfig
    arena: ArenaConfig = ArenaConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    report: ReportConfig = ReportConfig()
