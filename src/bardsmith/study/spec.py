"""A study: the stages' configurations under one name and one seed."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import StringConstraints, ValidationInfo, field_validator, model_validator

from bardsmith.arena.config import ArenaConfig
from bardsmith.corpus.config import CorpusConfig
from bardsmith.evaluation.config import BESTS, EvaluationConfig, barred
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

    @field_validator("evaluation")
    @classmethod
    def _jury_is_impartial(cls, evaluation: EvaluationConfig, info: ValidationInfo) -> EvaluationConfig:
        """No judge of the family that wrote the training texts. A corpus that is itself at fault is told as such."""
        corpus = info.data.get("corpus")
        if why := barred(evaluation.judges, corpus.writer if corpus else None):
            raise ValueError(why)
        return evaluation

    @field_validator("training")
    @classmethod
    def _runs_suit_the_base(cls, training: TrainingConfig, others: ValidationInfo) -> TrainingConfig:
        model: ModelConfig | None = others.data.get("model")
        if model is None:  # it is faulty itself, and told so
            return training
        for run in training.runs:
            if run.backend == "unsloth" and model.device == "cpu":
                raise ValueError(f"run {run.name}: backend unsloth needs an NVIDIA card, but model.device is cpu")
            if run.shards > 1 and model.quantization == "nf4":
                raise ValueError(f"run {run.name}: a base in nf4 cannot be spread over GPUs; take one of the two away")
        return training

    @model_validator(mode="after")
    def _runs_ask_for_what_the_corpus_has(self) -> Self:
        for run in self.training.runs:
            if run.unprompted is not None and run.unprompted < self.corpus.unprompted:
                raise ValueError(
                    f"run {run.name} wants {run.unprompted:g} of the items without the system prompt, and "
                    f"corpus.unprompted already leaves it out of {self.corpus.unprompted:g}; lower that"
                )
        return self

    @model_validator(mode="after")
    def _comparisons_are_of_contestants(self) -> Self:
        known = [*self.arena.contestants, *(run.name for run in self.training.runs), *self.arena.outsiders, *BESTS]
        for one in self.evaluation.comparisons or ():
            for name in (one.a, one.b):
                if name not in known:
                    raise ValueError(
                        f"evaluation.comparisons names {name}, which does not answer; {', '.join(known)} do"
                    )
        return self
