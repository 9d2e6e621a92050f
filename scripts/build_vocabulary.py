"""Makes two tables of the verse room from verse: its words, and the small words that never stand together.

    python scripts/build_vocabulary.py DATA

DATA holds poems_pd/poems.jsonl (`text`: English poems whose poets died by 1928), prosody/chicago-rhyme and
prosody/forms (poems of 1450 to 1950, as `text` or as `stanzas` of `lines`) and prosody/register (`label`, `text`; those
labelled verse are read, model-written ones among them). The poems of bardsmith's starter corpus are read, too. A line
counts once, however many sets it stands in; a word is listed if it stands in three poems or more.

vocabulary.txt: one line a word, in the order of their bytes: the word, the number of lines it was counted in, the
number it ends. clashes.txt: a small word (verse/words.py), then those that follow it, across line ends too, less than a
twentieth as often as chance would have it, where chance would have it five times or more.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from bardsmith.outputs import write_text
from bardsmith.verse.lineation import stanzas, words
from bardsmith.verse.words import SMALL_WORDS

PACKAGE = Path(__file__).parents[1] / "src" / "bardsmith"
FEWEST_POEMS = 3
FEWEST_BY_CHANCE = 5
RARER_THAN_CHANCE = 20
SETS = ("poems_pd/poems", "prosody/chicago-rhyme/chicago-rhyme", "prosody/forms/forms", "prosody/register/register")


def vocabulary(poems: Iterable[str]) -> list[str]:
    """The table's lines, sorted."""
    lines: set[tuple[str, ...]] = set()
    count, ends, standing = Counter[str](), Counter[str](), Counter[str]()
    for poem in poems:
        read = {tuple(word.strip("'") for word in words(line)) for stanza in stanzas(poem) for line in stanza}
        fresh = {line for line in read if line} - lines
        lines |= fresh
        count.update(word for line in fresh for word in set(line))
        ends.update(line[-1] for line in fresh)
        standing.update({word for line in fresh for word in line})
    return [
        f"{word} {count[word]} {ends[word]}" for word in sorted(standing) if standing[word] >= FEWEST_POEMS and word
    ]


def clashes(poems: Iterable[str]) -> list[str]:
    """The table's lines, sorted."""
    total, count, pairs = 0, Counter[str](), Counter[tuple[str, str]]()
    for poem in dict.fromkeys(poems):
        said = [word for stanza in stanzas(poem) for line in stanza for word in words(line)]
        total += len(said)
        count.update(filter(SMALL_WORDS.__contains__, said))
        pairs.update(pair for pair in pairwise(said) if SMALL_WORDS.issuperset(pair))
    rows = []
    for first in sorted(count):
        wanted = {second: count[first] * count[second] for second in sorted(count)}  # by chance, times the total
        never = [
            second
            for second, chance in wanted.items()
            if chance >= FEWEST_BY_CHANCE * total and pairs[first, second] * RARER_THAN_CHANCE * total <= chance
        ]
        rows += [" ".join([first, *never])] if never else []
    return rows


def texts(data: Path) -> Iterator[str]:
    """Every poem of the data sets and of the starter corpus."""
    for name in SETS:
        for row in _rows(data / f"{name}.jsonl"):
            if row.get("label", "verse") == "verse":
                yield row.get("text") or "\n".join(line for stanza in row["stanzas"] for line in stanza["lines"])
    for path in sorted((PACKAGE / "corpus" / "starter").glob("*.jsonl")):
        for row in _rows(path):
            yield from (message["content"] for message in row["messages"] if message["role"] == "assistant")


def _rows(path: Path) -> Iterator[dict]:  # type: ignore[type-arg]
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def main() -> None:
    poems = list(texts(Path(sys.argv[1])))
    tables = PACKAGE / "verse" / "tables"
    write_text(tables / "vocabulary.txt", "\n".join(vocabulary(poems)) + "\n")
    write_text(tables / "clashes.txt", "\n".join(clashes(poems)) + "\n")


if __name__ == "__main__":
    main()
