"""What a form of verse is judged by: lines in their stanzas, rhymes, syllables, beats and end words.

Headings are no lines of a poem: numerals, bracketed notes, words such as `Chorus` and `Envoy`, and a first line that
stands alone above longer stanzas.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from operator import and_, ne
from typing import NamedTuple

from bardsmith.verse.lineation import LONGEST_REMEMBERED, words
from bardsmith.verse.sound.pronunciation import Sound, phones_of, sound_of

MOST_LINES = 500
"""Lines that are looked at: no form but the epic is longer, and its first books show what it is."""
LONGEST_LINE = 1000
"""Characters of a line that are read; paragraphs of prose poems are longer, and their words do not count."""
LONGEST_WORD = 40
"""Letters of a last word that are looked at, and characters at the end of a long line in which it is sought first."""
TITLE_WORDS = 4
"""A line alone in its stanza, of so few words, all capitalised and without a stop at the end, is a heading."""
LONGEST_HEADING = 80
"""Characters."""
MOST_TITLES = 2
"""Lines alone in their stanza that may stand above a poem: its title, and where it is from or for whom."""
LINKED_LINES = 60
"""Lines of the longest poem whose stanzas are linked by rhyme; of the fixed forms the chant royal has most, 60."""

UNRHYMED = "-"
_NUMERAL = r"(?:[IVXLC]{1,7}|\d{1,3})"
_HEADING = re.compile(
    rf"{_NUMERAL}[.:)]?$|{_NUMERAL}[.:]\s[^a-z]*$|\[.*\]$|#|[=*_~\-\s]{{3,}}$|\*\*[^*]*\*\*$"
    r"|(?:(?i:l')?(?i:envo[yi])|(?i:chorus|refrain|verse|burden|title))\b[\d\s.:]{0,6}$"
)


class Rhymes(NamedTuple):
    """How a poem rhymes and nothing else: many poems rhyme alike. All but `stanzas` have a letter a line.

    Lines with the same letter rhyme, and `-` rhymes with none.
    """

    stanzas: tuple[int, ...]
    """How many lines each stanza has."""
    labels: str
    """Rhymes within the stanzas."""
    links: str
    """The same, and rhymes that link stanzas."""
    ends: str
    """Strictly, the same letter for the same end word, which is no rhyme; else empty."""

    @property
    def starts(self) -> list[int]:
        """The first line of each stanza."""
        return list(accumulate(self.stanzas[:-1], initial=0))

    def after(self, distance: int) -> list[bool]:
        """Does each line rhyme with the one so far below, in its stanza?"""
        found = [label == other != UNRHYMED for label, other in zip(self.labels, self.labels[distance:], strict=False)]
        return list(map(and_, found, map(ne, self.ends, self.ends[distance:]))) if self.ends else found


@dataclass(frozen=True)
class Shape:
    """A poem without its headings; every sequence but `stanzas` has one element a line.

    What several forms ask for is worked out when the first of them does.
    """

    lines: tuple[str, ...]
    stanzas: tuple[int, ...]
    """How many lines each stanza has."""
    labels: tuple[str, ...]
    """Lines of a stanza with the same label rhyme; `-` rhymes with none."""
    links: tuple[str, ...]
    """The same, but lines of different stanzas may share a label too."""
    syllables: tuple[int, ...]
    beats: tuple[int, ...]
    """Metrical feet."""
    strict: bool
    """Is a repeated end word no rhyme?"""

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def different(self) -> int:
        """How many lines there are; strictly, a line that stood there before is none."""
        return self.fresh if self.strict else len(self.lines)

    @cached_property
    def fresh(self) -> int:
        """How many lines there are that did not stand there before."""
        return len(set(self.lines))

    @cached_property
    def rhymes(self) -> Rhymes:
        """Its rhymes alone."""
        labels = lettered(self.labels)
        links = labels if self.links is self.labels else lettered(self.links)
        ends = lettered([self.end(line) for line in range(len(self.lines))]) if self.strict else ""
        return Rhymes(self.stanzas, labels, links, ends)

    @cached_property
    def vocabulary(self) -> tuple[frozenset[str], ...]:
        """The different words of each line."""
        return tuple([frozenset(words(line[:LONGEST_LINE])) for line in self.lines])

    @cached_property
    def pentameters(self) -> float:
        """Share of the lines that have five feet."""
        return self.beats.count(5) / len(self.lines)

    @cached_property
    def middling(self) -> int:
        """Syllables of a line that is neither long nor short among the others."""
        return sorted(self.syllables)[len(self.lines) // 2]

    def words(self, line: int) -> tuple[str, ...]:
        """The words of a line in lower case."""
        return words(self.lines[line][:LONGEST_LINE])

    def end(self, line: int) -> str:
        """The last word of a line in lower case; empty if it has none."""
        return _last(self.lines[line])

    def part(self, start: int, stop: int) -> Shape:
        """Some of the lines as a poem of their own, in one stanza."""
        lines, labels, links = self.lines[start:stop], self.labels[start:stop], self.links[start:stop]
        syllables, beats = self.syllables[start:stop], self.beats[start:stop]
        return Shape(lines, (stop - start,), labels, links, syllables, beats, self.strict)


def _last(line: str) -> str:
    found = words(line if len(line) <= LONGEST_REMEMBERED else line[-LONGEST_WORD:]) or words(line[:LONGEST_LINE])
    return found[-1].strip("'")[-LONGEST_WORD:] if found else ""


def lettered(labels: Sequence[str]) -> str:
    """The scheme of lines with these labels: a letter each, from `a` on in the order that they come, `-` for none."""
    names = {UNRHYMED: UNRHYMED}
    return "".join([names.setdefault(label, chr(96 + len(names))) for label in labels])


def poem_lines(stanzas: Sequence[Sequence[str]]) -> list[list[int]]:
    """The numbers of the lines that belong to the poem, by stanza; headings are left out."""
    found: list[list[int]] = []
    start = kept = 0
    above = next((i for i, stanza in enumerate(stanzas) if len(stanza) > 1), 0)
    for position, stanza in enumerate(stanzas):
        alone = len(stanza) == 1 and len(stanzas) > 1
        numbers = [i for i, line in enumerate(stanza, start) if not (_is_heading(line) or (alone and _is_title(line)))]
        if numbers and not position < above <= MOST_TITLES:
            found.append(numbers)
            kept += len(numbers)
        start += len(stanza)
        if kept >= MOST_LINES:
            break
    return found


def _is_heading(line: str) -> bool:
    return len(line) <= LONGEST_HEADING and _HEADING.match(line) is not None


def _is_title(line: str) -> bool:
    """Does a line that stands alone look like the title of what follows, or a note on it?"""
    titled = line[-1:].isalpha() and line.count(" ") < TITLE_WORDS and line.istitle()
    return titled or (line.startswith("(") and line.endswith(")"))


def shaped(
    stanzas: Sequence[Sequence[str]],
    labels: Sequence[str],
    syllables: Sequence[int],
    beats: Sequence[int],
    strict: bool,
) -> Shape:
    """Puts together what was found out about the lines of a text (`lineation.stanzas`), headings and all."""
    numbers: list[int] = []
    sizes: list[int] = []
    for stanza in poem_lines(stanzas):
        sizes.append(min(len(stanza), MOST_LINES - len(numbers)))
        numbers += stanza[: sizes[-1]]
    every = [line for stanza in stanzas for line in stanza]
    lines = tuple([every[number] for number in numbers])
    rhymes = links = tuple([labels[number] for number in numbers])
    if len(sizes) > 1 and len(lines) <= LINKED_LINES:
        links = _linked(rhymes, lines)
    if len(sizes) > 2 and max(sizes) == 1:  # double spacing shows no stanzas
        sizes, rhymes = [len(lines)], links
    return Shape(
        lines,
        tuple(sizes),
        rhymes,
        links,
        tuple([syllables[number] for number in numbers]),
        tuple([beats[number] for number in numbers]),
        strict,
    )


def _linked(labels: Sequence[str], lines: Sequence[str]) -> tuple[str, ...]:
    """Joins the rhymes of different stanzas whose end words sound alike, and lines without a rhyme to them."""
    names = [label if label != UNRHYMED else f"{UNRHYMED}{i}" for i, label in enumerate(labels)]
    parents = dict(zip(names, names, strict=True))

    def root(name: str) -> str:
        while (parent := parents[name]) != name:
            name = parent
        return name

    first: dict[str, str] = {}
    for name, line in zip(names, lines, strict=True):
        for part in _rhyming_parts(_last(line)):
            if (other := first.setdefault(part, name)) != name:
                parents[root(name)] = root(other)
    roots = list(map(root, names))
    sizes = Counter(roots)
    return tuple([each if sizes[each] > 1 else UNRHYMED for each in roots])


def sound_alike(one: str, other: str) -> bool:
    """Do two words rhyme, as they are pronounced most often?"""
    return not set(_rhyming_parts(one)).isdisjoint(_rhyming_parts(other))


@lru_cache(maxsize=1 << 14)
def _rhyming_parts(word: str) -> tuple[str, ...]:
    """The rhyming part of a word, and its last syllable if a beat may fall there (`memory` with `me`)."""
    return tuple(part for phones in phones_of(word)[:1] for part in _parts(sound_of(phones)))


def _parts(sound: Sound) -> Iterator[str]:
    yield sound.rhyme
    if sound.stress.endswith(("00", "20")):
        yield sound.tail
