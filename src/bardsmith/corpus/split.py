"""What is learned from, and what checkpoints are chosen by: parted so that nothing stands on both sides."""

from __future__ import annotations

import random
from collections.abc import Sequence

from bardsmith.errors import InputError
from bardsmith.records import Conversation


def split(
    rows: Sequence[Conversation], validation_items: int, seed: int, said: str
) -> tuple[list[Conversation], list[Conversation]]:
    """Validation and training rows, both shuffled; no item and no question on both sides.

    Raises InputError if there are too few items; `said` tells there what became of the others.
    """
    units = _units(rows)
    items = sorted(set(units.values()))
    if len(items) <= validation_items:
        raise InputError(
            f"the corpus has {len(items)} usable items, and {validation_items} are to be kept for validation ({said})",
            "Add conversations to corpus.sources, or lower corpus.validation_items.",
        )
    shuffler = random.Random(seed)
    kept = set(shuffler.sample(items, validation_items))
    shuffled = shuffler.sample(list(rows), len(rows))
    return (
        [row for row in shuffled if units[row.item] in kept],
        [row for row in shuffled if units[row.item] not in kept],
    )


def plain(question: str) -> str:
    """A question's letters and digits, in which two that differ in case and marks are one."""
    return " ".join("".join(c if c.isalnum() else " " for c in question.casefold()).split())


def _units(rows: Sequence[Conversation]) -> dict[str, str]:
    """Item -> what must stay together with it, named by its first item: items that share a question are one unit."""
    parent = {row.item: row.item for row in rows}

    def root(item: str) -> str:
        while parent[item] != item:
            item = parent[item]
        return item

    asked_by: dict[str, str] = {}
    for row in rows:
        one, other = root(row.item), root(asked_by.setdefault(plain(row.question), row.item))
        parent[max(one, other)] = min(one, other)
    return {item: root(item) for item in parent}
