"""What `bardsmith verse` reads and shows: a text with its beats and rhymes, in words for those who know no prosody."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from bardsmith.errors import InputError
from bardsmith.verse.display import LEGEND, marked
from bardsmith.verse.poem import Poem

FEET = {
    "iambic": "a light syllable, then a beat: da-DUM",
    "trochaic": "a beat, then a light syllable: DUM-da",
    "anapestic": "two light syllables, then a beat: da-da-DUM",
    "dactylic": "a beat, then two light syllables: DUM-da-da",
}
ODD_RHYMES = {
    "promoted": "on a light last syllable",
    "eye": "to the eye",
    "slant": "nearly",
    "assonance": "in the vowel",
    "consonance": "in the consonants",
    "identity": "the same word",
    "mosaic": "over two words",
}
MOST_TOLD = 4
"""Broken clauses and odd rhymes that are told one by one."""


def read_text(source: str) -> str:
    """The text of a file, or of standard input for `-`; refuses what is not UTF-8."""
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{source}: there is no such file", "Give a text file, or - for what is piped in.") from None
    except IsADirectoryError:
        raise InputError(f"{source} is a folder", "Give one text file, or - for what is piped in.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: not UTF-8 text (byte {error.start})", "Save the file as UTF-8.") from None


def read_rows(source: str) -> Iterator[tuple[Any, str]]:
    """The id and the text of every row of a JSONL file: its `text`, or the last answer in its `messages`."""
    for number, line in enumerate(read_text(source).split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
                yield row.get("id", number), _text(row)
            except (ValueError, KeyError, TypeError, IndexError, AttributeError):
                raise InputError(
                    f"{source}:{number}: this row has no text and no messages that hold an answer",
                    'Rows look like {"text": "..."} or {"messages": [..., {"role": "assistant", "content": "..."}]}.',
                ) from None


def _text(row: dict[str, Any]) -> str:
    found = row["text"] if "text" in row else _answers(row["messages"])[-1]
    if not isinstance(found, str):
        raise TypeError
    return found


def _answers(messages: list[dict[str, Any]]) -> list[Any]:
    return [message["content"] for message in messages if message["role"] == "assistant"]


def recite(poem: Poem) -> None:
    """Shows a poem on standard output."""
    console = Console(highlight=False)
    for part in (*marked(poem), *_findings(poem)):
        console.print(part, soft_wrap=True)


def _findings(poem: Poem) -> Iterator[Text]:
    yield Text("")
    if not poem.lines:
        yield Text("There is no text." if not poem.wrapper else "There is no poem, only what stands round one.")
        return
    yield _told("Verse", "yes" if poem.is_verse else "no")
    for reason in poem.reasons:
        yield _told("", f"- {reason}")
    for span in poem.wrapper:
        lines = f"line {span.first + 1}" if span.first == span.last else f"lines {span.first + 1} to {span.last + 1}"
        yield _told("", f"- not shown: {span.kind} ({lines} of the text)")
    yield _told("Form", _form(poem))
    yield _told("Measure", _measure(poem))
    yield _told("Rhyme", _rhyme(poem))
    for odd in _odd_rhymes(poem):
        yield _told("", f"- {odd}")
    yield LEGEND


def _told(label: str, what: str) -> Text:
    return Text(f"{label:<9}", style="bold") + Text(what)


def _form(poem: Poem) -> str:
    held = [form for form in poem.forms if form.holds]
    if not held:
        return "none that has a name"
    name = f"{held[0].name} ({held[0].kind})" if held[0].kind else held[0].name
    broken = held[0].broken
    if not broken:
        return name
    more = f"; and {len(broken) - MOST_TOLD} more" if len(broken) > MOST_TOLD else ""
    return f"{name}, {held[0].score:.0%} kept: {'; '.join(broken[:MOST_TOLD])}{more}"


def _measure(poem: Poem) -> str:
    if not poem.measure:
        return "none that its lines keep"
    foot = poem.measure.split()[0]
    return f"{poem.measure} ({FEET.get(foot, foot)}); {poem.regularity:.0%} of the lines keep it"


def _rhyme(poem: Poem) -> str:
    if all(line.rhyme == "-" for line in poem.lines):
        return "none"
    return f"{poem.scheme}; {poem.rhymed:.0%} of the lines rhyme to the ear"


def _odd_rhymes(poem: Poem) -> Iterator[str]:
    """Pairs that the scheme counts as rhymes and the strict ear does not, or only just."""
    odd = [
        pair
        for pair in poem.pairs
        if pair.kind in ODD_RHYMES and poem.lines[pair.first].rhyme == poem.lines[pair.second].rhyme != "-"
    ]
    for pair in odd[:MOST_TOLD]:
        one, other = (poem.lines[i].end_word for i in (pair.first, pair.second))
        yield f"'{one}' and '{other}' (lines {pair.first + 1}, {pair.second + 1}) rhyme {ODD_RHYMES[pair.kind]}"
    if len(odd) > MOST_TOLD:
        yield f"and {len(odd) - MOST_TOLD} more such pairs"
