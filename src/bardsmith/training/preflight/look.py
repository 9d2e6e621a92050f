"""Every check of pre-flight, in a process of its own: all findings at once, before any weight is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bardsmith.models.config import ModelConfig
from bardsmith.models.load import load_skeleton, load_tokenizer
from bardsmith.models.rendering import Row, stop_ids
from bardsmith.outputs import StudyFolder, read_records, write_text
from bardsmith.probing import ProbePrompt
from bardsmith.progress import Progress
from bardsmith.records import Conversation, Finding, Preflight, Prompt
from bardsmith.training.config import TrainingConfig
from bardsmith.training.preflight.adapters import unmatched_adapters
from bardsmith.training.preflight.ends import (
    lengths_of,
    long_rows,
    lost_ends,
    masked_ends,
    nothing_learned,
    unlearned_ends,
)
from bardsmith.training.preflight.main import FILE, accepted
from bardsmith.training.preflight.material import Fed, fed
from bardsmith.training.preflight.rendering import double_bos, no_system_role, prompt_mismatch, rendered, round_trip
from bardsmith.training.preflight.split import held_out_prompts, leaky_split, near_duplicates
from bardsmith.training.preflight.system_prompt import long_system_prompt, prose_system_prompt
from bardsmith.workers import serve

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def look(request: dict[str, Any], progress: Progress) -> None:
    """Looks at a study's rows and settings, and writes training/preflight.json."""
    folder = StudyFolder(Path(request["folder"]))
    config = TrainingConfig.model_validate(request["training"])
    model = ModelConfig.model_validate(request["model"])
    train, validation = read_records(folder.train, Conversation), read_records(folder.validation, Conversation)
    held_out, probes = read_records(folder.heldout, Prompt), read_records(folder.probes, ProbePrompt)
    held_out += read_records(folder.dev, Prompt) if folder.dev.exists() else []
    progress.update("pre-flight", 0, 4)
    tokenizer = load_tokenizer(model, progress)

    rows, unrendered = rendered(tokenizer, train)
    progress.update("pre-flight", 1, 4)
    findings = [
        *unrendered,
        *of_corpus(tokenizer, rows, train, validation, held_out, probes),
        *unmatched_adapters(load_skeleton(model, progress), config.runs),
    ]
    progress.update("pre-flight", 2, 4)
    groups = fed(tokenizer, rows, train, config.runs, request["seed"]) if rows else ()
    findings += merged(finding for group in groups for finding in of_runs(tokenizer, group))
    progress.update("pre-flight", 3, 4)
    lengths = [lengths_of(rows, length, names) for length, names in by_max_length(config).items()] if rows else []
    told = accepted(findings, config.accept)
    found = Preflight(looked_at=request["looked_at"], findings=told, lengths=tuple(lengths))
    write_text(folder.training / FILE, found.model_dump_json(indent=2) + "\n")
    progress.update("pre-flight", 4, 4)


def of_corpus(
    tokenizer: PreTrainedTokenizerBase,
    rows: Sequence[Row],
    train: Sequence[Conversation],
    validation: Sequence[Conversation],
    held_out: Sequence[Prompt],
    probes: Sequence[ProbePrompt] = (),
) -> Iterator[Finding]:
    """What is wrong with the corpus for every run; `rows` are the training conversations, rendered whole."""
    yield from double_bos(rows, tokenizer.bos_token_id, tokenizer.eos_token_id)
    yield from round_trip(tokenizer, rows, {row.id: row for row in train})
    yield from no_system_role(tokenizer, train)
    yield from prose_system_prompt(train)
    yield from leaky_split(train, validation, held_out)
    yield from near_duplicates(train, validation)
    yield from held_out_prompts(train, [*held_out, *probes])


def of_runs(tokenizer: PreTrainedTokenizerBase, group: Fed) -> Iterator[Finding]:
    """What is wrong with what these runs are fed."""
    run, rows, whole = group.run, group.rows, group.whole
    stops, pad = stop_ids(tokenizer), tokenizer.pad_token_id
    uncut = [row for row in rows if len(row.input_ids) == len(whole[row.id].input_ids)]
    found = [
        *(long_rows(list(whole.values()), run.max_length) if run.overlong == "drop" else ()),
        *lost_ends(rows, whole, run.max_length),
        *nothing_learned(rows),
        *masked_ends(uncut, stops, pad),
        *unlearned_ends(uncut, stops, pad),
        *prompt_mismatch(tokenizer, rows, group.prompts),
        *long_system_prompt(tokenizer, list(group.conversations.values()), run.max_length),
    ]
    yield from (finding.model_copy(update={"runs": group.runs}) for finding in found)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Findings of several runs that say the same become one."""
    runs: dict[Finding, list[str]] = {}
    for finding in findings:
        runs.setdefault(finding.model_copy(update={"runs": ()}), []).extend(finding.runs)
    return [finding.model_copy(update={"runs": tuple(names)}) for finding, names in runs.items()]


def by_max_length(config: TrainingConfig) -> dict[int, list[str]]:
    """The names of the runs by their max_length."""
    names: dict[int, list[str]] = {}
    for run in config.runs:
        names.setdefault(run.max_length, []).append(run.name)
    return names


if __name__ == "__main__":
    serve(look)
