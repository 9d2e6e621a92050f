"""A text's beats and rhymes, ready to be drawn: where each syllable stands, and each line's letter."""

from __future__ import annotations

from typing import Any

from bardsmith.verse import analyse
from bardsmith.verse.notation import laid_out
from bardsmith.verse.poem import Line, Poem


def scansion(text: str) -> dict[str, Any]:
    """`summary` in words, and `lines` in order with their `stanza`: none where there is no verse to be scanned. `rhyme`
    is empty where nothing rhymes; `end` and `syllables` are places in the line's text."""
    poem = analyse(text)
    return {"summary": _summary(poem), "lines": [_line(line) for line in poem.lines if poem.is_verse]}


def _line(line: Line) -> dict[str, Any]:
    end = line.text.lower().rfind(line.end_word)
    return {
        "text": line.text,
        "stanza": line.stanza,
        "rhyme": "" if line.rhyme == "-" else line.rhyme,
        "end": [end, end + len(line.end_word)] if line.end_word and end >= 0 else None,
        "syllables": [[found.start, found.stop, found.strong] for found in _syllables(line)],
    }


def _syllables(line: Line) -> list[Any]:
    return laid_out(line.text, line.meter, line.syllables)


def _summary(poem: Poem) -> str:
    if not poem.is_verse:
        return "; ".join(poem.reasons) or "no verse"
    rhymes = any(line.rhyme != "-" for line in poem.lines)
    parts = [
        poem.form or "no form that has a name",
        f"{poem.measure}, kept by {poem.regularity:.0%} of the lines" if poem.measure else "no steady measure",
        f"rhymes {poem.scheme}" if rhymes else "unrhymed",
    ]
    return " · ".join(parts)
