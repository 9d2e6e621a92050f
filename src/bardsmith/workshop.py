"""What those who make a study's corpus need of the rest of it: its model, for tokens and for replay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bardsmith.errors import InputError
from bardsmith.outputs import StudyFolder
from bardsmith.progress import Progress, Silent
from bardsmith.records import Conversation
from bardsmith.study.spec import Study

if TYPE_CHECKING:
    from bardsmith.corpus.gates.known import Fit
    from bardsmith.corpus.making import Workshop
    from bardsmith.corpus.show import Tokens


def workshop(study: Study, folder: StudyFolder, progress: Progress, offline: bool = False) -> Workshop:
    """What the acts that make a study's corpus share."""
    from bardsmith.corpus.making import Workshop
    from bardsmith.llm.config import LlmConfig

    others = study.model.model_dump(mode="json", exclude={"base"}, exclude_defaults=True)
    base = LlmConfig(provider="local", model=study.model.base, extra=others, sampling=study.arena.sampling)
    return Workshop(study.corpus, folder, study.seed, base, lambda: _fit(study, progress), offline, progress)


def _fit(study: Study, progress: Progress) -> Fit | None:
    """What the longest of the runs would leave out is not worth paying for."""
    from bardsmith.corpus.gates.known import Fit
    from bardsmith.corpus.main import led_by

    try:
        from bardsmith.models.load import load_tokenizer
        from bardsmith.models.rendering import render_example
    except ModuleNotFoundError:
        progress.say("bardsmith[train] is not installed: how many tokens an answer has is not looked at")
        return None
    tokenizer = load_tokenizer(study.model, progress)

    def tokens_of(row: Conversation) -> int:
        return len(render_example(tokenizer, led_by(study.corpus.system_prompt, row)).input_ids)

    return Fit(tokens_of, max(run.max_length for run in study.training.runs))


def prices(study: Study, folder: StudyFolder) -> dict[str, str]:
    """What it would cost at the most to have a language model make what the corpus still lacks, act by act."""
    from bardsmith.corpus import making
    from bardsmith.corpus.reading import makings

    shop = workshop(study, folder, Silent(), offline=True)
    told: dict[str, str] = {}
    for each in makings(study.corpus):
        if not any(folder.corpus.glob(f"{each.name}_*.jsonl")):
            try:
                told[each.command] = str(making.dry_run(each.command, shop))
            except InputError as error:  # it works on what another act has not made yet
                told[each.command] = f"not known yet: {error.what}"
    return told


def tokens_as_trained(study: Study) -> Tokens:
    """Shows a conversation as a run reads it: each token, and whether it is learned."""
    from bardsmith.corpus.main import led_by
    from bardsmith.models.load import load_tokenizer
    from bardsmith.models.rendering import IGNORED, render_example

    tokenizer = load_tokenizer(study.model, Silent())

    def tokens(conversation: Conversation) -> Iterator[tuple[str, bool]]:
        row = render_example(tokenizer, led_by(study.corpus.system_prompt, conversation))
        for token, label in zip(row.input_ids, row.labels, strict=True):
            yield tokenizer.decode([token]), label != IGNORED

    return tokens
