"""The reply store: one SQLite file, from a request's key to the reply that was paid for.

A reply is on the disk before the call that asked for it returns, so that a kill loses only what is in flight. Two
processes may use one file at once. All columns are plain text or numbers; what cannot be read back counts as absent.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bardsmith.errors import InputError, RunError
from bardsmith.llm.exchange import Reply, Request

SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, text TEXT NOT NULL, finish TEXT NOT NULL, model TEXT NOT NULL,
    input_tokens INTEGER, output_tokens INTEGER, dollars REAL, seconds REAL NOT NULL, at TEXT NOT NULL,
    raw TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (name TEXT PRIMARY KEY, service TEXT NOT NULL, id TEXT, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS batched (
    batch TEXT NOT NULL REFERENCES batches (name) ON DELETE CASCADE, key TEXT NOT NULL, request TEXT NOT NULL,
    PRIMARY KEY (batch, key)
) WITHOUT ROWID;
"""
COLUMNS = "text, finish, model, input_tokens, output_tokens, dollars, seconds, at, raw"
SECONDS_FOR_THE_OTHER = 60
"""How long one process waits for another that is writing."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that was handed in, or was about to be, and whose replies are not in the store yet."""

    name: str
    """Ours, given before it is handed in."""
    service: str
    """Provider and address that it goes to."""
    id: str | None
    """The service's; None if we were cut off before it came."""
    at: str


class ReplyStore:
    def __init__(self, path: Path, say: Callable[[str], None] = lambda text: None) -> None:
        """Opens or makes the file. Raises InputError if it is something else, RunError if it cannot be written."""
        self.path = path
        self._say = say
        self._unreadable: set[str] = set()
        self._arrived: list[tuple[Request, Reply, asyncio.Future[Reply]]] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._told():
            self._database = sqlite3.connect(path, timeout=SECONDS_FOR_THE_OTHER, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("PRAGMA foreign_keys = ON")
            self._database.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def reply(self, key: str) -> Reply | None:
        """What was answered to the request of this key; None if nothing was, or if it cannot be read."""
        with self._told():
            row = self._database.execute(f"SELECT {COLUMNS} FROM replies WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        try:
            return _reply_of(row)
        except (ValueError, TypeError):
            if not self._unreadable:
                self._say(f"{self.path} has a row that cannot be read ({key[:12]}); such rows are asked again")
            self._unreadable.add(key)
            return None

    async def keep(self, request: Request, reply: Reply) -> Reply:
        """Commits a reply and returns the one that now stands: another process may have been first.

        Replies that come in one turn of the event loop share a commit: the disk is waited for once."""
        loop = asyncio.get_running_loop()
        if not self._arrived:
            loop.call_soon(self._commit)
        standing: asyncio.Future[Reply] = loop.create_future()
        self._arrived.append((request, reply, standing))
        return await standing

    def _commit(self) -> None:
        arrived, self._arrived = self._arrived, []
        try:
            with self._writing():
                kept = [self._keep(request, reply) for request, reply, _ in arrived]
        except Exception as error:
            for _, _, standing in arrived:
                if not standing.done():
                    standing.set_exception(error)
            return
        for (_, _, standing), reply in zip(arrived, kept, strict=True):
            if not standing.done():  # by now nobody may wait for it
                standing.set_result(reply)

    def _keep(self, request: Request, reply: Reply) -> Reply:
        key = request.key
        standing = self.reply(key)
        if standing is not None:
            return standing
        usage = (reply.usage.input, reply.usage.output) if reply.usage else (None, None)
        raw = json.dumps(reply.raw, ensure_ascii=False)
        row = (reply.text, reply.finish, reply.model, *usage, reply.dollars, reply.seconds, reply.at, raw)
        self._database.execute(
            f"INSERT OR REPLACE INTO replies (key, request, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (key, request.canonical, *row),
        )
        return reply

    def begin_batch(self, batch: Batch, requests: Sequence[Request]) -> None:
        """Notes what is about to be handed in, so that it can be found again if we are cut off."""
        with self._writing() as database:
            database.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", (batch.name, batch.service, batch.id, batch.at))
            rows = ((batch.name, request.key, request.canonical) for request in requests)
            database.executemany("INSERT OR IGNORE INTO batched VALUES (?, ?, ?)", rows)

    def batch_accepted(self, name: str, service_id: str) -> None:
        with self._writing() as database:
            database.execute("UPDATE batches SET id = ? WHERE name = ?", (service_id, name))

    def open_batches(self, service: str) -> list[Batch]:
        """Batches at a service whose replies have not been fetched, oldest first."""
        with self._told():
            rows = self._database.execute(
                "SELECT name, service, id, at FROM batches WHERE service = ? ORDER BY at, name", (service,)
            ).fetchall()
        return [Batch(*row) for row in rows]

    def requests_of(self, name: str) -> list[Request]:
        """The requests of a batch in flight."""
        with self._told():
            rows = self._database.execute(
                "SELECT request FROM batched WHERE batch = ? ORDER BY key", (name,)
            ).fetchall()
        return [Request.model_validate_json(text) for (text,) in rows]

    def end_batch(self, name: str, replies: Sequence[tuple[Request, Reply]]) -> None:
        """Keeps all replies of a batch and forgets the batch, in one commit."""
        with self._writing() as database:
            for request, reply in replies:
                self._keep(request, reply)
            database.execute("DELETE FROM batches WHERE name = ?", (name,))

    def request(self, prefix: str) -> tuple[str, str]:
        """Key and canonical JSON of the one stored request whose key begins so. Raises InputError for none or many."""
        with self._told():
            rows: list[tuple[str, str]] = self._database.execute(
                "SELECT key, request FROM replies WHERE substr(key, 1, ?) = ? ORDER BY key LIMIT 3",
                (len(prefix), prefix.lower()),
            ).fetchall()
        if len(rows) == 1:
            return rows[0]
        if not rows:
            raise InputError(
                f"{self.path} has no request whose key begins with {prefix!r}", "Keys stand in `made.request`."
            )
        raise InputError(
            f"several keys in {self.path} begin with {prefix!r}", f"Give more of it: {', '.join(k for k, _ in rows)}"
        )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._told():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise RunError(
                f"the reply store {self.path} cannot be used: {error}",
                "Make room, or end the other process that holds it; the same command goes on from here.",
            ) from None
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise  # a subclass is a fault of ours; the class itself says that the file is none, or is broken
            raise InputError(
                f"{self.path} is not a reply store that can be read: {error}",
                "Move it aside (nothing here deletes it); the same command begins a new one and pays anew.",
            ) from None


def _reply_of(row: tuple[object, ...]) -> Reply:
    text, finish, model, input_tokens, output_tokens, dollars, seconds, at, raw = row
    usage = None if input_tokens is None else {"input": input_tokens, "output": output_tokens}
    return Reply.model_validate(
        {
            "text": text, "finish": finish, "model": model, "usage": usage, "dollars": dollars,
            "seconds": seconds, "at": at, "raw": json.loads(str(raw)),
        }
    )  # fmt: skip
