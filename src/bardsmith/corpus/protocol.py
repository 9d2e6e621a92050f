"""The plain-text protocol in which a writer says what a poem means and who may have asked for it.

    MEANING: ...
    QUERY 1: ...
    PERSONA 1 (a night nurse): ...

It needs no JSON mode. The reader is strict about what is said (each section once, one paragraph, within its length)
and lenient about how it looks: markdown, bullets, code fences, case, unnumbered labels, blank lines, a remark before
the first label.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bardsmith.corpus.items import PersonaQuery

MEANING_WORDS = 80
"""Words of the meaning that are asked for at the most."""
QUERY_WORDS = 70
"""The same of a query."""
LENIENCE = 4 / 3
"""What these are multiplied by before a section is too long."""
QUOTED_WORDS = 6
"""Words in a row with the poem from which a query quotes it."""

_BEFORE = r"^[ \t>*_#`\u2022-]*(?:\d{1,2}[.)][ \t]+)?[*_`]*"
_NUMBER = r"(?:[ \t*_]*[#(\[]?[ \t]*(?P<number>\d{1,2})[ \t]*[)\].]?)?[ \t*_`]*"
_PLAIN_LABEL = re.compile(
    rf"{_BEFORE}(?P<label>MEANING|QUERY)\b{_NUMBER}(?::|[\u2013\u2014-](?=\s)|(?<=\d[.)\]])(?=\s)|$)[*_`]*(?P<text>.*)$",
    re.IGNORECASE,
)
_PERSONA_LABEL = re.compile(
    rf"{_BEFORE}(?P<label>PERSONA)\b{_NUMBER}"
    r"(?:[(\[](?P<who>.{1,120}?)[)\]][ \t*_`]*(?::|[\u2013\u2014-](?=\s)|$)"
    r"|[,\u2013\u2014-]?[ \t]*(?P<named>[^()\[\]:\n]{1,80}?)[ \t*_`]*:|:)[*_`]*(?P<text>.*)$",
    re.IGNORECASE,
)
_WHO_AFTER = re.compile(r"[*_\s]*[(\[](?P<who>[^()\[\]]{1,120})[)\]][*_:\s\u2013\u2014-]*")
_RULE = re.compile(r"\s*(?:[-*_=]{3,}|[`~]{3,}\w*)\s*$")
_PLACEHOLDER = re.compile(r"\W*$|<[^<>]*>$|\[[^\[\]]*\]$|(?i:who|somebody)$")
_EMPHASIS = "*_`"
_QUOTES = {'"': '"', "\u201c": "\u201d", "'": "'", "\u2018": "\u2019"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a well-formed reply says."""

    meaning: str
    queries: tuple[str, ...]
    personas: tuple[PersonaQuery, ...]


@dataclass(slots=True)
class _Section:
    label: str
    """MEANING, or QUERY or PERSONA and a number."""
    who: str
    lines: list[str]
    closed: bool = False
    """Has its paragraph ended?"""
    stray: str = ""
    """The first line after its paragraph that belongs to no section."""

    @property
    def text(self) -> str:
        return _bare(" ".join(self.lines))


def read_reply(reply: str, queries: int, personas: int, poem: str) -> Reading | tuple[str, ...]:
    """Reads the sections asked for, or says what is wrong with them. Sections beyond the numbers are left out."""
    labels = ["MEANING", *_numbered("QUERY", queries), *_numbered("PERSONA", personas)]
    sections = [section for section in _sections(reply) if section.label in labels]
    faults = [*_faults_of_form(sections, labels), *_faults_of_content(sections, poem)]
    if faults:
        return tuple(faults)
    said = {section.label: section for section in sections}
    return Reading(
        meaning=said["MEANING"].text,
        queries=tuple(said[label].text for label in _numbered("QUERY", queries)),
        personas=tuple(
            PersonaQuery(who=said[label].who, query=said[label].text) for label in _numbered("PERSONA", personas)
        ),
    )


def _numbered(label: str, number: int) -> list[str]:
    return [f"{label} {i}" for i in range(1, number + 1)]


def _sections(reply: str) -> list[_Section]:
    """Cuts a reply at its labels; what stands before the first is a remark."""
    found: list[_Section] = []
    counts: Counter[str] = Counter()
    for line in reply.replace("**", "").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if _RULE.match(line):
            continue
        label = _PLAIN_LABEL.match(line) or _PERSONA_LABEL.match(line)
        if label:
            found.append(_opened(label, counts))
        elif found:
            _go_on(found[-1], line.strip())
    return found


def _opened(match: re.Match[str], counts: Counter[str]) -> _Section:
    """The section that a line with a label begins; labels without a number count up."""
    kind = match["label"].upper()
    counts[kind] += 1
    label = kind if kind == "MEANING" else f"{kind} {int(match['number'] or counts[kind])}"
    text = match["text"].strip()
    who = ""
    if kind == "PERSONA":
        after = _WHO_AFTER.match(text) if not (match["who"] or match["named"]) else None
        who = _bare(match["who"] or match["named"] or (after["who"] if after else ""))
        text = text[after.end() :] if after else text
    text = text if _bare(text) else ""
    return _Section(label, who, [text] if text else [])


def _go_on(section: _Section, line: str) -> None:
    """A line without a label: more of the paragraph, its end, or what belongs nowhere."""
    if not line:
        section.closed = bool(section.lines)
    elif section.closed:
        section.stray = section.stray or line
    else:
        section.lines.append(line)


def _bare(text: str) -> str:
    """Without the emphasis or the quotation marks that stand round the whole of it."""
    text = text.strip()
    while len(text) > 1 and (
        (text[0] in _EMPHASIS and text[0] == text[-1])
        or (_QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1] and text[-1] not in text[1:-1])
    ):
        text = text[1:-1].strip()
    return text


def _faults_of_form(sections: Sequence[_Section], labels: Sequence[str]) -> Iterator[str]:
    counts = Counter(section.label for section in sections)
    for label in labels:
        if not counts[label]:
            yield f"the section {label} is missing"
        elif counts[label] > 1:
            yield f"the section {label} stands {counts[label]} times"
    for section in sections:
        if section.stray:
            yield f"after {section.label} stands what belongs to no section: '{_shortened(section.stray)}'"
        if _PLACEHOLDER.match(section.text):
            yield f"{section.label} says nothing"
        if section.label.startswith("PERSONA") and _PLACEHOLDER.match(section.who):
            yield f"{section.label} does not say in brackets who asks"


def _faults_of_content(sections: Sequence[_Section], poem: str) -> Iterator[str]:
    seen: dict[str, str] = {}
    runs = _runs(poem)
    for section in sections:
        most = MEANING_WORDS if section.label == "MEANING" else QUERY_WORDS
        number = len(section.text.split())
        if number > most * LENIENCE:
            yield f"{section.label} has {number} words, at most {most} are wanted"
        if section.label == "MEANING":
            continue
        quoted = next((run for run in _in_order(section.text) if run in runs), None)
        if quoted:
            yield f"{section.label} quotes the poem: '{' '.join(quoted)}'"
        plain = " ".join(_words(section.text))
        if plain in seen and seen[plain] != section.label:
            yield f"{section.label} says the same as {seen[plain]}"
        seen.setdefault(plain, section.label)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold().replace("'", "").replace("\u2019", ""))


def _in_order(text: str) -> Iterator[tuple[str, ...]]:
    words = _words(text)
    return (tuple(words[i : i + QUOTED_WORDS]) for i in range(len(words) - QUOTED_WORDS + 1))


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(_in_order(text))


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
