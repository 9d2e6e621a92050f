"""Performed stress and realised meter: what a reader does with each line, which is not always what its scansion has.

The scansion of a poem gives every syllable a mark; a tagger learned from hand-marked poems corrects it, for stress and
for meter apart, since they are different annotations. It is a linear chain over the marks of a line (Lafferty, McCallum
and Pereira, 2001), which Agirrezabal and others found best for scansion (2017), with integer weights.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import pairwise, repeat
from pathlib import Path

from bardsmith.verse.rhythm.scansion import Scan, Scansion, reading, scan
from bardsmith.verse.rhythm.syllabification import ELIDABLE, STOP, WordRow

TABLE = Path(__file__).parents[1] / "tables" / "stress.txt"
"""Feature, its weight for stress, its weight for meter; made by scripts/learn_stress.py."""

STRESS, METER = range(2)
"""The columns of weights."""

WITHIN = 3
"""What stands between the syllables of a word, where syllabification has SPACE, STOP and HYPHEN between words."""

PAIRS = ("00", "01", "10", "11")
"""The marks of two syllables, 1 stressed."""

_KINDS = str.maketrans("0123456789", "abbccddeee")
"""The tagger tells five kinds of monosyllables apart."""

Context = tuple[str, str, int, int, int, int, str]
"""Marks of the scansion and kinds of three syllables, the one at hand in the middle; its place from the start (0 to 3)
and from the end (2 to 0) of the line; what stands before and after it; the foot."""

Scores = tuple[int, int, int, int, int]
"""For a stress on the syllable at hand; then for none there and before, one there, one before, one at both."""


def stress(text: str) -> list[str]:
    """The performed stress of each line that is not blank: `+` stressed, `-` unstressed, a mark a syllable."""
    return performed(scan(text))


def meter(text: str) -> list[str]:
    """The realised meter of each line that is not blank: `+` in a beat, `-` off the beat, a mark a syllable."""
    return realised(scan(text))


def performed(poem: Scan) -> list[str]:
    """The performed stress of each line of a poem; a performer elides less than its meter does."""
    found = []
    for row, line, beats, known in zip(poem.rows, poem.lines, poem.expected, _known(poem), strict=True):
        strict = strict_reading(poem.foot, row, line, beats)
        found.append(_tagged(STRESS, known if strict is line else contexts(poem.foot, row, strict)))
    return found


def realised(poem: Scan) -> list[str]:
    """The realised meter of each line of a poem: in iambs as the tagger has it, in the stricter feet as scanned."""
    if poem.foot != "iambic":
        return [line.marks for line in poem.lines]
    return [_tagged(METER, known) for known in _known(poem)]


@lru_cache(maxsize=4)
def _known(poem: Scan) -> list[list[tuple[Context, str]]]:
    return [contexts(poem.foot, row, line) for row, line in zip(poem.rows, poem.lines, strict=True)]


def strict_reading(foot: str, row: WordRow, line: Scansion, beats: int | None) -> Scansion:
    """The reading of a line that elides and expands as little as it can; the one there is if that has no licence."""
    return reading(foot, row.words, beats, strict=True) if line.licence else line


def contexts(foot: str, row: WordRow, line: Scansion) -> list[tuple[Context, str]]:
    """What the tagger knows of each syllable of a line, and the word if it is a word by itself."""
    syllables: list[tuple[int, int, str]] = []
    gap_before = STOP
    for word, size, gap in zip(row.words, line.words, row.gaps, strict=True):
        syllables += _syllables(word, size, gap_before, gap)
        gap_before = gap
    if not syllables:
        return []
    syllables[-1] = (syllables[-1][0], STOP, syllables[-1][2])
    before, after, alone = zip(*syllables, strict=True)
    places, lefts = _places(len(syllables))
    marks, kinds = f"^{line.marks}$", f"^{line.classes.translate(_KINDS)}$"
    return list(
        zip(zip(_threes(marks), _threes(kinds), places, lefts, before, after, repeat(foot)), alone, strict=True)
    )


@lru_cache(maxsize=1 << 15)
def _syllables(word: str, size: int, gap_before: int, gap: int) -> list[tuple[int, int, str]]:
    """For each syllable of a word what stands before and after it, and the word if it is all of it."""
    if size == 1:
        return [(gap_before, gap, word.removesuffix(ELIDABLE))]
    gaps = [gap_before, *[WITHIN] * (size - 1), gap]
    return [(before, after, "") for before, after in pairwise(gaps)] if size else []


def _threes(marks: str) -> list[str]:
    return [marks[i : i + 3] for i in range(len(marks) - 2)]


@lru_cache(maxsize=256)
def _places(size: int) -> tuple[list[int], list[int]]:
    """Places of the syllables of a line from its start and from its end."""
    return [min(i, 3) for i in range(size)], [min(size - 1 - i, 2) for i in range(size)]


def features(context: Context) -> tuple[list[str], list[str]]:
    """The features of a stress on a syllable, and those of its mark together with the one before.

    To the latter the two marks are added, 0 or 1 each.
    """
    marks, kinds, place, left, before, after, foot = context
    mark, kind, name = marks[1], kinds[1], foot[0]
    single = [
        f"a{mark}{name}",
        f"b{mark}{kinds[:2]}",
        f"c{mark}{kinds[1:]}",
        f"d{mark}{kinds}",
        f"e{mark}{kind}{place}{name}",
        f"f{mark}{kind}{left}{name}",
        f"g{mark}{kind}{before}{after}",
        f"h{marks}{kind}",
    ]
    return single, [f"p{marks[:2]}{name}", f"q{mark}{before}", f"r{place}{name}", f"s{marks}{name}"]


def word_feature(mark: str, word: str) -> str:
    """The feature of a stress on a word of one syllable under a mark of the scansion."""
    return f"w{mark}{word}"


def _tagged(column: int, known: list[tuple[Context, str]]) -> str:
    """The likeliest marks of a line (Viterbi)."""
    weights = _weights()[column]
    off = on = 0
    back: list[tuple[bool, bool]] = []
    for context, word in known:
        single, neither, rise, fall, both = _scores(context)[column]
        if word:
            single += weights.get(word_feature(context[0][1], word), 0)
        if not back:
            neither = rise = fall = both = 0
        stay, drop, lift, hold = off + neither, on + fall, off + rise, on + both
        back.append((drop > stay, hold > lift))
        off = drop if drop > stay else stay
        on = (hold if hold > lift else lift) + single
    marks = []
    stressed = on > off
    for from_off, from_on in reversed(back):
        marks.append("+" if stressed else "-")
        stressed = from_on if stressed else from_off
    return "".join(reversed(marks))


@lru_cache(maxsize=1 << 15)
def _scores(context: Context) -> tuple[Scores, Scores]:
    """The scores for stress and for meter."""
    single, chained = features(context)
    stress, meter = _weights()
    return _sums(stress, single, chained), _sums(meter, single, chained)


def _sums(weights: dict[str, int], single: list[str], chained: list[str]) -> Scores:
    neither, rise, fall, both = (sum(weights.get(each + pair, 0) for each in chained) for pair in PAIRS)
    return sum(weights.get(each, 0) for each in single), neither, rise, fall, both


@cache
def _weights() -> tuple[dict[str, int], dict[str, int]]:
    columns: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        feature, *weights = line.split("\t")
        for column, weight in zip(columns, weights, strict=True):
            column[feature] = int(weight)
    return columns
