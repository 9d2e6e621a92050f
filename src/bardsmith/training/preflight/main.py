"""What would make a night of training worthless, seen before the first step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError
from rich.text import Text

from bardsmith.errors import Fault, InputError
from bardsmith.models.config import ModelConfig
from bardsmith.outputs import StudyFolder, digests, read_records
from bardsmith.progress import Progress
from bardsmith.records import CheckName, Conversation, Finding, Preflight
from bardsmith.training.config import TrainingConfig
from bardsmith.training.preflight.display import report, row_view
from bardsmith.training.preflight.folders import foreign_folder
from bardsmith.training.sequence import made_from
from bardsmith.workers import run_worker

__all__ = ["preflight", "refuse_or_warn", "report", "shown"]

FILE = "preflight.json"


def preflight(
    config: TrainingConfig, model: ModelConfig, folder: StudyFolder, seed: int, progress: Progress
) -> Preflight:
    """All that is wrong with what the study's runs would train on; the corpus stage has ended.

    What is found is kept in training/preflight.json, and the same rows and settings are not looked at again unless
    they were refused.
    """
    looked_at = _looked_at(config, model, folder, seed)
    found = _found_before(folder.training / FILE)
    if found is None or found.looked_at != looked_at or any(finding.refuses for finding in found.findings):
        request = {
            "training": config.model_dump(mode="json"),
            "model": model.model_dump(mode="json"),
            "seed": seed,
            "looked_at": looked_at,
            "folder": str(folder.root),
        }
        run_worker("bardsmith.training.preflight.look", request, folder.training / "log.txt", progress)
        found = Preflight.model_validate_json((folder.training / FILE).read_text(encoding="utf-8"))
    foreign = [
        finding.model_copy(update={"runs": (run.name,)})
        for run in config.runs
        for finding in foreign_folder(
            folder.run(run.name), made_from(run, config, model, folder, seed), run.is_dora, run.rank
        )
    ]
    return found.model_copy(update={"findings": (*found.findings, *accepted(foreign, config.accept))})


def accepted(findings: Sequence[Finding], checks: Sequence[CheckName]) -> tuple[Finding, ...]:
    """The findings, of which those that the study accepts only warn."""
    return tuple(
        finding.model_copy(update={"refuses": finding.refuses and finding.check not in checks}) for finding in findings
    )


def refuse_or_warn(found: Preflight, progress: Progress) -> None:
    """Tells the warnings. Raises InputError with every refusal, if there are any."""
    for finding in found.findings:
        if not finding.refuses:
            progress.say(f"Pre-flight, {finding.check}: {as_fault(finding)}")
    refused = [as_fault(finding) for finding in found.findings if finding.refuses]
    if refused:
        raise InputError(
            "pre-flight refuses to train",
            "Mend it and give the same command again. What is meant to be so is named under training.accept.",
            refused,
        )


def shown(
    config: TrainingConfig, model: ModelConfig, folder: StudyFolder, seed: int, first: int, progress: Progress
) -> Iterator[Text]:
    """The first rows of the first run as its trainer is fed them: what is read, what is learned, where it ends."""
    from bardsmith.models.load import load_tokenizer
    from bardsmith.training.preflight.material import fed
    from bardsmith.training.preflight.rendering import rendered

    tokenizer, run = load_tokenizer(model, progress), config.runs[0]
    conversations = read_records(folder.train, Conversation)
    rows, _ = rendered(tokenizer, conversations)
    (group,) = fed(tokenizer, rows, conversations, [run], seed)
    for row in group.rows[:first]:
        yield from row_view(tokenizer, row, group.whole[row.id], run.max_length)


def as_fault(finding: Finding) -> Fault:
    """A finding in the words of an error: what and where, and what mends it."""
    named = (("runs", finding.runs), ("rows", finding.rows))
    places = [f"{kind} {', '.join(names)}" for kind, names in named if names]
    return Fault(finding.what, " - ".join([finding.check, *places]), finding.remedy)


def _looked_at(config: TrainingConfig, model: ModelConfig, folder: StudyFolder, seed: int) -> str:
    """SHA-256, in hex, of all that the checks depend on."""
    files = [folder.train, folder.validation, folder.heldout, folder.probes]
    files += [model.chat_template] if model.chat_template else []
    files += [folder.dev] if folder.dev.exists() else []
    settings = [config.model_dump(mode="json"), model.model_dump(mode="json"), seed, digests(files, folder.root)]
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()


def _found_before(path: Path) -> Preflight | None:
    """What was found before; a file that cannot be read counts as none."""
    try:
        return Preflight.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError):
        return None
