"""The card of a corpus, in the format of the hub: what is in it, who made it how, and who may use it for what."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bardsmith.corpus.gates.objections import Rejected
from bardsmith.corpus.licences import hub_name, standing
from bardsmith.corpus.mix import GROUPS, Mixture
from bardsmith.corpus.sameness import HumanVerse, Sameness
from bardsmith.corpus.sources import pcd
from bardsmith.records import Conversation, Made, Prompt

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
"""The hub's size categories, by the rows that they end below."""
MOST_SHOWN = 90
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a card is made of."""

    name: str
    seed: int
    train: Sequence[Conversation]
    validation: Sequence[Conversation]
    held_out: Sequence[Prompt]
    mixture: Mixture
    read: Sequence[Conversation]
    """All rows that were read, also those that were left out."""
    items_made: Sequence[Made]
    """How the items were made that rows were made of."""
    failed: Sequence[Rejected]
    """While rows were made; they are not among those that were read."""
    rejected: Sequence[Rejected]
    """When the rows were read."""
    sameness: Sameness | None
    human: HumanVerse

    @property
    def rows(self) -> list[Conversation]:
        return [*self.train, *self.validation]


def card(facts: Facts) -> str:
    """README.md. It depends on the rows only: the same corpus has the same card."""
    sections = [
        _front_matter(facts),
        f"# {facts.name}",
        f"Conversations in English whose answers are verse: {len(facts.train)} to learn from and "
        f"{len(facts.validation)} to choose checkpoints by, of {len({row.item for row in facts.rows})} items that the "
        f"two do not share. {len(facts.held_out)} held-out prompts lie beside them and are no part of them.",
        *_licences(facts.rows),
        *_contents(facts),
        *_making(facts),
        *_rejections([*facts.failed, *facts.rejected]),
        *_sameness(facts),
        *_fields(),
    ]
    return "\n\n".join(sections) + "\n"


def _front_matter(facts: Facts) -> str:
    """YAML; texts in double quotes, as JSON has them, which YAML reads, too."""
    licences = sorted({hub_name(row.licence) for row in facts.rows})
    others = sorted({row.licence for row in facts.rows if row.licence and hub_name(row.licence) == "other"})
    size = next((name for most, name in SIZES if len(facts.rows) < most), "1M<n<10M")
    lines = ["---", "license:", *(f"- {name}" for name in licences)]
    lines += [f"license_name: {_quoted('; '.join(others))}"] if others else []
    lines += ["language:", "- en", f"pretty_name: {_quoted(facts.name)}", "size_categories:", f"- {size}"]
    lines += ["task_categories:", "- text-generation", "tags:", "- poetry", "- verse", "configs:"]
    lines += ["- config_name: default", "  data_files:"]
    lines += ["  - split: train", "    path: train.jsonl", "  - split: validation", "    path: validation.jsonl", "---"]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _licences(rows: Sequence[Conversation]) -> Iterator[str]:
    """Says `open` only if every licence is known and lets everybody use the rows for anything."""
    yield "## Licences"
    counts = Counter(row.licence for row in rows)
    named = {licence: f"{licence} ({number})" for licence, number in counts.items() if licence}
    against: dict[str, list[str | None]] = defaultdict(list)
    for licence in counts:
        against[standing(licence)].append(licence)

    def said(which: str) -> str:
        return ", ".join(named[licence] for licence in sorted(filter(None, against[which])))

    if set(against) == {"commercial"}:
        yield f"Open: every row has a licence that allows commercial use, under its conditions: {said('commercial')}."
        return
    yield "**Not to be used freely as a whole.** The numbers are rows."
    lines = [f"- Not for commercial use: {said('non-commercial')}."] if against["non-commercial"] else []
    lines += [f"- Nothing may be made of them: {said('no derivatives')}."] if against["no derivatives"] else []
    lines += [f"- What this licence allows is not known here: {said('unknown')}."] if said("unknown") else []
    lines += [f"- Nobody said under which licence: {counts[None]} rows."] if counts[None] else []
    lines += [f"- Commercial use is allowed: {said('commercial')}."] if against["commercial"] else []
    yield "\n".join(lines)


def _contents(facts: Facts) -> Iterator[str]:
    yield "## Contents"
    kinds = Counter(row.kind for row in facts.rows)
    items = Counter(kind for kind, _ in {(row.kind, row.item) for row in facts.rows})
    ranked = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
    yield _table(
        ("kind", "rows", "items", "group"), [(kind, number, items[kind], GROUPS[kind]) for kind, number in ranked]
    )
    wanted = facts.mixture.portions
    if wanted:
        total = sum(portion.taken for portion in wanted.values())
        yield _table(
            ("group", "items", "share", "wanted", "there were"),
            [
                (group, each.taken, f"{each.taken / max(1, total):.1%}", f"{each.share:.1%}", each.there)
                for group, each in wanted.items()
            ],
        )
    if facts.mixture.shortfalls:
        yield "\n".join(f"- {shortfall}." for shortfall in facts.mixture.shortfalls)
    yield _counts("form", facts.rows, lambda row: row.form or "none asked for")
    yield _counts("source", facts.rows, lambda row: row.source or "not said")
    joined = sum(row.source == pcd.SOURCE for row in facts.rows)
    if joined:
        yield (
            f"{joined} rows were made from passages of the Poem Comprehensive Dataset: lines that stood one after "
            f"another there, {pcd.LINES} as a rule, joined here. They are not poems as printed; its files have no "
            "titles, no authors and no stated licence."
        )


def _making(facts: Facts) -> Iterator[str]:
    """By whom, when, with how many tries, and what it cost."""
    yield "## How it was made"
    yield (
        "With bardsmith. Answers without a model below were written by people or came ready. The others were asked of "
        "their model, proven by the gates, and asked for again with the fault named until they passed. What the terms "
        "of the model's provider say of them is not told by the licences above."
    )
    yield _counts(
        "model", facts.rows, lambda row: f"{row.made.model} ({row.made.provider})" if row.made else "none, or not said"
    )
    made = [row.made for row in facts.read if row.made]
    asked = [*made, *facts.items_made]
    if not asked:
        return
    days = sorted(each.at[:10] for each in asked)
    failed = [row for row in facts.failed if row.tries]
    when = f"on {days[0]}" if days[0] == days[-1] else f"from {days[0]} to {days[-1]}"
    lines = [f"- Made {when}; seed {facts.seed}."]
    if made:
        tries = Counter(each.tries for each in made)
        told = ", ".join(f"{number} at try {tried}" for tried, number in sorted(tries.items()))
        lines.append(f"- {len(made)} answers passed: {told}. {len(failed)} did not within their tries.")
    replies = sum(each.tries for each in asked) + sum(row.tries for row in failed)
    lines.append(
        f"- {replies} replies were paid for in all, {len(facts.items_made)} items with their queries included."
    )
    prices = [*(each.dollars for each in asked), *(row.dollars for row in failed)]
    unpriced = sum(price is None for price in prices)
    cost = f"- ${sum(price for price in prices if price is not None):.2f} in all"
    lines.append(f"{cost}, without {unpriced} whose price is not known." if unpriced else f"{cost}.")
    yield "\n".join(lines)


def _rejections(rejected: Sequence[Rejected]) -> Iterator[str]:
    yield "## What was rejected"
    if not rejected:
        yield "Nothing."
        return
    yield f"{len(rejected)} answers, at the last try; one may fail at several gates."
    reasons = defaultdict(list)
    for row in rejected:
        for gate in dict.fromkeys(objection.gate for objection in row.objections):
            reasons[gate].append(next(each.reason for each in row.objections if each.gate == gate))
    ranked = sorted(reasons.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    yield _table(("gate", "answers", "such as"), [(gate, len(said), _shortened(said[0])) for gate, said in ranked])


def _shortened(reason: str) -> str:
    flat = " ".join(reason.split())
    return flat if len(flat) <= MOST_SHOWN else f"{flat[:MOST_SHOWN]}..."


def _sameness(facts: Facts) -> Iterator[str]:
    yield "## How much alike the poems are"
    if facts.sameness is None:
        yield "There is no verse."
        return
    ours, human = facts.sameness, facts.human.at_words(facts.sameness.words)
    names: dict[str, Callable[[Sameness], str]] = {
        "entropy of the forms, bits (higher: more varied)": lambda each: f"{each.form_entropy:.2f}",
        "stock words a thousand (heart, soul, echo, whisper ...)": lambda each: f"{each.stock_words:.1f}",
        "poems that share four words in a row with another": lambda each: f"{each.shared_runs:.1%}",
        "compression ratio (higher: more alike)": lambda each: f"{each.compression:.2f}",
        "poems with the commonest opening": lambda each: f"{each.commonest_opening:.1%}",
        "different pairs of words (distinct-2)": lambda each: f"{each.distinct_2:.3f}",
    }
    yield _table(
        ("", "here", "by people"), [(name, said(ours), said(human) if human else "-") for name, said in names.items()]
    )
    measured = f" (measured {facts.human.at})" if facts.human.at else ""
    beside = (
        f"beside as many words of: {facts.human.origin}{measured}"
        if human
        else "too few to be put beside verse by people"
    )
    yield f"Of {ours.words} words of {ours.poems} poems, {beside}."


def _fields() -> Iterator[str]:
    yield "## Fields"
    yield (
        "One JSON object a line: `id`; `item`, which variants of one thing share and splits never cross; `kind`; "
        "`form`; `messages`; `reference`, strings of which one must survive in the answer; `licence`; `source`; "
        "`made`, the provider, model and request of the answer, its tries, dollars and day; `made_from`, ids of the "
        "texts that it was made from."
    )


def _counts(what: str, rows: Iterable[Conversation], of: Callable[[Conversation], str]) -> str:
    return _table((what, "rows"), _ranked(Counter(of(row) for row in rows)))


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    """The most first, equals by name."""
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Numbers stand at the right."""
    body = [tuple(row) for row in rows]
    rules = ["---:" if body and isinstance(body[0][i], int) else "---" for i in range(len(header))]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in (header, rules, *body))


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
