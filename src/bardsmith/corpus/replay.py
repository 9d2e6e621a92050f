"""What the base model says of itself, in verse: it is asked questions, and its own answers become conversations.

Answers sampled from the model that is to be trained hold its knowledge far better than other people's (see
docs/corpus.md), and teach it no fact that it does not have. Two steps, for the model that answers in prose is seldom
the one that writes the verse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from bardsmith.corpus.accepting import Ask, Writer
from bardsmith.corpus.config import ReplayConfig
from bardsmith.corpus.conversations import conversations
from bardsmith.corpus.gates.known import Known
from bardsmith.corpus.gates.objections import Objection
from bardsmith.corpus.gates.reference import lost
from bardsmith.corpus.part import Finished
from bardsmith.corpus.sources.messages import messages
from bardsmith.corpus.sources.shapes import SourceTalk
from bardsmith.corpus.working import Job, Written, unique, worked_off, write_lines
from bardsmith.progress import Progress
from bardsmith.records import Conversation, Made, Message

ANSWERS = "replay_answers.jsonl"


async def answers(talks: Callable[[], Iterable[SourceTalk]], base: Writer, folder: Path, progress: Progress) -> Written:
    """Writes replay_answers.jsonl, the base model's answers in prose, and the rejects.

    `talks` is called twice and read lazily; only what was asked is used of them, and the reference, without which an
    answer is not kept. Raises InputError for ids that stand twice, and what ends a run.
    """
    ids = unique((talk.id for talk in talks()), "question")
    part = folder / "replay_answers.part.jsonl"
    async with worked_off(jobs_of(talks()), len(ids), part, Finished[Conversation], base, progress) as finished:
        rows = folder / ANSWERS
        number = write_lines(rows, (row for each in finished.read(ids) for row in each.rows))
        rejected = folder / "replay_answers.rejected.jsonl"
        failed = write_lines(rejected, (row for each in finished.read(ids) for row in each.rejected))
    return Written(rows, rejected, number, failed)


async def replay(
    config: ReplayConfig, seed: int, known: Known, writer: Writer, folder: Path, progress: Progress
) -> Written:
    """Puts the answers into verse: writes poem_replay_<n>.jsonl, and the rejects. Otherwise as `conversations`."""
    talks = partial(messages, folder / ANSWERS, None)
    return await conversations(config, seed, talks, known, writer, folder, progress, name="poem_replay")


def jobs_of(talks: Iterable[SourceTalk]) -> Iterator[Job[Conversation]]:
    """One job a question, of one ask: what the model does not know it is not told either."""
    for talk in talks:
        ask = Ask(
            id=f"{talk.id}-replay",
            item=talk.item or talk.id,
            source=talk.source,
            messages=talk.messages,
            judge=_judge(talk),
            tries=1,
        )
        yield Job(talk.id, (ask,))


def _judge(talk: SourceTalk) -> Callable[[str, Made], Conversation | tuple[Objection, ...]]:
    def judge(text: str, made: Made) -> Conversation | tuple[Objection, ...]:
        if any(lost(text, talk.reference)):
            wanted = " or ".join(f'"{each}"' for each in talk.reference)
            return (Objection(gate="reference", reason=f"the base model does not know it: {wanted} was wanted"),)
        return Conversation(
            id=f"{talk.id}-replay",
            item=talk.item or talk.id,
            kind="replay",
            messages=(*talk.messages, Message(role="assistant", content=text)),
            reference=talk.reference,
            licence=talk.licence,
            source=talk.source,
            made=made,
            made_from=(talk.id,),
        )

    return judge
