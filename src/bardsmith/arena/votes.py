"""The ballot box: sessions and votes in one SQLite file, each vote on the disk before it is answered, and votes.csv.

A session's items are fixed when it begins. Only the first item that has no vote takes one, and only from a page that
shows its token: so a stale page, a second tab and a double click are refused and change nothing.
"""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, Self

from bardsmith.arena.pairs import Item, Mode, items, session
from bardsmith.arena.stored import Place, Stored
from bardsmith.errors import InputError, RunError
from bardsmith.outputs import write_text

Choice = Literal["left", "right", "tie", "both bad", "skip", "0", "1", "2", "3", "4", "5"]
CHOICES: dict[Mode, tuple[Choice, ...]] = {
    "pairs": ("left", "right", "tie", "both bad", "skip"),
    "scores": ("0", "1", "2", "3", "4", "5", "skip"),
}
SCHEMA = """
CREATE TABLE IF NOT EXISTS raters (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, rater TEXT NOT NULL REFERENCES raters (name), mode TEXT NOT NULL, items TEXT NOT NULL,
    begun TEXT NOT NULL, ended TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS votes (
    session TEXT NOT NULL REFERENCES sessions (id), number INTEGER NOT NULL, item TEXT NOT NULL, choice TEXT NOT NULL,
    ms INTEGER NOT NULL, at TEXT NOT NULL, left_print TEXT, right_print TEXT, PRIMARY KEY (session, number)
) WITHOUT ROWID;
"""
COLUMNS = (
    "at", "rater", "session", "mode", "number", "prompt_id", "decoding", "sample", "left", "right", "choice", "ms",
    "repeat_of",
)  # fmt: skip
RATER = re.compile(r"\w[\w .-]{0,39}")
"""Letters and digits first: a name that begins with `=` would be a formula to a spreadsheet that opens votes.csv."""
MOST = 500
"""Items of a session at most."""


class StaleError(Exception):
    """The page shows an item that is not the session's current one any more."""


class UnknownSessionError(InputError):
    """A page from another study, or of votes that were moved aside."""


class Turn(NamedTuple):
    """Where a session is."""

    mode: Mode
    number: int
    """Items that have a vote."""
    of: int
    token: str | None
    """Of the current item; None if all have a vote."""
    item: Item | None
    ended: bool


class Vote(NamedTuple):
    """One vote that stands."""

    at: str
    session: str
    rater: str
    mode: Mode
    number: int
    item: Item
    choice: Choice
    ms: int
    left_print: str | None
    right_print: str | None

    def is_of(self, stored: Stored) -> bool:
        """Are the answers that were voted on still the ones that there are?"""
        left, right, _ = self.item
        prints = stored.fingerprint(left), stored.fingerprint(right) if right else None
        return left in stored.answers and prints == (self.left_print, self.right_print)


class Ballots:
    """Safe to use from several threads, and from several processes at once."""

    def __init__(self, path: Path, stored: Stored) -> None:
        """Opens or makes the file. Raises InputError if it is something else than ballots."""
        self.path, self.stored = path, stored
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(SCHEMA)
            has_votes = bool(self._database.execute("SELECT 1 FROM votes").fetchone())
        except sqlite3.DatabaseError as error:
            raise InputError(f"{path} cannot be opened as a file of votes: {error}", "Move it aside.") from None
        if has_votes:
            self.write_csv()  # a kill may have come between a vote and its line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._database.close()

    def begin(self, rater: str, mode: Mode, length: int) -> str:
        """Opens a session with what the rater has not rated yet; returns its id, which is also its secret.

        Raises InputError if the name will not do, or if nothing is left to rate.
        """
        rater = " ".join(rater.split())
        if not RATER.fullmatch(rater):
            raise InputError("a rater's name has 1 to 40 letters, digits, spaces, dots and dashes")
        with self._writing() as database:
            database.execute("INSERT OR IGNORE INTO raters (name) VALUES (?)", (rater,))
            (number,) = database.execute("SELECT number FROM raters WHERE name = ?", (rater,)).fetchone()
            own = (vote for vote in self._read() if vote.rater == rater)
            rated = {_unordered(vote.item) for vote in own if vote.is_of(self.stored)}
            still = [item for item in items(self.stored, mode, number - 1) if _unordered(item) not in rated]
            if not still:
                raise InputError(f"{rater} has rated everything that there is")
            chosen = [(secrets.token_urlsafe(9), item) for item in session(still, max(1, min(length, MOST)))]
            name = secrets.token_urlsafe(18)
            row = (name, rater, mode, json.dumps(chosen), _now())
            database.execute("INSERT INTO sessions (id, rater, mode, items, begun) VALUES (?, ?, ?, ?, ?)", row)
        return name

    def turn(self, name: str) -> Turn:
        """Where the session is. This and what follows raises UnknownSessionError if there is no such session."""
        with self._lock:
            return self._turn(name)

    def vote(self, name: str, token: str, choice: str, ms: int) -> Turn:
        """Books a vote on the current item. Raises StaleError if `token` is not the current item's."""
        with self._writing() as database:
            turn = self._turn(name)
            if turn.ended or turn.item is None or turn.token != token:
                raise StaleError
            if choice not in CHOICES[turn.mode]:
                raise InputError(f"{choice!r} is no vote here", f"There are: {', '.join(CHOICES[turn.mode])}.")
            left = self.stored.fingerprint(turn.item.left)
            right = self.stored.fingerprint(turn.item.right) if turn.item.right else None
            row = (name, turn.number, json.dumps(turn.item), choice, max(0, ms), _now(), left, right)
            database.execute("INSERT INTO votes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            after = self._turn(name)
        self.write_csv()
        return after

    def undo(self, name: str, token: str | None) -> Turn:
        """Takes the last vote back. `token` is the current item's (None after the last), else StaleError is raised."""
        with self._writing() as database:
            turn = self._turn(name)
            if turn.ended or turn.token != token or turn.number == 0:
                raise StaleError
            database.execute("DELETE FROM votes WHERE session = ? AND number = ?", (name, turn.number - 1))
            after = self._turn(name)
        self.write_csv()
        return after

    def end(self, name: str) -> list[Vote]:
        """Closes the session; returns its votes, contestants' names and all: from here on they are known."""
        with self._writing() as database:
            self._turn(name)
            database.execute("UPDATE sessions SET ended = coalesce(ended, ?) WHERE id = ?", (_now(), name))
            return [vote for vote in self._read() if vote.session == name]

    def votes(self) -> list[Vote]:
        """Every vote that stands, in the order of their times."""
        with self._lock:
            return self._read()

    def write_csv(self) -> None:
        """Writes votes.csv beside the file."""
        text = io.StringIO(newline="")
        table = csv.writer(text)
        table.writerow(COLUMNS)
        with self._lock, suppress(OSError):  # a spreadsheet that holds it open on Windows must not cost a vote
            table.writerows(_row(vote) for vote in self._read())
            write_text(self.path.with_name("votes.csv"), text.getvalue())

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; on the disk when the block has ended. Raises RunError if the disk does not take it."""
        with self._lock:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                with self._database:
                    yield self._database
            except sqlite3.OperationalError as error:
                raise RunError(
                    f"{self.path} could not be written: {error}", "Votes before this one are kept."
                ) from None

    def _turn(self, name: str) -> Turn:
        found = self._database.execute(
            "SELECT mode, items, ended, (SELECT count(*) FROM votes WHERE session = id) FROM sessions WHERE id = ?",
            (name,),
        ).fetchone()
        if found is None:
            raise UnknownSessionError("there is no such session", "Begin a new one.")
        mode, written, ended, number = found
        chosen = json.loads(written)
        token, item = (chosen[number][0], _item(chosen[number][1])) if number < len(chosen) else (None, None)
        return Turn(mode, number, len(chosen), token, item, ended is not None)

    def _read(self) -> list[Vote]:
        rows = self._database.execute(
            "SELECT at, session, rater, mode, number, item, choice, ms, left_print, right_print FROM votes "
            "JOIN sessions ON session = id ORDER BY at, session, number"
        )
        return [Vote._make((*row[:5], _item(json.loads(row[5])), *row[6:])) for row in rows]


def _item(written: list[object]) -> Item:
    left, right, repeat_of = written
    return Item(Place(*left), Place(*right) if right else None, repeat_of)  # type: ignore[misc,arg-type]


def _unordered(item: Item) -> frozenset[Place]:
    return frozenset({item.left} if item.right is None else {item.left, item.right})


def _row(vote: Vote) -> tuple[object, ...]:
    left, right, repeat_of = vote.item
    return (
        vote.at, vote.rater, vote.session[:8], vote.mode, vote.number + 1, left.prompt, left.decoding, left.sample,
        left.contestant, right.contestant if right else "", vote.choice, vote.ms,
        "" if repeat_of is None else repeat_of + 1,
    )  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
