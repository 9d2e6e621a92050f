"""Conversations in, a training split, a validation split and held-out prompts out."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from bardsmith.corpus.config import CorpusConfig
from bardsmith.corpus.gates import Rejected, reasons_against
from bardsmith.errors import Fault, InputError
from bardsmith.outputs import Manifest, StudyFolder, digests, origin, read_records, write_manifest, write_records
from bardsmith.progress import Progress
from bardsmith.records import Conversation, Message, Prompt

STARTER = Path("starter")
HERE = Path(__file__).parent
Dialogue = TypeVar("Dialogue", Conversation, Prompt)


def source_files(config: CorpusConfig) -> list[Path]:
    """The files a corpus is read from, the held-out prompts' last."""
    files = [
        file
        for source in config.sources
        for file in (sorted((HERE / "starter").glob("*.jsonl")) if source == STARTER else [source])
    ]
    return [*files, HERE / "prompts" / "held_out.jsonl" if config.held_out == STARTER else config.held_out]


def main(config: CorpusConfig, folder: StudyFolder, seed: int, progress: Progress) -> None:
    """Reads, gates and splits. Raises InputError for unreadable rows, doubles, an empty corpus or a leaky split."""
    started = time.monotonic()
    *sources, held_out = source_files(config)
    conversations = [
        row.model_copy(update={"source": row.source or file.stem})
        for file in sources
        for row in read_records(file, Conversation)
    ]
    prompts = read_records(held_out, Prompt)[: config.held_out_prompts]
    if not prompts:
        raise InputError(f"{held_out} holds no prompt", "Give at least one, or write `held_out: starter`.")
    _refuse_doubles(conversations, prompts)
    _refuse_leaks(conversations, prompts)

    wanted = [row for row in conversations if _is_wanted(row, config)]
    judged = [(row, reasons_against(row)) for row in wanted]
    accepted = [row for row, reasons in judged if not reasons]
    rejected = [Rejected(id=r.id, item=r.item, source=r.source, reasons=why) for r, why in judged if why]
    validation, train = _split(accepted, config.validation_items, seed, _said(conversations, wanted, rejected))

    with_system = [_with_system(rows, config.system_prompt) for rows in (train, validation)]
    write_records(folder.train, with_system[0])
    write_records(folder.validation, with_system[1])
    write_records(folder.heldout, _with_system(prompts, config.system_prompt))
    write_records(folder.corpus / "rejected.jsonl", rejected)
    progress.say(
        f"{len(train)} conversations to learn from, {len(validation)} to choose checkpoints by, "
        f"{len(prompts)} held-out prompts; {len(rejected)} rejected"
    )
    files = [folder.train, folder.validation, folder.heldout, folder.corpus / "rejected.jsonl"]
    manifest = Manifest(
        stage="corpus",
        config=config.model_dump(mode="json"),
        inputs=digests([*sources, held_out], folder.root),
        outputs=digests(files, folder.corpus),
        counts={
            "read": len(conversations),
            "unwanted": len(conversations) - len(wanted),
            "rejected": len(rejected),
            "train": len(train),
            "validation": len(validation),
            "held_out": len(prompts),
        },
        seconds=round(time.monotonic() - started, 1),
        origin=origin(),
    )
    write_manifest(folder.corpus, manifest)


def _is_wanted(row: Conversation, config: CorpusConfig) -> bool:
    lines = sum(bool(line.strip()) for line in row.answer.split("\n"))
    return (
        (config.kinds is None or row.kind in config.kinds)
        and (config.forms is None or row.form in config.forms)
        and config.min_lines <= lines
        and (config.max_lines is None or lines <= config.max_lines)
    )


def _refuse_doubles(conversations: Sequence[Conversation], prompts: Sequence[Prompt]) -> None:
    counts = Counter(row.id for row in (*conversations, *prompts))
    doubles = [Fault(f"id {name!r} stands {count} times") for name, count in counts.items() if count > 1]
    if doubles:
        raise InputError("ids must be unique across the corpus and the held-out prompts", None, doubles[:20])


def _refuse_leaks(conversations: Sequence[Conversation], prompts: Sequence[Prompt]) -> None:
    items = {row.item: row.id for row in conversations}
    questions = {_plain(row.question): row.id for row in conversations}
    faults = [
        Fault(f"held-out prompt {prompt.id} shares {what} with {known[key]}")
        for prompt in prompts
        for what, known, key in (
            (f"item {prompt.item!r}", items, prompt.item),
            ("its question", questions, _plain(prompt.question)),
        )
        if key in known
    ]
    if faults:
        raise InputError("what is tested must not be learned", "Rename or remove one side of each.", faults[:20])


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def _said(read: Sequence[Conversation], wanted: Sequence[Conversation], rejected: Sequence[Rejected]) -> str:
    return f"{len(read)} conversations were read, {len(wanted)} are of the wanted kinds, {len(rejected)} were rejected"


def _split(
    rows: Sequence[Conversation], validation_items: int, seed: int, said: str
) -> tuple[list[Conversation], list[Conversation]]:
    """Validation and training rows, both shuffled; no item on both sides."""
    items = sorted({row.item for row in rows})
    if len(items) <= validation_items:
        raise InputError(
            f"the corpus has {len(items)} usable items, and {validation_items} are to be kept for validation ({said})",
            "Add conversations to corpus.sources, or lower corpus.validation_items.",
        )
    shuffler = random.Random(seed)
    kept = set(shuffler.sample(items, validation_items))
    shuffled = shuffler.sample(list(rows), len(rows))
    return [row for row in shuffled if row.item in kept], [row for row in shuffled if row.item not in kept]


def _with_system(rows: Sequence[Dialogue], system_prompt: str | None) -> list[Dialogue]:
    return [_led_by(system_prompt, row) for row in rows]


def _led_by(system_prompt: str | None, row: Dialogue) -> Dialogue:
    """The row with the system prompt before it, unless it brings one of its own."""
    if system_prompt is None or row.messages[0].role == "system":
        return row
    first = Message(role="system", content=system_prompt)
    return row.model_copy(update={"messages": (first, *row.messages)})
