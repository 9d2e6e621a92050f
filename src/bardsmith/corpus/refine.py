"""Items in, new poems out: k variants of each, of varied length and in forms by quota."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import TypeVar

from bardsmith.corpus.accepting import Ask, Writer
from bardsmith.corpus.config import RefineConfig
from bardsmith.corpus.gates.known import Known
from bardsmith.corpus.gates.objections import Objection
from bardsmith.corpus.instructing import choices, instruction, rules_of
from bardsmith.corpus.items import Item
from bardsmith.corpus.judging import Wish, judged, kept_rows, rejects, repeats
from bardsmith.corpus.part import Finished
from bardsmith.corpus.quotas import by_quota, drawn_length, in_words
from bardsmith.corpus.working import Job, Written, unique, worked_off, write_lines
from bardsmith.overlap.duplicates import Shingles
from bardsmith.progress import Progress
from bardsmith.records import Conversation, Form, Made, Message, seed_of


async def refine(
    config: RefineConfig,
    seed: int,
    items: Callable[[], Iterable[Item]],
    known: Known,
    writer: Writer,
    folder: Path,
    progress: Progress,
) -> Written:
    """Writes poem_refined_<n>x<k>.jsonl, of n items that got a variant, k variants asked for each, and the rejects.

    `items` is called twice and read lazily. Raises InputError for ids that stand twice, and what ends a run.
    """
    ids = unique((item.id for item in items()), "item")
    part = folder / "poem_refined.part.jsonl"
    jobs = jobs_of(config, seed, items(), known)
    async with worked_off(jobs, len(ids), part, Finished[Conversation], writer, progress) as finished:
        repeated = repeats(row for each in finished.read(ids) for row in each.rows)
        number = sum(any(row.id not in repeated for row in each.rows) for each in finished.read(ids))
        rows = folder / f"poem_refined_{number}x{config.variants}.jsonl"
        accepted = write_lines(rows, kept_rows(finished, ids, repeated))
        rejected = folder / "poem_refined.rejected.jsonl"
        failed = write_lines(rejected, rejects(finished, ids, repeated))
    return Written(rows, rejected, accepted, failed)


def jobs_of(config: RefineConfig, seed: int, items: Iterable[Item], known: Known) -> Iterator[Job[Conversation]]:
    """One job an item, of one ask for each variant. The source poem is not shown: what is not seen is not copied."""
    quota = by_quota(config.forms, seed)
    for item in items:
        forms = list(islice(quota, config.variants))
        random.Random(seed_of(seed, "forms", item.id)).shuffle(forms)
        yield Job(item.id, tuple(_asks(config, seed, item, forms, known)))


def _asks(
    config: RefineConfig, seed: int, item: Item, forms: Iterable[Form], known: Known
) -> Iterator[Ask[Conversation]]:
    """Every variant answers another query in another way, until all had their turn."""
    earlier = Shingles()
    queries = cycle(_shuffled(item.asked, seed, "queries", item.id))
    approaches = cycle(_shuffled(choices("approaches"), seed, "approaches", item.id))
    before: Counter[str] = Counter()
    for number, form in enumerate(forms, start=1):
        name = f"{item.id}-v{number}"
        who, query = next(queries)
        bounds = config.lines(form)
        wish = Wish(form, drawn_length(form, bounds, seed, name), bounds[1])
        text = instruction(
            "refine",
            who=f" ({who})" if who else "",
            query=query,
            meaning=item.meaning,
            form=form,
            rules=rules_of(form),
            length=in_words(form, wish.lines),
            approach=next(approaches),
        )
        yield Ask(
            id=name,
            item=item.id,
            source=item.source,
            messages=(Message(role="system", content=instruction("poet")), Message(role="user", content=text)),
            judge=_judge(item, name, query, wish, known, earlier),
            tries=config.tries,
            sample=before[text],
        )
        before[text] += 1


Choice = TypeVar("Choice")


def _shuffled(choices: Sequence[Choice], *seed: object) -> list[Choice]:
    return random.Random(seed_of(*seed)).sample(choices, len(choices))


def _judge(
    item: Item, name: str, query: str, wish: Wish, known: Known, earlier: Shingles
) -> Callable[[str, Made], Conversation | tuple[Objection, ...]]:
    def judge(text: str, made: Made) -> Conversation | tuple[Objection, ...]:
        row = Conversation(
            id=name,
            item=item.id,
            kind="poem",
            form=wish.form,
            messages=(Message(role="user", content=query), Message(role="assistant", content=text)),
            licence=item.licence,
            source=item.source,
            made=made,
            made_from=(item.poem,),
        )
        return judged(row, wish, known, earlier)

    return judge
