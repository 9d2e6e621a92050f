"""Source poems in, items out: what each poem means, and who may have asked for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bardsmith.corpus.accepting import Ask, Writer
from bardsmith.corpus.config import GenerateConfig
from bardsmith.corpus.gates.known import Known
from bardsmith.corpus.gates.objections import Objection
from bardsmith.corpus.gates.originality import contaminated
from bardsmith.corpus.instructing import choices, instruction
from bardsmith.corpus.items import Item
from bardsmith.corpus.part import Finished
from bardsmith.corpus.protocol import MEANING_WORDS, QUERY_WORDS, read_reply
from bardsmith.corpus.sources.shapes import SourcePoem
from bardsmith.corpus.working import Job, Written, unique, worked_off, write_lines
from bardsmith.progress import Progress
from bardsmith.records import Conversation, Made, Message, Prompt, seed_of

TRIES = 2
"""Replies for each poem: one, and one more after being told what is missing."""
ITEMS = "items.jsonl"


async def generate(
    config: GenerateConfig,
    seed: int,
    poems: Callable[[], Iterable[SourcePoem]],
    known: Known,
    writer: Writer,
    folder: Path,
    progress: Progress,
) -> Written:
    """Writes items.jsonl, poem_finetune_<n>.jsonl (a query and the poem itself, for each of n items) and the rejects.

    `poems` is called twice and read lazily. Raises InputError for ids that stand twice, and what ends a run.
    """
    ids = unique((poem.id for poem in poems()), "source poem")
    part = folder / "poem_finetune.part.jsonl"
    jobs = jobs_of(config, seed, poems(), known)
    async with worked_off(jobs, len(ids), part, Finished[Item], writer, progress) as finished:
        number = write_lines(folder / ITEMS, (item for each in finished.read(ids) for item in each.rows))
        rows = folder / f"poem_finetune_{number}.jsonl"
        write_lines(rows, (_finetune_row(item, seed) for each in finished.read(ids) for item in each.rows))
        rejected = folder / "poem_finetune.rejected.jsonl"
        failed = write_lines(rejected, (each for job in finished.read(ids) for each in job.rejected))
    return Written(rows, rejected, number, failed)


def jobs_of(config: GenerateConfig, seed: int, poems: Iterable[SourcePoem], known: Known) -> Iterator[Job[Item]]:
    """One job a poem, of one ask."""
    for poem in poems:
        people = random.Random(seed_of(seed, "people", poem.id)).sample(choices("people"), config.personas)
        text = instruction(
            "generate",
            by=f" by {poem.author}" if poem.author else "",
            poem=poem.text,
            queries=_labels(config.queries, people),
            meaning_words=MEANING_WORDS,
            query_words=QUERY_WORDS,
        )
        ask = Ask(
            id=poem.id,
            item=poem.id,
            source=poem.source,
            messages=(_says(text),),
            judge=_judge(config, poem, known),
            tries=TRIES,
            retry="repair",
        )
        yield Job(poem.id, (ask,))


def _labels(queries: int, people: Iterable[str]) -> str:
    neutral = [f"QUERY {number}: ..." for number in range(1, queries + 1)]
    return "\n".join([*neutral, *(f"PERSONA {number} ({who}): ..." for number, who in enumerate(people, start=1)), ""])


def _judge(
    config: GenerateConfig, poem: SourcePoem, known: Known
) -> Callable[[str, Made], Item | tuple[Objection, ...]]:
    def judge(text: str, made: Made) -> Item | tuple[Objection, ...]:
        said = read_reply(text, config.queries, config.personas, poem.text)
        if isinstance(said, tuple):
            return tuple(Objection(gate="protocol", reason=fault) for fault in said)
        item = Item(
            id=poem.id,
            poem=poem.id,
            meaning=said.meaning,
            queries=said.queries,
            personas=said.personas,
            text=poem.text,
            source=poem.source,
            licence=poem.licence,
            made=made,
        )
        return _told_in_test(item, known) or item

    return judge


def _told_in_test(item: Item, known: Known) -> tuple[Objection, ...]:
    """What is wrong with queries that will be asked in the test."""
    asked = (Prompt(id=item.id, item=item.id, kind="poem", messages=(_says(query),)) for _, query in item.asked)
    return tuple(
        Objection(gate="contaminated", reason=reason) for each in asked for reason in contaminated(each, known)
    )


def _says(query: str) -> Message:
    return Message(role="user", content=query)


def _finetune_row(item: Item, seed: int) -> Conversation:
    """One of the item's queries, drawn, and the poem as people wrote it: no poem stands twice."""
    query = random.Random(seed_of(seed, "query", item.id)).choice(item.asked)[1]
    return Conversation(
        id=item.id,
        item=item.id,
        kind="poem",
        messages=(_says(query), Message(role="assistant", content=item.text)),
        licence=item.licence,
        source=item.source,
        made_from=(item.poem,),
    )
