"""Conversations in the terminal, one a page: the question, the answer with its beats and rhymes, where it came from."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from bardsmith.errors import InputError
from bardsmith.outputs import faults_of_line, faulty_file
from bardsmith.records import Conversation
from bardsmith.token_view import as_tokens, told
from bardsmith.verse import analyse
from bardsmith.verse.display import LEGEND, marked

Tokens = Callable[[Conversation], Iterable[tuple[str, bool]]]
"""A conversation as a model sees it in training: each token's text, and whether it is learned or only read."""
KEYS = "Enter next, p previous, a number or an id, {tokens}q quit: "


class Shelf:
    """The conversations of a JSONL file, of which only the places in the file are kept in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._starts: list[tuple[int, int]] = []
        """Line and byte where each row starts."""
        start = 0
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if line.strip():
                        self._starts.append((number, start))
                    start += len(line)
        except (FileNotFoundError, IsADirectoryError):
            raise InputError(f"{path} is no file", "Name a JSONL file of conversations.") from None
        if not self._starts:
            raise InputError(f"{path} is empty", "Name a JSONL file of conversations.")

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, place: int) -> Conversation:
        number, start = self._starts[place]
        with self.path.open("rb") as file:
            file.seek(start)
            line = file.readline().removeprefix(codecs.BOM_UTF8)
        try:
            return Conversation.model_validate_json(line)
        except ValidationError as error:
            raise faulty_file(self.path, list(faults_of_line(error, f"{self.path}:{number}"))) from None

    def place_of(self, id: str) -> int | None:  # noqa: A002
        return next((place for place in range(len(self)) if self[place].id == id), None)


def show(path: Path, id: str | None = None, first: int = 1, tokens: Tokens | None = None) -> None:  # noqa: A002
    """Prints the conversation of that id, or the first so many."""
    shelf, console = Shelf(path), Console(highlight=False)
    place = None if id is None else shelf.place_of(id)
    if id is not None and place is None:
        raise InputError(f"{path} holds no conversation {id!r}", f"Its first is {shelf[0].id!r}.")
    for at in range(min(first, len(shelf))) if place is None else [place]:
        _print(console, shelf, at, tokens)


def browse(path: Path, tokens: Tokens | None = None) -> None:
    """Shows one conversation after another, as the person at the keyboard asks."""
    shelf, console = Shelf(path), Console(highlight=False)
    keys = KEYS.format(tokens="t tokens, " if tokens else "")
    at, with_tokens, complaint = 0, False, ""
    while True:
        _print(console, shelf, at, tokens if with_tokens else None)
        try:
            key = console.input(complaint + keys, markup=False).strip()
        except EOFError:
            return
        if key == "q":
            return
        if key == "t" and tokens:
            with_tokens = not with_tokens
            continue
        found = _place(shelf, at, key)
        complaint = f"There is no {key}. " if found is None else ""
        at = at if found is None else found


def _place(shelf: Shelf, at: int, key: str) -> int | None:
    """The place that a key leads to; the ends are held."""
    if key in ("", "n"):
        return min(at + 1, len(shelf) - 1)
    if key == "p":
        return max(at - 1, 0)
    if key.isdecimal() and 1 <= int(key) <= len(shelf):
        return int(key) - 1
    return shelf.place_of(key)


def _print(console: Console, shelf: Shelf, at: int, tokens: Tokens | None) -> None:
    row = shelf[at]
    console.print(Rule(Text(f"{row.id}  ({at + 1} of {len(shelf)})"), align="left"))
    for part in (*_asked(row), *_answered(row), *_provenance(row), *(as_tokens(tokens(row)) if tokens else ())):
        console.print(part, soft_wrap=True)


def _asked(row: Conversation) -> Iterator[Text]:
    for message in row.messages[:-1]:
        yield Text(message.role, style="bold")
        yield Text(message.content, style="dim" if message.role == "system" else "")
        yield Text("")


def _answered(row: Conversation) -> Iterator[Text]:
    yield Text("assistant", style="bold")
    poem = analyse(row.answer)
    if not poem.is_verse:
        yield Text(row.answer)
        yield Text("")
        yield told("Verse", f"no: {'; '.join(poem.reasons)}")
        return
    yield from marked(poem)
    yield Text("")
    yield LEGEND
    rhymes = any(line.rhyme != "-" for line in poem.lines)
    asked = f"; asked for: {row.form}" if row.form else ""
    yield told("Form", f"{poem.form or 'none that has a name'}{asked}")
    yield told("Measure", poem.measure or "none that its lines keep")
    yield told("Rhyme", poem.scheme if rhymes else "none")
    for reason in poem.reasons:
        yield told("Fault", reason)


def _provenance(row: Conversation) -> Iterator[Text]:
    yield told("Kind", row.kind)
    yield told("Item", row.item)
    if row.reference:
        yield told("Must say", " | ".join(row.reference))
    yield told("Source", f"{row.source or 'not said'}; licence: {row.licence or 'not said'}")
    if row.made_from:
        yield told("From", ", ".join(row.made_from))
    if row.made:
        paid = "" if row.made.dollars is None else f", {row.made.dollars:.4f} dollars"
        tries = f"{row.made.tries} tr{'y' if row.made.tries == 1 else 'ies'}"
        yield told("Made by", f"{row.made.model} ({row.made.provider}), {tries}{paid}, {row.made.at}")
        yield told("Request", row.made.request)
