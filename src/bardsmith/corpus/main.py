"""Conversations in; a training split, a validation split, held-out prompts and a card out."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from bardsmith.corpus.card import Facts, card
from bardsmith.corpus.config import CorpusConfig
from bardsmith.corpus.gates.known import Known
from bardsmith.corpus.gates.objections import Objection, Rejected, objections
from bardsmith.corpus.judging import repeats
from bardsmith.corpus.mix import mixed
from bardsmith.corpus.probes import probes
from bardsmith.corpus.reading import (
    known_to,
    made_items,
    read_conversations,
    read_dev_prompts,
    read_human_verse,
    read_prompts,
    read_rejected,
    source_files,
)
from bardsmith.corpus.sameness import HumanVerse, beside, sameness_beside, shipped_human_verse
from bardsmith.corpus.split import plain, split
from bardsmith.errors import Fault, InputError
from bardsmith.outputs import Manifest, StudyFolder, digests, origin, write_manifest, write_records, write_text
from bardsmith.probing import ProbePrompt
from bardsmith.progress import Progress
from bardsmith.records import Conversation, Message, Prompt, seed_of

CARD = "README.md"
Dialogue = TypeVar("Dialogue", Conversation, Prompt)


def main(config: CorpusConfig, folder: StudyFolder, seed: int, progress: Progress) -> None:
    """Reads, gates, mixes and splits.

    Raises InputError for unreadable rows, doubles, an empty corpus, a leaky split and what was not made yet.
    """
    started = time.monotonic()
    read = read_conversations(config, folder)
    prompts, dev = read_prompts(config), read_dev_prompts(config)
    _refuse_shared(prompts, dev)
    _refuse_doubles(read, [*prompts, *dev])
    _refuse_leaks(read, [*prompts, *dev])

    wanted = [row for row in read if _is_wanted(row, config)]
    accepted, rejected = gated(wanted, known_to(config))
    mixture = mixed(accepted, config.mix, seed)
    for shortfall in mixture.shortfalls:
        progress.say(shortfall)
    counts = {
        "read": len(read),
        "unwanted": len(read) - len(wanted),
        "rejected": len(rejected),
        "left_out_by_mix": len(accepted) - len(mixture.rows),
    }
    validation, train = split(mixture.rows, config.validation_items, seed, _said(counts))

    verse = [row.answer for row in mixture.rows if row.form or row.kind != "replay"]
    human = _human_verse(config, verse)
    facts = Facts(
        name=folder.root.name,
        seed=seed,
        train=train,
        validation=validation,
        held_out=prompts,
        mixture=mixture,
        read=read,
        items_made=list(made_items(config, folder)),
        failed=read_rejected(config, folder),
        rejected=rejected,
        sameness=sameness_beside(verse, human),
        human=human,
    )
    asked = probes(config, prompts, seed)
    _write(facts, dev, asked, folder, config)
    progress.say(
        f"{len(train)} conversations to learn from, {len(validation)} to choose checkpoints by, "
        f"{len(prompts)} held-out prompts; {len(rejected)} rejected"
    )
    manifest = Manifest(
        stage="corpus",
        config=config.model_dump(mode="json"),
        inputs=digests(source_files(config, folder), folder.root),
        outputs=digests([*_written(folder), *([folder.dev] if dev else [])], folder.corpus),
        counts={
            **counts,
            "train": len(train),
            "validation": len(validation),
            "held_out": len(prompts),
            "probes": len(asked),
        },
        notes=mixture.shortfalls,
        seconds=round(time.monotonic() - started, 1),
        origin=origin(),
    )
    write_manifest(folder.corpus, manifest)


def gated(rows: Sequence[Conversation], known: Known) -> tuple[list[Conversation], list[Rejected]]:
    """The rows that may teach, and those that may not with all that speaks against them, both in their order.

    Of rows that are nearly the same the first stays, whichever items they belong to.
    """
    against = {row.id: objections(row, known) for row in rows}
    sound = [row for row in rows if not against[row.id]]
    against |= repeats(sound)
    accepted = [row for row in sound if not against[row.id]]
    return accepted, [_rejected(row, against[row.id]) for row in rows if against[row.id]]


def _rejected(row: Conversation, against: tuple[Objection, ...]) -> Rejected:
    return Rejected(
        id=row.id,
        item=row.item,
        source=row.source,
        objections=against,
        tries=row.made.tries if row.made else 1,
        dollars=row.made.dollars if row.made else None,
        text=row.answer,
    )


def _human_verse(config: CorpusConfig, verse: Sequence[str]) -> HumanVerse:
    theirs = read_human_verse(config)
    if theirs is None or config.human_verse is None or not config.human_verse.path:
        return shipped_human_verse()
    return beside(verse, theirs, config.human_verse.path.name)


def _written(folder: StudyFolder) -> list[Path]:
    files = (folder.train, folder.validation, folder.heldout, folder.probes)
    return [*files, folder.corpus / "rejected.jsonl", folder.corpus / CARD]


def _write(
    facts: Facts, dev: Sequence[Prompt], asked: Sequence[ProbePrompt], folder: StudyFolder, config: CorpusConfig
) -> None:
    train, validation, held_out, probed, rejected, readme = _written(folder)
    without = _unprompted(facts.train, config.unprompted, facts.seed)
    write_records(train, (row if row.item in without else led_by(config.system_prompt, row) for row in facts.train))
    write_records(validation, (led_by(config.system_prompt, row) for row in facts.validation))
    write_records(held_out, (led_by(config.system_prompt, row) for row in facts.held_out))
    write_records(probed, asked)
    if dev:
        write_records(folder.dev, (led_by(config.system_prompt, row) for row in dev))
    else:
        folder.dev.unlink(missing_ok=True)
    write_records(rejected, facts.rejected)
    write_text(readme, card(facts))


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
    questions = {plain(row.question): row.id for row in conversations}
    faults = [
        Fault(f"held-out prompt {prompt.id} shares {what} with {known[key]}")
        for prompt in prompts
        for what, known, key in (
            (f"item {prompt.item!r}", items, prompt.item),
            ("its question", questions, plain(prompt.question)),
        )
        if key in known
    ]
    if faults:
        raise InputError("what is tested must not be learned", "Rename or remove one side of each.", faults[:20])


def _refuse_shared(held_out: Sequence[Prompt], dev: Sequence[Prompt]) -> None:
    """What chooses a run must not be what it is reported by."""
    items, questions = {row.item: row.id for row in held_out}, {plain(row.question): row.id for row in held_out}
    faults = [
        Fault(f"dev prompt {prompt.id} asks what held-out prompt {known} asks")
        for prompt in dev
        if (known := items.get(prompt.item) or questions.get(plain(prompt.question)))
    ]
    if faults:
        raise InputError("what chooses a run must not be what it is tested on", "Take them out of either.", faults[:20])


def _said(counts: Mapping[str, int]) -> str:
    left_out = f", {counts['left_out_by_mix']} were left out by the mix" if counts["left_out_by_mix"] else ""
    return (
        f"{counts['read']} conversations were read, {counts['read'] - counts['unwanted']} are of the wanted kinds, "
        f"{counts['rejected']} were rejected{left_out}"
    )


def _unprompted(rows: Sequence[Conversation], share: float, seed: int) -> set[str]:
    """The items that are learned without the system prompt."""
    items = sorted({row.item for row in rows})
    return set(random.Random(seed_of(seed, "unprompted")).sample(items, round(share * len(items))))


def led_by(system_prompt: str | None, row: Dialogue) -> Dialogue:
    """The row with the system prompt before it, unless it brings one of its own."""
    if system_prompt is None or row.messages[0].role == "system":
        return row
    first = Message(role="system", content=system_prompt)
    return row.model_copy(update={"messages": (first, *row.messages)})
