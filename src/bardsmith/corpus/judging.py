"""Which new poems are kept: each by itself, beside others of its item, and in the end beside all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bardsmith.corpus.config import FIXED_LINES, STANZA_LINES
from bardsmith.corpus.gates.known import Known
from bardsmith.corpus.gates.objections import Objection, Rejected, objections
from bardsmith.corpus.part import Part
from bardsmith.overlap.duplicates import Shingles
from bardsmith.records import Conversation, Form


@dataclass(frozen=True, slots=True)
class Wish:
    """How long a poem was asked to be."""

    form: Form
    lines: int
    most: int
    """Lines that it may have at the most."""


def judged(row: Conversation, wish: Wish, known: Known, earlier: Shingles) -> Conversation | tuple[Objection, ...]:
    """The row if nothing speaks against it, else all that does. What is kept joins the `earlier` poems of the item."""
    found = (*objections(row, known), *_wrong_length(row.answer, wish), *_too_like(row.answer, earlier))
    if found:
        return found
    earlier.add(row.id, row.answer)
    return row


def _wrong_length(text: str, wish: Wish) -> Iterator[Objection]:
    """A stanza or a quarter more or less is let pass. Of forms with one length the form gate counts the lines."""
    lines = sum(bool(line.strip()) for line in text.split("\n"))
    slack = max(STANZA_LINES.get(wish.form, 1), wish.lines // 4)
    if wish.form not in FIXED_LINES and (abs(lines - wish.lines) > slack or lines > wish.most):
        yield Objection(gate="length", reason=f"the poem has {lines} lines, {wish.lines} wanted")


def _too_like(text: str, others: Shingles) -> Iterator[Objection]:
    if found := others.nearest(text):
        name, likeness = found
        reason = f"the poem is {likeness:.0%} the same as {name}; write one with other images and other words"
        yield Objection(gate="duplicate", reason=reason)


def repeats(rows: Iterable[Conversation]) -> dict[str, tuple[Objection, ...]]:
    """Rows that are too like one before them, by id, with what speaks against them."""
    before = Shingles()
    found = {}
    for row in rows:
        objection = tuple(_too_like(row.answer, before))
        if objection:
            found[row.id] = objection
        else:
            before.add(row.id, row.answer)
    return found


Repeats = Mapping[str, tuple[Objection, ...]]


def kept_rows(part: Part[Conversation], jobs: Sequence[str], repeated: Repeats) -> Iterator[Conversation]:
    return (row for each in part.read(jobs) for row in each.rows if row.id not in repeated)


def rejects(part: Part[Conversation], jobs: Sequence[str], repeated: Repeats) -> Iterator[Rejected]:
    """What was rejected at once, and what repeats another row, in the order of the jobs."""
    for each in part.read(jobs):
        yield from each.rejected
        for row in each.rows:
            if row.id in repeated and row.made:
                yield Rejected(
                    id=row.id,
                    item=row.item,
                    source=row.source,
                    objections=repeated[row.id],
                    tries=row.made.tries,
                    dollars=row.made.dollars,
                    text=row.answer,
                )
