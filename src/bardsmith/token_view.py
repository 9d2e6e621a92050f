"""A training row on the terminal: which tokens are read, which are learned, and where it ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.text import Text


def as_tokens(tokens: Iterable[tuple[str, bool]]) -> Iterator[Text]:
    """Runs of tokens that are read and that are learned, by turns, and the token that the answer ends with.

    Each token is given as its text and whether it is learned.
    """
    pairs = list(tokens)
    for learned, run in groupby(pairs, key=lambda pair: pair[1]):
        texts = [text for text, _ in run]
        yield Text("")
        yield Text(f"{'learned' if learned else 'read'}, {len(texts)} token{'s' * (len(texts) > 1)}", style="bold")
        yield Text("|", style="dim").join(
            Text(text.replace("\n", "\u21b5\n"), style="green" if learned else "dim") for text in texts
        )
    ends = [text for text, learned in pairs if learned][-1:]
    yield Text("")
    yield told("Tokens", f"{len(pairs)}, of which {sum(learned for _, learned in pairs)} are learned")
    yield told("Ends in", repr(ends[0]) if ends else "nothing: no token is learned")


def told(label: str, what: str) -> Text:
    """A line that begins with what it is about."""
    return Text(f"{label:<9}", style="bold") + Text(what)
