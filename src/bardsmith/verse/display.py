"""A poem for the terminal: a mark above each syllable, a rhyme letter before each line."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from bardsmith.verse.notation import laid_out
from bardsmith.verse.poem import Line, Poem

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
LEGEND = Text("/ a beat   \u00b7 a light syllable   lines with the same letter rhyme", style="dim")


def marked(poem: Poem) -> Iterator[Text]:
    """The lines of the poem, each below its marks; stanzas are parted by an empty line."""
    stanza = 0
    for line in poem.lines:
        if line.stanza != stanza:
            stanza = line.stanza
            yield Text("")
        yield from _scanned(line)


def _scanned(line: Line) -> tuple[Text, Text]:
    marks = [" "] * len(line.text)
    text = Text(line.text)
    for syllable in laid_out(line.text, line.meter, line.syllables):
        marks[syllable.nucleus] = "/" if syllable.strong else "\u00b7"
        if syllable.strong:
            text.stylize("bold", syllable.start, syllable.stop)
    letter = "" if line.rhyme == "-" else line.rhyme
    if letter:
        end = line.text.lower().rfind(line.end_word)
        text.stylize(_colour(letter), end, end + len(line.end_word))
    return Text("    " + "".join(marks).rstrip(), style="dim"), Text(f"{letter:<4}", style=_colour(letter)) + text


def _colour(letter: str) -> str:
    return COLOURS[sum(map(ord, letter)) % len(COLOURS)] if letter else ""
