"""Performed stress and realised meter: what a reader does with each line, which is not always what its scansion has.

The scansion of a poem gives every syllable a mark; a tagger learned from hand-marked poems corrects it, for stress and
for meter apart, since they are different annotations. It is a linear chain over the marks of a line (Lafferty, McCallum
and Pereira, 2001), which Agirrezabal and others found best for scansion (2017), with integer weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain, repeat
from pathlib import Path

from bardsmith.verse.memo import Memo
from bardsmith.verse.rhythm.reading import Scansion, reading
from bardsmith.verse.rhythm.scansion import Scan, scan
from bardsmith.verse.rhythm.syllabification import ELIDABLE, STOP, WordRow

TABLE = Path(__file__).parents[1] / "tables" / "stress.txt"
"""Feature, its weight for stress, its weight for meter; made by scripts/learn_stress.py."""

STRESS, METER = range(2)
"""The columns of weights."""

WITHIN = 3
"""What stands between the syllables of a word, where syllabification has SPACE, STOP and HYPHEN between words."""

PAIRS = ("00", "01", "10", "11")
"""The marks of two syllables, 1 stressed."""

CHAINED = "pqrs"
"""First letters of the features of two marks."""

_KINDS = str.maketrans("0123456789", "abbccddeee")
"""The tagger tells five kinds of monosyllables apart."""

Context = tuple[str, str, int, int, int, int, str]
"""Marks of the scansion and kinds of three syllables, the one at hand in the middle; its place from the start (0 to 3)
and from the end (2 to 0) of the line; what stands before and after it; the foot."""

Scores = tuple[int, int, int]
"""The lead over none that a stress on the syllable at hand has if one on the syllable before is sure; the lead there
above which that is stressed too if the one at hand is, and if it is not."""


def stress(text: str) -> list[str]:
    """The performed stress of each line that is not blank: `+` stressed, `-` unstressed, a mark a syllable."""
    return [performed for performed, _ in voiced(scan(text))]


def meter(text: str) -> list[str]:
    """The realised meter of each line that is not blank: `+` in a beat, `-` off the beat, a mark a syllable."""
    return [realised for _, realised in voiced(scan(text))]


def voiced(poem: Scan) -> Iterator[tuple[str, str]]:
    """The performed stress and the realised meter of each line of a poem.

    A performer elides less than the meter does. In iambs the meter is as the tagger has it, in other feet as scanned.
    """
    for row, line, beats in zip(poem.rows, poem.lines, poem.expected, strict=True):
        performed, realised = _tagged(poem.foot, row, line)
        if line.licence:
            performed, _ = _tagged(poem.foot, row, strict_reading(poem.foot, row, line, beats))
        yield performed, realised if poem.foot == "iambic" else line.marks


def strict_reading(foot: str, row: WordRow, line: Scansion, beats: int | None) -> Scansion:
    """The reading of a line that elides and expands as little as it can; the one there is if that has no licence."""
    return reading(foot, row.words, beats, strict=True) if line.licence else line


def contexts(foot: str, row: WordRow, line: Scansion) -> list[tuple[Context, str]]:
    """What the tagger knows of each syllable of a line, and the word if it is a word by itself."""
    return list(zip(*_known(foot, row, line), strict=True)) if line.marks else []


def _known(foot: str, row: WordRow, line: Scansion) -> tuple[Iterable[Context], Iterable[str]]:
    """The same in two, of a line that has a syllable."""
    seams = zip(row.words, line.words, [STOP, *row.gaps], row.gaps, strict=False)
    before, after, alone = zip(*chain.from_iterable(map(_parts.__getitem__, seams)), strict=True)
    marks, places, lefts = _frame(line.marks)
    kinds = _threes(line.classes.translate(_KINDS))
    return zip(marks, kinds, places, lefts, before, (*after[:-1], STOP), repeat(foot)), alone


def _parts_of(seam: tuple[str, int, int, int]) -> list[tuple[int, int, str]]:
    """What stands before and after each syllable of a word, and the word if it has but one."""
    word, size, before, after = seam
    if size == 1:
        return [(before, after, word.removesuffix(ELIDABLE))]
    within = [WITHIN] * (size - 1)
    return [(one, other, "") for one, other in zip([before, *within], [*within, after], strict=True)] if size else []


_parts: Memo[tuple[str, int, int, int], list[tuple[int, int, str]]] = Memo(_parts_of, 1 << 15)


@lru_cache(maxsize=1 << 12)
def _frame(marks: str) -> tuple[list[str], list[int], list[int]]:
    """The marks of a line by threes, and the places of its syllables from its start and from its end."""
    size = len(marks)
    return _threes(marks), [min(i, 3) for i in range(size)], [min(size - 1 - i, 2) for i in range(size)]


def _threes(marks: str) -> list[str]:
    """Each mark with its neighbours."""
    marks = f"^{marks}$"
    return [marks[i : i + 3] for i in range(len(marks) - 2)]


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


def _tagged(foot: str, row: WordRow, line: Scansion) -> tuple[str, str]:
    """The likeliest marks of a line for stress and for meter."""
    if not line.marks:
        return "", ""
    known, words = _known(foot, row, line)
    stress, meter = zip(*map(_scores.__getitem__, known), strict=True)
    word_stress, word_meter = zip(*map(_word_scores.__getitem__, zip(line.marks, words, strict=True)), strict=True)
    return _likeliest(stress, word_stress), _likeliest(meter, word_meter)


def _likeliest(line: Sequence[Scores], words: Sequence[int]) -> str:
    """The likeliest marks of a line (Viterbi), by the lead that a stress on each syllable has over none."""
    lead = 0
    stressed = unstressed = ""
    for (single, rise, fall), word in zip(line, words, strict=True):
        unstressed, stressed = (
            (stressed if lead > fall else unstressed) + "-",
            (stressed if lead > rise else unstressed) + "+",
        )
        lead = single + word + (lead if lead > rise else rise) - (lead if lead > fall else fall)
    return stressed if lead > 0 else unstressed


def _scores_of(context: Context) -> tuple[Scores, Scores]:
    """The scores for stress and for meter; the first syllable of a line has no mark before it to go with."""
    alone, chained = features(context)
    single, pairs = _weights()
    ones = [single[each] for each in alone if each in single]
    fours = [pairs[each] for each in chained if each in pairs and not context[0].startswith("^")]
    return _sums(STRESS, ones, fours), _sums(METER, ones, fours)


_scores: Memo[Context, tuple[Scores, Scores]] = Memo(_scores_of, 1 << 15)


def _sums(column: int, ones: Sequence[tuple[int, int]], fours: Sequence[tuple[list[int], list[int]]]) -> Scores:
    neither, rise, fall, both = map(sum, zip((0, 0, 0, 0), *[four[column] for four in fours], strict=True))
    return sum([one[column] for one in ones]) + both - fall, rise - both, neither - fall


def _word_scores_of(mark_and_word: tuple[str, str]) -> tuple[int, int]:
    """The scores of a stress on a word of one syllable under a mark of the scansion."""
    return _weights()[0].get(word_feature(*mark_and_word), (0, 0))


_word_scores: Memo[tuple[str, str], tuple[int, int]] = Memo(_word_scores_of, 1 << 14)


@cache
def _weights() -> tuple[dict[str, tuple[int, int]], dict[str, tuple[list[int], list[int]]]]:
    """The weights of each feature of a stress, for stress and for meter; of each of two marks, four for either."""
    single: dict[str, tuple[int, int]] = {}
    pairs: dict[str, tuple[list[int], list[int]]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        feature, *weights = line.split("\t")
        stress, meter = map(int, weights)
        if feature[0] in CHAINED:
            columns = pairs.setdefault(feature[:-2], ([0] * len(PAIRS), [0] * len(PAIRS)))
            place = PAIRS.index(feature[-2:])
            columns[STRESS][place], columns[METER][place] = stress, meter
        else:
            single[feature] = stress, meter
    return single, pairs
