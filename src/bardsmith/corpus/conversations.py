"""Conversations of people in prose in, the same answers in verse out, short and with what must survive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from bardsmith.corpus.accepting import Ask, Writer
from bardsmith.corpus.config import ConversationsConfig
from bardsmith.corpus.gates.known import Known
from bardsmith.corpus.gates.objections import Objection, Rejected
from bardsmith.corpus.gates.originality import contaminated
from bardsmith.corpus.instructing import instruction, rules_of, sections
from bardsmith.corpus.judging import Wish, judged, kept_rows, rejects, repeats
from bardsmith.corpus.part import Finished
from bardsmith.corpus.quotas import by_quota, drawn_length, in_words
from bardsmith.corpus.sources.shapes import SourceTalk
from bardsmith.corpus.working import Job, Written, unique, worked_off, write_lines
from bardsmith.overlap.duplicates import Shingles
from bardsmith.progress import Progress
from bardsmith.records import Conversation, Form, Kind, Made, Message, Prompt, seed_of

MOST_ALIASES = 6
"""Ways to say what must survive that a writer is told of; the first are the usual ones."""


async def conversations(
    config: ConversationsConfig,
    seed: int,
    talks: Callable[[], Iterable[SourceTalk]],
    known: Known,
    writer: Writer,
    folder: Path,
    progress: Progress,
    name: str = "poem_real_conversations",
) -> Written:
    """Writes <name>_<n>.jsonl, of n answers in verse, and the rejects.

    `talks` is called twice and read lazily. Raises InputError for ids that stand twice, and what ends a run.
    """
    ids = unique((talk.id for talk in talks()), "conversation")
    part = folder / f"{name}.part.jsonl"
    jobs = jobs_of(config, seed, talks(), known)
    async with worked_off(jobs, len(ids), part, Finished[Conversation], writer, progress) as finished:
        repeated = repeats(row for each in finished.read(ids) for row in each.rows)
        number = sum(1 for _ in kept_rows(finished, ids, repeated))
        rows = folder / f"{name}_{number}.jsonl"
        write_lines(rows, kept_rows(finished, ids, repeated))
        rejected = folder / f"{name}.rejected.jsonl"
        failed = write_lines(rejected, rejects(finished, ids, repeated))
    return Written(rows, rejected, number, failed)


def jobs_of(
    config: ConversationsConfig, seed: int, talks: Iterable[SourceTalk], known: Known
) -> Iterator[Job[Conversation]]:
    """One job a conversation, of one ask; none where the question will be asked in the test."""
    quotas: dict[Kind, Iterator[Form]] = {}
    for talk in talks:
        quota = quotas.setdefault(talk.kind, by_quota(config.forms_of(talk.kind), seed_of(seed, talk.kind)))
        form = next(quota)
        bounds = config.budget(talk.kind)
        wish = Wish(form, drawn_length(form, bounds, seed, talk.id), bounds[1])
        told_in_test = _told_in_test(talk, known)
        if told_in_test:
            lost = Rejected(
                id=_row_id(talk),
                item=talk.item or talk.id,
                source=talk.source,
                objections=told_in_test,
                tries=0,
                text=talk.answer,
            )
            yield Job(talk.id, (), (lost,))
        else:
            yield Job(talk.id, (_ask(config, talk, wish, known),))


def _row_id(talk: SourceTalk) -> str:
    """A conversation may be learned from in its own words, too."""
    return f"{talk.id}-verse"


def _ask(config: ConversationsConfig, talk: SourceTalk, wish: Wish, known: Known) -> Ask[Conversation]:
    kind = _instructions(talk.kind)
    text = instruction(
        "conversation",
        talk=_transcript(talk.messages),
        given=kind["given"],
        answer=talk.answer,
        task=kind["task"],
        must=_must(talk.reference),
        form=wish.form,
        rules=rules_of(wish.form),
        length=f"{in_words(wish.form, wish.lines)}, and never more than {wish.most}",
    )
    return Ask(
        id=_row_id(talk),
        item=talk.item or talk.id,
        source=talk.source,
        messages=(Message(role="system", content=instruction("poet")), Message(role="user", content=text)),
        judge=_judge(talk, wish, known),
        tries=config.tries,
    )


def _instructions(kind: Kind) -> dict[str, str]:
    """What the prose is called for conversations of a kind, and what is to be done with it."""
    lines = sections("kinds")[kind].split("\n")
    return dict(line.split(": ", maxsplit=1) for line in lines)


def _transcript(messages: Iterable[Message]) -> str:
    """What was said; a question alone stands by itself."""
    said = list(messages)
    if len(said) == 1:
        return said[0].content
    names = {"system": "Told beforehand", "user": "Asker", "assistant": "Assistant"}
    return "\n\n".join(f"{names[message.role]}: {message.content}" for message in said)


def _must(reference: Sequence[str]) -> str:
    """What has to be in the poem, as the reference gate will look for it."""
    if not reference:
        return ""
    which = "These words" if len(reference) == 1 else "One of these"
    number = " (a number in figures or in words)" if any(c.isdigit() for each in reference for c in each) else ""
    said = " or ".join(f'"{each}"' for each in reference[:MOST_ALIASES])
    return f"{which} must stand in the poem exactly so{number}, not parted by a line end: {said}.\n"


def _told_in_test(talk: SourceTalk, known: Known) -> tuple[Objection, ...]:
    asked = Prompt(id=talk.id, item=talk.item or talk.id, kind=talk.kind, messages=talk.messages)
    return tuple(Objection(gate="contaminated", reason=reason) for reason in contaminated(asked, known))


def _judge(talk: SourceTalk, wish: Wish, known: Known) -> Callable[[str, Made], Conversation | tuple[Objection, ...]]:
    def judge(text: str, made: Made) -> Conversation | tuple[Objection, ...]:
        row = Conversation(
            id=_row_id(talk),
            item=talk.item or talk.id,
            kind=talk.kind,
            form=wish.form,
            messages=(*talk.messages, Message(role="assistant", content=text)),
            reference=talk.reference,
            licence=talk.licence,
            source=talk.source,
            made=made,
            made_from=(talk.id,),
        )
        return judged(row, wish, known, Shingles())

    return judge
