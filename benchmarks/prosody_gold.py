"""Scores a verse analyser against gold sets of English prosody; benchmarks/verse.py says which and prints the figures.

Every function takes the analyser's function and gold rows, and returns shares, 0 to 1, by measure. A text is given
whole; functions that answer by line give one answer for each line that is not blank.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Shares = dict[str, float]
PerLine = Callable[[str], Sequence[Any]]

WINDOW = 10
"""Lines: pairs further apart within a stanza are not scored."""
WHOLE_SCHEME = range(2, 25)
"""Lines of the stanzas whose whole scheme is scored."""
CHANCE_WINDOW = 6
"""Lines within which a rhyme of unrhymed verse is looked for."""
NOT_VERSE = ("prose", "list", "code", "wrapped_prose", "flattened_verse")
FIXED_FORMS = (
    "sonnet", "limerick", "triolet", "villanelle", "rondeau", "ballade", "sestina", "haiku", "couplet",
    "blank verse", "common measure", "ballad",
)  # fmt: skip


def rows(data: Path, name: str) -> list[Row]:
    with (data / name / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def spread(poems: list[Row], number: int) -> list[Row]:
    """So many of the rows, evenly from all of them."""
    step = max(1.0, len(poems) / number)
    return [poems[int(i * step)] for i in range(min(number, len(poems)))]


def text_of(row: Row) -> str:
    if "text" in row:
        return str(row["text"])
    return "\n\n".join("\n".join(stanza["lines"]) for stanza in row["stanzas"])


def rhyme_shares(rhyme: PerLine, poems: Iterable[Row]) -> Shares:
    """Pairs of lines said to rhyme (precision, recall, F1), whole schemes right, broken rhymes noticed."""
    pairs: Counter[tuple[bool, bool]] = Counter()
    exact: list[bool] = []
    caught: list[bool] = []
    for poem in poems:
        lines = [line for stanza in poem["stanzas"] for line in stanza["lines"]]
        said = _schemed(rhyme, text_of(poem), len(lines))
        if "broken" in poem:
            caught.append(all(said[partner] != said[poem["broken"]] for partner in poem["partners"]))
        for stanza in poem["stanzas"]:
            number = len(stanza["lines"])
            here, said = said[:number], said[number:]
            gold = stanza.get("rhyme")
            if gold is None:
                continue
            for i in range(number):
                for j in range(i + 1, min(number, i + WINDOW + 1)):
                    pairs[gold[i] == gold[j], here[i] == here[j]] += 1
            if number in WHOLE_SCHEME:
                exact.append(_canonical(gold) == _canonical(here))
    shares = _precision_and_recall(pairs[True, True], pairs[False, True], pairs[True, False])
    shares["exact"] = _share(exact)
    return shares | ({"caught": _share(caught)} if caught else {})


def _schemed(rhyme: PerLine, text: str, number: int) -> list[object]:
    """Labels in which an unrhymed line is like no other; a wrong number of them is no answer at all."""
    labels = list(rhyme(text))
    if len(labels) != number:
        return list(range(number))
    return [("unrhymed", i) if label in (None, "", "-") else label for i, label in enumerate(labels)]


def _canonical(labels: Sequence[object]) -> list[int]:
    first: dict[object, int] = {}
    return [first.setdefault(label, len(first)) for label in labels]


def chance_rhyme(rhyme: PerLine, texts: Sequence[str]) -> float:
    """Share of lines said to rhyme within CHANCE_WINDOW lines, for verse that does not rhyme."""
    rhymed = lines = 0
    for text in texts:
        number = sum(bool(line.strip()) for line in text.split("\n"))
        said = _schemed(rhyme, text, number)
        for i, label in enumerate(said):
            rhymed += label in said[max(0, i - CHANCE_WINDOW) : i] or label in said[i + 1 : i + 1 + CHANCE_WINDOW]
        lines += number
    return rhymed / lines


def meter_shares(meter: PerLine, poems: Iterable[Row]) -> Shares:
    """Syllables: 1 - edits / gold syllables, against the admissible reading that fits best; lines: wholly right."""
    edits = marks = right = counted = lines = 0
    for poem in poems:
        gold = [readings for stanza in poem["stanzas"] for readings in stanza["real"]]
        said = list(meter(text_of(poem)))
        if len(said) != len(gold):
            said = [""] * len(gold)
        for reading, readings in zip(said, gold, strict=True):
            distance, length = min((_edits(reading, each), -len(each)) for each in readings)
            edits += min(distance, -length)
            marks -= length
            right += distance == 0
            counted += any(len(reading) == len(each) for each in readings)
            lines += 1
    return {"syllables": 1 - edits / marks, "lines": right / lines, "count": counted / lines}


def _edits(a: str, b: str) -> int:
    """Levenshtein distance."""
    before = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
        before = row
    return before[-1]


def measure_shares(measure: Callable[[str], str], poems: Sequence[Row]) -> Shares:
    """Foot of the whole poem right; foot and number of feet right."""
    said = [measure(text_of(poem)) for poem in poems]
    feet = [poem["foot"] in answer for poem, answer in zip(poems, said, strict=True)]
    both = [poem["measure"] in answer and foot for poem, answer, foot in zip(poems, said, feet, strict=True)]
    return {"foot": _share(feet), "foot and length": _share(both)}


def verse_shares(verse: Callable[[str], bool], texts: Sequence[Row]) -> Shares:
    """Accuracy over verse and what is not; share of each label that is said to be verse."""
    said = _shares_by_label(verse, texts)
    numbers = Counter(row["label"] for row in texts)
    wrong = sum(numbers[label] * said[label] for label in NOT_VERSE) + numbers["verse"] * (1 - said["verse"])
    return {"accuracy": 1 - wrong / sum(numbers[label] for label in ("verse", *NOT_VERSE)), **said}


def wrapper_shares(wrapper: Callable[[str], bool], texts: Sequence[Row]) -> Shares:
    poems = [row for row in texts if row["label"] in ("verse", "verse+wrapper")]
    found = Counter((row["label"] == "verse+wrapper", wrapper(row["text"])) for row in poems)
    shares = _precision_and_recall(found[True, True], found[False, True], found[True, False])
    return shares | {"false flags": found[False, True] / (found[False, True] + found[False, False])}


def junk_shares(junk: Callable[[str], object], texts: Sequence[Row]) -> Shares:
    said = Counter((row["label"].startswith("clean"), bool(junk(row["text"]))) for row in texts)
    return {
        "caught": said[False, True] / (said[False, True] + said[False, False]),
        "false alarm": said[True, True] / (said[True, True] + said[True, False]),
        **_shares_by_label(junk, texts),
    }


def _shares_by_label(test: Callable[[str], object], texts: Sequence[Row]) -> Shares:
    said: dict[str, list[bool]] = {}
    for row in texts:
        said.setdefault(row["label"], []).append(bool(test(row["text"])))
    return {label: _share(values) for label, values in sorted(said.items())}


def form_shares(form: Callable[[str], Iterable[str]], poems: Sequence[Row]) -> Shares:
    """Any name right: share of all poems, mean share over the fixed forms, and by form."""
    right: dict[str, list[bool]] = {}
    for poem in poems:
        gold = set(poem["forms"]) | ({"ballad"} if "common measure" in poem["forms"] else set())
        right.setdefault(poem["forms"][0], []).append(not gold.isdisjoint(form(poem["text"])))
    recalls = {name: _share(values) for name, values in sorted(right.items())}
    fixed = [recalls[name] for name in FIXED_FORMS if name in recalls]
    return {
        "accuracy": _share([value for values in right.values() for value in values]),
        "mean recall": sum(fixed) / len(fixed),
        **recalls,
    }


def pair_shares(pair: Callable[[str, str], float], data: Path) -> Shares:
    """Perfect rhymes of Walker (1775) against pairs of different groups; allowable ones are left out."""
    said: Counter[tuple[str, bool]] = Counter()
    for line in (data / "walker-pairs" / "walker-pairs.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        a, b, relation = line.split("\t")
        said[relation, pair(a, b) >= 0.5] += 1
    return _precision_and_recall(said["perfect", True], said["none", True], said["perfect", False])


def _precision_and_recall(hits: int, false: int, missed: int) -> Shares:
    return {
        "precision": hits / (hits + false) if hits + false else 0.0,
        "recall": hits / (hits + missed) if hits + missed else 0.0,
        "F1": 2 * hits / (2 * hits + false + missed) if hits else 0.0,
    }


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)
