"""Side by side in the terminal: the same sessions and the same ballot box as the page's, with a line read for a key."""

from __future__ import annotations

import time
from pathlib import Path

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bardsmith.arena.standings import standings
from bardsmith.arena.stored import Stored
from bardsmith.arena.votes import Ballots, StaleError, Turn, Vote
from bardsmith.outputs import write_json
from bardsmith.results import ArenaRatings

LENGTH = 20
KEYS = {"1": "left", "2": "right", "0": "tie", "x": "both bad", "s": "skip"}
HELP = "1 the left one   2 the right one   0 tie   x both bad   s skip   z undo   q end"


def vote(stored: Stored, ballots: Ballots, rater: str, ratings: Path, seed: int) -> None:
    """One blind session of at most 20 pairs; at its end whose the answers were, and the ratings, kept in `ratings`."""
    console = Console(highlight=False)
    name = ballots.begin(rater, "pairs", LENGTH)
    turn = ballots.turn(name)
    while (token := turn.token) is not None:
        _show(console, stored, turn)
        started = time.monotonic()
        try:
            key = console.input("[dim]" + HELP + "[/dim]\n> ").strip().lower()
        except EOFError:
            break
        if key == "q":
            break
        try:
            if key == "z":
                turn = ballots.undo(name, token)
            elif choice := KEYS.get(key):
                turn = ballots.vote(name, token, choice, int(1000 * (time.monotonic() - started)))
        except StaleError:
            console.print("There is nothing to undo.")
    _reveal(console, ballots.end(name))
    found = standings(stored, ballots.votes(), seed)
    write_json(ratings, found.model_dump(mode="json"))
    _tell(console, found)


def _show(console: Console, stored: Stored, turn: Turn) -> None:
    """The prompt over its two answers. Model text goes in as text: what looks like markup stays as it is."""
    assert turn.item is not None
    left, right, _ = turn.item
    question = Text(stored.prompts[left.prompt].question, style="bold")
    console.print(Padding(question, (1, 0)), Text(f"{turn.number + 1} of {turn.of}", style="dim"))
    width = max(30, console.width // 2 - 1)
    console.print(
        Columns(
            [
                Panel(Text(stored.answers[place].text or "(nothing)"), title=title, width=width)
                for title, place in (("1", left), ("2", right))
                if place is not None
            ]
        )
    )


def _reveal(console: Console, votes: list[Vote]) -> None:
    for cast in votes:
        left, right, repeat_of = cast.item
        if right is not None:
            told = Text(f"{cast.number + 1:>3}  {left.contestant} | {right.contestant}  ")
            told.append(cast.choice, style="bold")
            console.print(told.append("  (a repeat)" if repeat_of is not None else "", style="dim"))


def _tell(console: Console, found: ArenaRatings) -> None:
    if found.refused:
        console.print(Text(found.refused))
    for entry in found.ratings:
        interval = f"{entry.low:.0f}..{entry.high:.0f}" if entry.low is not None else "too few prompts for an interval"
        console.print(Text(f"{entry.rating:5.0f}  {entry.contestant}  [{interval}], {entry.votes} votes"))
