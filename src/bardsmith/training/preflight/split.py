"""Is what checkpoints are chosen by, and what the study is tested on, kept from what is learned?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bardsmith.overlap.duplicates import Shingles
from bardsmith.overlap.tested import Tested
from bardsmith.records import Conversation, Finding, Prompt
from bardsmith.training.preflight.found import refusal, share

WHOLE_ITEMS = "Split by item, not by row: all variants of an item belong on one side."


def leaky_split(
    train: Sequence[Conversation], validation: Sequence[Conversation], held_out: Sequence[Prompt]
) -> Iterator[Finding]:
    """Items of which some variants are learned, and others chosen by or tested on."""
    learned = {row.item for row in train}
    for rows, use in ((validation, "validation"), (held_out, "held-out")):
        leaking = [row.id for row in rows if row.item in learned]
        if leaking:
            yield refusal(
                "leaky-split",
                f"{share(len(leaking), len(rows))} of the {use} side belong to an item that is trained on, too: "
                f"{'its loss falls while nothing is learned' if use == 'validation' else 'what is tested was learned'}",
                WHOLE_ITEMS,
                leaking,
            )


def near_duplicates(train: Sequence[Conversation], validation: Sequence[Conversation]) -> Iterator[Finding]:
    """Validation rows whose answer or whose question is nearly one that is trained on."""
    parts: tuple[tuple[str, Callable[[Conversation], str]], ...] = (
        ("answer", lambda row: row.answer),
        ("question", lambda row: row.question),
    )
    for name, part in parts:
        learned = Shingles()
        for row in train:
            learned.add(row.id, part(row))
        near = {row.id: found for row in validation if (found := learned.nearest(part(row)))}
        if near:
            first, (twin, likeness) = next(iter(near.items()))
            yield refusal(
                "near-duplicates",
                f"the {name}s of {share(len(near), len(validation))} of the validation side are nearly trained on; "
                f"that of {first} is {likeness:.0%} the same as that of {twin}",
                f"Give such rows the same item, so that the split keeps them together. {WHOLE_ITEMS}",
                list(near),
            )


def held_out_prompts(train: Sequence[Conversation], held_out: Sequence[Prompt]) -> Iterator[Finding]:
    """Training rows in which a held-out prompt or a probe stands: thirteen of its words in a row, or a shorter one."""
    tested = Tested(held_out)
    learned = {row.id: prompt for row in train if (prompt := _tested_in(row, tested))}
    if learned:
        first, prompt = next(iter(learned.items()))
        yield refusal(
            "held-out-prompts",
            f"{share(len(learned), len(train))} contain held-out prompts: {first} contains {prompt}",
            "Take these rows out of the corpus, or the prompts out of corpus.held_out.",
            list(learned),
        )


def _tested_in(row: Conversation, tested: Tested) -> str | None:
    """The id of the first held-out prompt that is said in a row."""
    for message in row.messages:
        if message.role == "system":
            continue
        shared = next(tested.shared_with(message.content), None)
        found = tested.same_as(message.content) or (shared.source if shared else None)
        if found:
            return found
    return None
