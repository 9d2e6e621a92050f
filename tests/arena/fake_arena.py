"""A finished study to look at, without a model, and a server for it. What the contestants answered is made up: poems of
the starter corpus, whole, cut off and as prose."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import uvicorn

from bardsmith.arena.app import Arena, make_app
from bardsmith.arena.live import Live
from bardsmith.arena.serving import hosts_of, listening
from bardsmith.arena.stored import Stored, read_stored
from bardsmith.arena.votes import Ballots
from bardsmith.outputs import Manifest, StudyFolder, digest, origin, read_records, write_manifest, write_records
from bardsmith.records import Completion, Conversation, Message, Prompt
from bardsmith.results import Score

CONTESTANTS = ("alder", "birch", "cedar")
"""Names that stand in no text."""
HOSTILE = "<script>document.title='broken'</script>\n<img src=x onerror=\"document.title='broken'\">\n[b]bold[/b]"


def fake_study(
    root: Path, prompts: int = 10, contestants: Sequence[str] = CONTESTANTS, system: Sequence[Message] = ()
) -> StudyFolder:
    """Held-out prompts, completions and scores. To the second prompt the last contestant answers with markup."""
    folder = StudyFolder(root)
    rows = _rows()[:prompts]
    asked = [_prompt(row) for row in rows]
    completions, scores = [], []
    for number, row in enumerate(rows):
        for place, contestant in enumerate(contestants):
            text, told = _answer(row.answer, place % 3)
            if number == 1 and place == len(contestants) - 1:
                text, told = HOSTILE, {"quality": 1.0, "verse": False, "notes": ["not verse"]}
            for decoding in ("sampled", "greedy"):
                where = {"contestant": contestant, "prompt": asked[number].id, "decoding": decoding, "sample": 0}
                finish = "length" if place % 3 == 1 else "stop"
                completions.append(
                    Completion.model_validate({**where, "seed": 1, "text": text, "tokens": 40, "finish": finish})
                )
                scores.append(Score.model_validate({**where, "item": row.item, "kind": row.kind, **told}))
    led = (prompt.model_copy(update={"messages": (*system, *prompt.messages)}) for prompt in asked)
    write_records(folder.heldout, led)
    write_records(folder.completions, completions)
    write_records(folder.scores, scores)
    inputs = {"arena/completions.jsonl": digest(folder.completions)}
    manifest = Manifest(stage="evaluation", config={}, inputs=inputs, outputs={}, seconds=0, origin=origin())
    write_manifest(folder.evaluation, manifest)
    return folder


def _answer(poem: str, how: int) -> tuple[str, dict[str, Any]]:
    """Whole, cut off after half of its lines, or as prose; with what a judge would say of it."""
    lines = poem.split("\n")
    if how == 0:
        return poem, {"quality": 4.0, "verse": True, "complete": True, "notes": ["verse that keeps its measure"]}
    if how == 1:
        half = "\n".join(lines[: len(lines) // 2 + 1]).rstrip(" .,;:!?")
        return half, {"quality": 2.0, "verse": True, "complete": False, "notes": ["does not end"]}
    prose = " ".join(line.strip() for line in lines if line)
    return prose, {"quality": 1.0, "verse": False, "relevant": True, "notes": ["prose: a single paragraph"]}


def _rows() -> list[Conversation]:
    """The starter corpus, a row of every kind in turn."""
    by_kind = []
    for kind in ("howto", "fact", "poem", "chat", "summarize", "refusal"):
        file = files("bardsmith.corpus").joinpath("starter", f"{kind}.jsonl")
        by_kind.append(read_records(Path(str(file)), Conversation))
    return [rows[number] for number in range(min(map(len, by_kind))) for rows in by_kind]


def _prompt(row: Conversation) -> Prompt:
    kept = row.model_dump(include={"item", "kind", "reference"})
    return Prompt.model_validate({**kept, "id": f"prompt/{row.id}", "messages": row.messages[:-1]})


class FakeLive(Live):
    """Answers at once, without a process."""

    async def ask(self, question: str, contestants: Sequence[str], seed: int) -> AsyncIterator[dict[str, Any]]:
        for name in contestants:
            for piece in ("You asked:\n", question, "\nand so I sing."):
                yield {"contestant": name, "text": piece}
            yield {"contestant": name, "finish": "stop"}


@dataclass(frozen=True)
class Served:
    url: str
    folder: StudyFolder
    stored: Stored
    ballots: Ballots


@contextmanager
def served(root: Path, token: str | None = None, **more: Any) -> Iterator[Served]:
    """The page on a free port of loopback, in a thread."""
    folder = fake_study(root, **more)
    stored = read_stored("grove", folder)
    listener = listening("127.0.0.1", 0)
    port = listener.getsockname()[1]
    with Ballots(folder.ballots, stored) as ballots:
        arena = Arena(stored, folder, ballots, FakeLive(stored.contestants, {}, root / "live.log"), seed=1)
        app = make_app(arena, hosts_of("127.0.0.1", port), token)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Served(f"http://127.0.0.1:{port}", folder, stored, ballots)
        finally:
            server.should_exit = True
            thread.join()
