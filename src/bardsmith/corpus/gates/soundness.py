"""Is an answer whole and sane: it ends, does not go round in circles, is no junk, and nothing stands round it?"""

from __future__ import annotations

from collections.abc import Iterator

from bardsmith.records import Form
from bardsmith.verse.lineation import stanzas
from bardsmith.verse.poem import Poem
from bardsmith.verse.soundness.verdict import first_fault

REFRAIN_FORMS = frozenset(["triolet", "villanelle", "ballad"])
"""Forms that ask for lines again, or live on them."""
MOST_REPEATED_LINES = 0.3
"""Share of the lines that stood before, in the other forms (Gopher's limit, arXiv 2112.11446)."""
MOST_SHOWN = 60
"""Characters of a line that are quoted."""
_CALLED = {
    "title": "a title",
    "preamble": "talk before the poem",
    "afterword": "talk after the poem",
    "fence": "a code fence",
    "role": "a tag or token of a chat template",
    "section": "a section tag or rule",
}


def unfinished(poem: Poem) -> Iterator[str]:
    if not poem.ending.finished:
        yield f"the answer does not end properly: {poem.ending.reason}"


def wrapped(text: str, poem: Poem) -> Iterator[str]:
    """What stands round the poem, each piece by its name."""
    lines = [line for stanza in stanzas(text) for line in stanza]
    for span in poem.wrapper:
        shown = lines[span.first]
        shown = shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}..."
        yield f'{_CALLED[span.kind]} stands round the poem: "{shown}"; give the poem alone'


def looping(poem: Poem, form: Form | None) -> Iterator[str]:
    """By the rules of the verse room, which spare refrains; in a form without refrains also by the lines said again."""
    if poem.repetition.looping:
        yield f"the answer goes round in circles: {poem.repetition.reasons[-1]}"
    elif form and form not in REFRAIN_FORMS and (share := poem.repetition.lines) > MOST_REPEATED_LINES:
        yield f"{share:.0%} of the lines repeat an earlier one, {MOST_REPEATED_LINES:.0%} at most wanted"


def junk(text: str, poem: Poem) -> Iterator[str]:
    """Templates showing, gibberish, or an end in the middle of a word; loops are told by `looping`."""
    if fault := first_fault(text, lambda: "", lambda: poem.gibberish.reason or ""):
        yield f"the answer is junk: {fault}"
