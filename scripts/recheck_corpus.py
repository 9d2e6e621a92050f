"""Checks accepted rows once more, by other code than that which accepted them.

    python scripts/recheck_corpus.py ROWS... --known FILE... --held-out FILE... [--most-lines N]

ROWS are the accepted conversations; FILE of --known the source poems and corpora that must not be copied (JSON lines
with `id` and `text`, or chat rows); of --held-out the prompts of the test. Every row is checked. Nothing of the gates
is used: words are compared as words and not as hashes, rhymes are read off the scheme, duplicates are counted over a
full index. Prints a table, gate by gate, and every miss; the exit status is 1 if there is any, or no row.

Two liberties are taken where the gates look closer: syllables of haiku may be off by one, and rhymes of words with
digits are not judged.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bardsmith.evaluation.facts import holds_any
from bardsmith.verse import junk, rhyme, rhyme_strict, syllables, verse, wrapper

COPIED, CONTAMINATED, SHINGLE = 8, 13, 5
NEAR = 0.7
PRINTING = 0.4
"""Share of a human poem's runs from which another known text is a printing of it."""
LINES = {"couplet": 2, "quatrain": 4, "ballad": 4, "tercet": 3, "limerick": 5, "haiku": 3, "sonnet": 14, "triolet": 8,
         "villanelle": 19}  # fmt: skip
PAIRS = {
    "couplet": (((0, 1),),),
    "quatrain": (((1, 3),), ((0, 3), (1, 2)), ((0, 1), (2, 3)), ((0, 1), (0, 3))),
    "ballad": (((1, 3),),),
    "tercet": (((0, 2),), ((0, 1),)),
    "limerick": (((0, 1), (0, 4), (2, 3)),),
    "triolet": (((0, 2), (0, 4), (1, 5)),),
    "villanelle": (((0, 2), (0, 3), (0, 6), (1, 4), (1, 7), (1, 10)),),
}
"""Lines that rhyme, counted from 0, in each of the schemes that a stanza may have."""
REFRAINS = {"triolet": ((0, 3), (0, 6), (1, 7)), "villanelle": ((0, 5), (2, 8), (0, 11), (2, 14), (0, 17), (2, 18))}
FEWEST_RHYMED_IN_A_SONNET = 12
MOST_RHYMED = 0.5
"""Share of the lines of blank and free verse that may rhyme by sound."""
_ENGLISH = """
a all am an and are as at be but by can do for from go have he her his i if in is it its let like me my no not of on
one or our out over she so that the their them then there they this to too up us was we what when where who will with
you your
"""
ENGLISH = frozenset(_ENGLISH.split())
FEWEST_ENGLISH = 0.06
"""Share of these among the words of an answer of WORDS_TO_COUNT or more."""
WORDS_TO_COUNT = 24
_OH = re.compile(r"\boh[ -](?=(?:one|two|three|four|five|six|seven|eight|nine)\b)")
"""1905 as `nineteen oh five`, which the judge of facts does not read."""


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    kind: str
    form: str | None
    text: str
    """The answer."""
    said: tuple[str, ...]
    """Everything but the system prompt."""
    reference: tuple[str, ...]
    human: bool
    own: frozenset[str]
    """Ids of the texts that it is or was made from."""

    @property
    def is_prose(self) -> bool:
        return self.kind == "replay" and self.form is None


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks accepted rows by other code than the gates.")
    parser.add_argument("rows", nargs="+", type=Path)
    parser.add_argument("--known", nargs="*", type=Path, default=[])
    parser.add_argument("--held-out", nargs="*", type=Path, default=[])
    parser.add_argument("--most-lines", type=int)
    given = parser.parse_args()
    rows = [_row(raw) for path in given.rows for raw in _objects(path)]
    misses = [
        *_misses_of_single_rows(rows, given.most_lines),
        *_copies(rows, _runs(_texts(given.known), COPIED)),
        *_contaminated(rows, list(_tested(given.held_out))),
        *_duplicates(rows),
    ]
    _print(rows, misses)
    return 1 if misses or not rows else 0


Miss = tuple[str, str, str]
"""Gate, row and what was found."""
GATES = ("verse", "complete", "loop", "junk", "wrapper", "language", "form", "reference", "length", "copied",
         "contaminated", "duplicate")  # fmt: skip


def _print(rows: Sequence[Row], misses: Sequence[Miss]) -> None:
    missed = Counter(gate for gate, *_ in misses)
    out = sys.stdout.write
    out(f"{'gate':14}{'rows':>8}{'misses':>8}\n")
    for gate in GATES:
        out(f"{gate:14}{len(rows):>8}{missed[gate]:>8}\n")
    for gate, row, found in misses:
        out(f"{gate}: {row}: {found}\n")
    if not rows:
        out("there is no row to check\n")


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _row(raw: dict[str, Any]) -> Row:
    said = tuple(message["content"] for message in raw["messages"] if message["role"] != "system")
    human = raw.get("made") is None
    own = frozenset([raw["id"], *raw.get("made_from", ())])
    return Row(raw["id"], raw["kind"], raw.get("form"), said[-1], said, tuple(raw.get("reference", ())), human, own)


def _texts(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        for number, raw in enumerate(_objects(path)):
            yield (
                raw.get("id", f"{path.name}:{number}"),
                raw["text"] if "text" in raw else raw["messages"][-1]["content"],
            )


def _tested(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        for raw in _objects(path):
            asked = [message["content"] for message in raw["messages"] if message["role"] == "user"]
            yield from ((raw["id"], text) for text in (*asked, *raw.get("reference", ())))


def _words(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", re.sub(r"['\u2019\u2018\u02bc]", "", plain))


def _grams(text: str, length: int) -> list[str]:
    words = _words(text)
    return [" ".join(words[i : i + length]) for i in range(len(words) - length + 1)]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _misses_of_single_rows(rows: Iterable[Row], most_lines: int | None) -> Iterator[Miss]:
    for row in rows:
        lines = _lines(row.text)
        if not re.search(r"[.!?\u2026][\"'\u2019\u201d)\]*_`\u00bb\s]*$", row.text):
            yield "complete", row.id, row.text[-30:]
        if found := _loop(lines):
            yield "loop", row.id, found
        if row.reference and not holds_any(
            _OH.sub("hundred ", row.text), [_OH.sub("hundred ", each) for each in row.reference]
        ):
            yield "reference", row.id, f"none of {', '.join(row.reference)}"
        if most_lines is not None and len(lines) > most_lines:
            yield "length", row.id, f"{len(lines)} lines"
        if not row.is_prose:
            yield from ((gate, row.id, found) for gate, found in _faults_of_verse(row.text, row.form, lines) if found)


def _faults_of_verse(text: str, form: str | None, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield "verse", "" if verse(text) else "no verse"
    yield "wrapper", "something stands round it" if wrapper(text) else ""
    yield "junk", junk(text)
    words = _words(text)
    if len(words) >= WORDS_TO_COUNT and sum(word in ENGLISH for word in words) < FEWEST_ENGLISH * len(words):
        yield "language", "hardly a small word is English"
    if form:
        yield "form", _form_fault(form, text, lines)


def _loop(lines: Sequence[str]) -> str:
    """Four equal lines on end, or two to eight lines that come three times at the end."""
    plain = [tuple(_words(line)) for line in lines]
    for i in range(3, len(plain)):
        if len(set(plain[i - 3 : i + 1])) == 1:
            return f"'{lines[i]}' four times on end"
    for period in range(2, 9):
        tail = plain[-3 * period :]
        if len(tail) == 3 * period and tail[:period] == tail[period : 2 * period] == tail[2 * period :]:
            return f"its last {period} lines three times on end"
    return ""


def _terza_rima_fault(text: str, number: int) -> str:
    """Of tercets that a line by itself closes: aba bcb ... d, each rhyme by sound or as a reader hears it."""
    by_sound, heard = rhyme_strict(text), rhyme(text)
    apart = [
        i + 1
        for i in range(number - 2)
        if i % 3 < 2 and not (by_sound[i] == by_sound[i + 2] != "-" or heard[i] == heard[i + 2] != "-")
    ]
    return f"{number} lines make no terza rima" if number % 3 != 1 else f"lines {apart} do not rhyme" if apart else ""


def _form_fault(form: str, text: str, lines: Sequence[str]) -> str:
    if form == "tercet" and text.rstrip().rpartition("\n\n")[2] == text.rstrip().rpartition("\n")[2]:
        return _terza_rima_fault(text, len(lines))
    if form in LINES and len(lines) % LINES[form]:
        return f"{len(lines)} lines make no {form}"
    if form == "haiku":
        counts = [sum(map(syllables, re.findall(r"[a-z']+", line.lower().replace("\u2019", "'")))) for line in lines]
        digits = any(c.isdigit() for c in text)
        off = [i for i, count in enumerate(counts) if abs(count - (5, 7, 5)[i % 3]) > 1]
        return "" if digits or not off else f"syllables {counts}"
    labels, by_sound = rhyme(text), rhyme_strict(text)
    if form in ("blank verse", "free verse"):
        share = sum(label != "-" for label in by_sound) / len(by_sound)
        return f"{share:.0%} of its lines rhyme" if share > MOST_RHYMED and len(lines) > 3 else ""
    if form == "sonnet":
        rhymed = sum(label != "-" for label in labels)
        return "" if rhymed >= FEWEST_RHYMED_IN_A_SONNET else f"only {rhymed} lines rhyme"
    return _scheme_fault(form, list(zip(labels, by_sound, strict=True)), lines)


def _scheme_fault(form: str, labels: Sequence[tuple[str, str]], lines: Sequence[str]) -> str:
    """The first stanza that has none of the form's schemes; then the first refrain that is lost."""
    length = LINES[form]
    for start in range(0, len(lines), length):

        def kept(one: int, other: int, start: int = start) -> bool:
            ends = lines[start + one], lines[start + other]
            digits = any(re.search(r"\d\W*$", line) for line in ends)
            pairs = zip(labels[start + one], labels[start + other], strict=True)
            return digits or any(label == again != "-" for label, again in pairs)

        if not any(all(kept(*pair) for pair in scheme) for scheme in PAIRS[form]):
            return f"lines {start + 1} to {start + length} do not rhyme as a {form}"
        for one, other in REFRAINS.get(form, ()):
            first, again = set(_words(lines[start + one])), set(_words(lines[start + other]))
            if 2 * len(first & again) < len(first):
                return f"line {start + other + 1} does not repeat line {start + one + 1}"
    return ""


Runs = dict[str, tuple[str, ...]]
"""Run of words to the ids of the texts that have it."""


def _runs(texts: Iterable[tuple[str, str]], length: int) -> Runs:
    found: Runs = {}
    for name, text in texts:
        for gram in set(_grams(text, length)):
            found[gram] = (*found.get(gram, ()), name)
    return found


def _copies(rows: Iterable[Row], known: Runs) -> Iterator[Miss]:
    for row in rows:
        grams = _grams(row.text, COPIED)
        left_out = frozenset[str]()
        if row.human:
            shares = Counter(name for gram in grams for name in known.get(gram, ()))
            left_out = row.own
            if not row.own.isdisjoint(shares):
                left_out |= {name for name, count in shares.items() if count >= PRINTING * len(grams)}
        for gram in grams:
            if others := [name for name in known.get(gram, ()) if name not in left_out]:
                yield "copied", row.id, f"'{gram}' stands in {others[0]}"
                break


def _contaminated(rows: Iterable[Row], tested: Sequence[tuple[str, str]]) -> Iterator[Miss]:
    runs = _runs(tested, CONTAMINATED)
    short = {" ".join(words): name for name, text in tested if 0 < len(words := _words(text)) < CONTAMINATED}
    for row in rows:
        for text in row.said:
            whole = " ".join(_words(text))
            if found := next((gram for gram in _grams(text, CONTAMINATED) if gram in runs), ""):
                yield "contaminated", row.id, f"'{found}' stands in {runs[found][0]}"
            elif whole in short:
                yield "contaminated", row.id, f"'{whole}' stands in {short[whole]}"


def _duplicates(rows: Sequence[Row]) -> Iterator[Miss]:
    """Counts what each row shares with every row before it."""
    having: dict[str, list[int]] = defaultdict(list)
    sizes: list[int] = []
    for number, row in enumerate(rows):
        shingles = set(_grams(row.text, SHINGLE)) or {" ".join(_words(row.text))}
        shared = Counter(other for shingle in shingles for other in having.get(shingle, ()))
        for other, both in shared.items():
            likeness = both / (len(shingles) + sizes[other] - both)
            if likeness >= NEAR:
                yield "duplicate", row.id, f"{likeness:.0%} the same as {rows[other].id}"
        for shingle in shingles:
            having[shingle].append(number)
        sizes.append(len(shingles))


if __name__ == "__main__":
    sys.exit(main())
