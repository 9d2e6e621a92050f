"""The script `verse`: answers the corpus room's instructions in verse that scans, so that all can be tried with no key.

Its sense is that of a nursery rhyme. Every answer follows from the request alone; now and then the first one is wrong
on purpose, so that the accept loop has something to do, and a few requests never get a right one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from string import ascii_lowercase
from typing import NamedTuple

import yaml

from bardsmith.llm.exchange import Request
from bardsmith.llm.providers.scripted import Act, Answer
from bardsmith.records import seed_of

WRONG_AT_FIRST = 0.1
"""Share of the requests whose first answer is wrong."""
ALWAYS_WRONG = 0.01
PROSE = (
    "That is a good question. There is a lot to be said about it, and most people would begin by looking at it calmly "
    "from several sides before they decide. In the end it depends on what you want, and on how much time you have."
)

_FORM = re.compile(r"^Form: ([a-z ]+)\.", re.MULTILINE)
_LENGTH = re.compile(r"^Length: .*?(\d+) lines", re.MULTILINE)
_MUST = re.compile(r'must stand in the poem exactly so.*?: "(.+?)"(?: or "|\.$)', re.MULTILINE)
_LABEL = re.compile(r"^(QUERY \d+|PERSONA \d+ \(.+\)): \.\.\.$", re.MULTILINE)
_POEM = re.compile(r"<poem>(.*?)</poem>", re.DOTALL)


def verses(request: Request, before: int) -> Act:
    """A poem in the form and length that the first message of the user asks for, or the sections that it asks for."""
    asked = next(message.content for message in request.messages if message.role == "user")
    draw = random.Random(seed_of("verse", request.key))
    luck = random.Random(seed_of("luck", asked, request.sample)).random()
    is_first = all(message.role != "assistant" for message in request.messages)
    wrong = luck < ALWAYS_WRONG or (is_first and luck < ALWAYS_WRONG + WRONG_AT_FIRST)
    labels = _LABEL.findall(asked)
    if labels:
        return Answer(sections(labels[: len(labels) - wrong], _content_words(asked), draw))
    form = _FORM.search(asked)
    length = _LENGTH.search(asked)
    must = _MUST.search(asked)
    poem = write(form[1] if form else "quatrain", int(length[1]) if length else 8, draw, must[1] if must else None)
    return Answer(draw.choice([PROSE, f"Here is your poem:\n\n{poem}"]) if wrong else poem)


def _content_words(asked: str) -> list[str]:
    poem = _POEM.search(asked)
    words = sorted(set(re.findall(r"\b[a-z]{5,}\b", poem[1]))) if poem else []
    return words or ["silence"]


def sections(labels: Sequence[str], words: Sequence[str], draw: random.Random) -> str:
    """The meaning of a poem and a question for each label, each about a word of the poem."""
    openings = [
        "Lately I keep thinking of the word {}, and I cannot say why. What do you make of it?",
        "How would you speak to somebody for whom {} is no small matter?",
        "We had a long talk about {} at home and came to no end. Can you help us along?",
        "Is there anything good to be said of {}, on a day like this one?",
        "My head is full of {} tonight and I do not get to sleep.",
        "Tell me something about {} that I have not heard a hundred times.",
        "Nobody here wants to hear about {} any more. You may be the last who listens.",
        "What is it with {} that people never stop going back to it?",
    ]
    chosen = draw.sample(openings, min(len(labels), len(openings)))
    told = [f"{label}: {chosen[i % len(chosen)].format(draw.choice(words))}" for i, label in enumerate(labels)]
    meaning = f"MEANING: What looks small, such as {draw.choice(words)}, may be what a life turns on."
    return "\n".join([meaning, *told])


class Stock(NamedTuple):
    """The words that lines are made of; see verses.yaml."""

    subjects: list[str]
    verbs: list[str]
    adverbs: list[str]
    prepositions: list[str]
    small_prepositions: list[str]
    ran: list[str]
    jests: list[str]
    stills: list[str]
    nouns: list[list[str]]


@cache
def _stock() -> Stock:
    return Stock(**yaml.safe_load((Path(__file__).parent / "verses.yaml").read_text(encoding="utf-8")))


class Poet:
    """Draws lines. A letter stands for a family of rhymes; no word comes again before all others have been used."""

    def __init__(self, draw: random.Random, fewest: int = 1) -> None:
        """Families of at least `fewest` words are used first."""
        self._draw = draw
        self._stock = _stock()
        families = draw.sample(self._stock.nouns, len(self._stock.nouns))
        families.sort(key=lambda nouns: len(nouns) < fewest)
        self._nouns = dict(zip(ascii_lowercase, families, strict=True))
        self._decks: dict[str, list[str]] = {}

    def pentameter(self, rhyme: str) -> str:
        return f"{self._clause()} {self._next('adverbs')} {self._place(rhyme)}"

    def tetrameter(self, rhyme: str) -> str:
        return f"{self._clause()} {self._place(rhyme)}"

    def trimeter(self, rhyme: str) -> str:
        return f"{self._next('adverbs')} {self._place(rhyme)}"

    def limerick_long(self, rhyme: str) -> str:
        return (
            f"{self._next('subjects')} {self._next('ran')} {self._next('small_prepositions')} the {self._noun(rhyme)}"
        )

    def limerick_short(self, rhyme: str) -> str:
        return f"{self._next('jests')} {self._next('small_prepositions')} the {self._noun(rhyme)}"

    def five_syllables(self, rhyme: str) -> str:
        return f"{self._clause()} {self._next('stills')}"

    def seven_syllables(self, rhyme: str) -> str:
        return f"while {self.trimeter(rhyme)}"

    def unmeasured(self, rhyme: str) -> str:
        """Of free verse."""
        line = self._draw.choice([self.trimeter, self.tetrameter, self.five_syllables, self.limerick_long])
        return line(rhyme)

    def telling(self, must: str, rhyme: str) -> str:
        """A line that says what must be said."""
        return f"it is {must.rstrip('.')} {self._place(rhyme)}"

    def either_measure(self) -> Callable[[str], str]:
        return self._draw.choice([self.pentameter, self.tetrameter])

    def _clause(self) -> str:
        return f"{self._next('subjects')} {self._next('verbs')}"

    def _place(self, rhyme: str) -> str:
        return f"{self._next('prepositions')} the {self._noun(rhyme)}"

    def _noun(self, rhyme: str) -> str:
        return self._drawn(f"nouns {rhyme}", self._nouns[rhyme])

    def _next(self, kind: str) -> str:
        return self._drawn(kind, getattr(self._stock, kind))

    def _drawn(self, deck: str, words: Sequence[str]) -> str:
        left = self._decks.setdefault(deck, [])
        if not left:
            left.extend(self._draw.sample(words, len(words)))
        return left.pop()


VILLANELLE = ("A1 b A2", "a b A1", "a b A2", "a b A1", "a b A2", "a b A1 A2")
"""Rhymes line by line; capitals are refrains."""


def write(form: str, lines: int, draw: random.Random, must: str | None = None) -> str:
    """A poem in a form, of about so many lines where the form leaves that open; `must` stands in its first line."""
    poet = Poet(draw, fewest=7 if form == "villanelle" else 1)
    stanzas, measures = _plan(form, lines, poet)
    told = poet.telling(must, "a") if must else None
    refrains: dict[str, str] = {}
    written = []
    for stanza in stanzas:
        made = []
        for place, label in enumerate(stanza.split()):
            line = refrains.get(label) or told or measures[place % len(measures)](label[0].lower())
            told = None
            if label[0].isupper():
                refrains[label] = line
            made.append(line)
        written.append(_punctuated(made, stops_each_line=bool(refrains)))
    return "\n\n".join(written)


def _plan(form: str, lines: int, poet: Poet) -> tuple[Sequence[str], Sequence[Callable[[str], str]]]:
    """The stanzas by the rhymes of their lines, and what measures the lines have in turn."""
    measure = poet.either_measure()
    long, short = poet.limerick_long, poet.limerick_short
    forms: dict[str, tuple[Sequence[str], Sequence[Callable[[str], str]]]] = {
        "couplet": ([" ".join(_stanzas("a a", lines))], [measure]),
        "quatrain": (_stanzas("a b a b", lines), [measure]),
        "ballad": (_stanzas("a b c b", lines), [poet.tetrameter, poet.trimeter]),
        "limerick": (["a a b b a"], [long, long, short, short, long]),
        "haiku": (["a b c"], [poet.five_syllables, poet.seven_syllables, poet.five_syllables]),
        "tercet": (_stanzas("a b a", lines), [measure]),
        "sonnet": (["a b a b c d c d e f e f g g"], [poet.pentameter]),
        "triolet": (["A B a A a b A B"], [poet.tetrameter]),
        "villanelle": (VILLANELLE, [poet.pentameter]),
        "blank verse": ([" ".join(_stanzas("a", lines))], [poet.pentameter]),
        "free verse": ([" ".join(_stanzas("a", lines))], [poet.unmeasured]),
    }
    return forms.get(form, forms["quatrain"])


def _stanzas(scheme: str, lines: int) -> list[str]:
    """As many stanzas as give about so many lines, each with rhymes of its own as long as there are letters."""
    labels = scheme.split()
    different = len(set(labels))
    letters = cycle(ascii_lowercase)
    stanzas = []
    for _ in range(max(1, round(lines / len(labels)))):
        named = dict(zip(sorted(set(labels)), islice(letters, different), strict=True))
        stanzas.append(" ".join(named[label] for label in labels))
    return stanzas


def _punctuated(lines: Sequence[str], stops_each_line: bool) -> str:
    """Sentences of one line, or of two, and of three in the end where the number is odd."""
    last = len(lines) - 1
    ends = [stops_each_line or i == last or (i % 2 == 1 and i != last - 1) for i in range(len(lines))]
    begins = [True, *ends[:-1]]
    return "\n".join(
        (line[0].upper() + line[1:] if begin else line) + ("." if end else ",")
        for line, begin, end in zip(lines, begins, ends, strict=True)
    )
