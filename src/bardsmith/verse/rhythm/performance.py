"""Performed stress and realised meter: what a reader does with each line, which is not always what its scansion has.

The scansion of a poem gives every syllable a mark; a tagger learned from hand-marked poems corrects it, for stress and
for meter apart, since they are different annotations. It is a linear chain over the marks of a line (Lafferty, McCallum
and Pereira, 2001), which Agirrezabal and others found best for scansion (2017), with integer weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache, partial
from itertools import chain
from operator import getitem
from pathlib import Path

from bardsmith.verse.memo import Memo
from bardsmith.verse.rhythm.reading import Scansion, reading
from bardsmith.verse.rhythm.scansion import Scan, scan
from bardsmith.verse.rhythm.syllabification import ELIDABLE, HYPHEN, SPACE, STOP, WordRow

TABLE = Path(__file__).parents[1] / "tables" / "stress.txt"
"""Feature, its weight for stress, its weight for meter; made by scripts/learn_stress.py."""

STRESS, METER = range(2)
"""The columns of weights."""

WITHIN = "3"
"""What stands between the syllables of a word, where syllabification has SPACE, STOP and HYPHEN between words."""

PAIRS = ("00", "01", "10", "11")
"""The marks of two syllables, 1 stressed."""

CHAINED = "pqrs"
"""First letters of the features of two marks."""

_KINDS = str.maketrans("0123456789", "abbccddeee")
"""The tagger tells five kinds of monosyllables apart."""

Frame = tuple[str, str, int, int]
"""The foot; the marks that the scansion has for a syllable and its neighbours; the place of the syllable from the start
(0 to 3) and from the end (2 to 0) of the line."""

Context = tuple[Frame, str]
"""The second is the kinds of a syllable and its neighbours, with what stands between them: `b0P3w` for `HAPpy` after a
small word."""

Scores = tuple[int, int, int, int, int, int]
"""For stress, then for meter: the lead over none that a stress on the syllable at hand has if one on the syllable
before is sure; the lead there above which that is stressed too if the one at hand is, and if it is not."""

OwnScores = tuple[tuple[int, int], ...]
"""Of each syllable of a word: the scores for stress and for meter that a stress on it has for the word that it is."""


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
        performed, realised = _likeliest(poem.foot, row, line)
        strict = strict_reading(poem.foot, row, line, beats)
        if strict is not line:
            performed, _ = _likeliest(poem.foot, row, strict)
        yield performed, realised if poem.foot == "iambic" else line.marks


def strict_reading(foot: str, row: WordRow, line: Scansion, beats: int | None) -> Scansion:
    """The reading of a line that elides and expands as little as it can; the one there is if that has no licence."""
    return reading(foot, row.words, beats, strict=True) if line.licence else line


def contexts(foot: str, row: WordRow, line: Scansion) -> list[tuple[Context, str]]:
    """What the tagger knows of each syllable of a line, and the word if it is a word by itself."""
    frames = [leads.frame for leads in _leads_of(foot, line.marks)]
    alone = [each.removesuffix(ELIDABLE) for each in _alone(row, line)]
    return list(zip(zip(frames, _around(row, line), strict=True), alone, strict=True))


def _around(row: WordRow, line: Scansion) -> Iterator[str]:
    """The kinds of each syllable and its neighbours, with what stands between them."""
    kinds = "".join(map(getitem, map(_kinds.__getitem__, line.classes), row.gaps))
    return map(f"^{STOP}{kinds[:-1]}{STOP}$".__getitem__, _neighbours[len(line.marks)])


def _kinds_with_gap(classes: str) -> dict[str, str]:
    """By what follows a word: the kinds of its syllables, with what stands after each; nothing for one without any."""
    kinds = WITHIN.join(classes.translate(_KINDS))
    return {gap: kinds + gap if kinds else "" for gap in (SPACE, STOP, HYPHEN)}


_kinds: Memo[str, dict[str, str]] = Memo(_kinds_with_gap, 1 << 10)

_neighbours: Memo[int, list[slice]] = Memo(lambda number: [slice(i, i + 5) for i in range(0, 2 * number, 2)], 1 << 8)
"""Where in the kinds of a line of so many syllables those of each and its neighbours stand."""


def _alone(row: WordRow, line: Scansion) -> list[str]:
    """For each syllable the word if it is one by itself."""
    words = zip(row.words, line.words, strict=True)
    return [each for word, size in words for each in ([word] if size == 1 else [""] * size)]


def features(context: Context) -> tuple[list[str], list[str]]:
    """The features of a stress on a syllable, and those of its mark together with the one before.

    To the latter the two marks are added, 0 or 1 each.
    """
    (foot, marks, place, left), around = context
    kinds, before, after = around[::2], around[1], around[3]
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


def _likeliest(foot: str, row: WordRow, line: Scansion) -> tuple[str, str]:
    """The likeliest marks of a line for stress and for meter (Viterbi), by the lead that a stress on each syllable has
    over none. Both in one go, which is faster than twice the same."""
    if not line.marks:
        return "", ""
    scores = map(getitem, _leads_of(foot, line.marks), _around(row, line))
    own = chain.from_iterable(map(getitem, map(_own_leads.__getitem__, row.words), line.parts))
    lead = meter_lead = 0
    stressed = unstressed = beat = offbeat = ""
    for (single, rise, fall, meter_single, meter_rise, meter_fall), (word, meter_word) in zip(scores, own, strict=True):
        if lead > rise:
            gain, following = lead, stressed + "+"
        else:
            gain, following = rise, unstressed + "+"
        if lead > fall:
            lead, unstressed = single + word + gain - lead, stressed + "-"
        else:
            lead, unstressed = single + word + gain - fall, unstressed + "-"
        stressed = following
        if meter_lead > meter_rise:
            gain, following = meter_lead, beat + "+"
        else:
            gain, following = meter_rise, offbeat + "+"
        if meter_lead > meter_fall:
            meter_lead, offbeat = meter_single + meter_word + gain - meter_lead, beat + "-"
        else:
            meter_lead, offbeat = meter_single + meter_word + gain - meter_fall, offbeat + "-"
        beat = following
    return stressed if lead > 0 else unstressed, beat if meter_lead > 0 else offbeat


class Leads(Memo[str, Scores]):
    """The scores of a syllable in a frame, by what is around it."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(partial(_scores, frame), 1 << 12)
        self.frame = frame


@lru_cache(maxsize=1 << 12)
def _leads_of(foot: str, marks: str) -> list[Leads]:
    """The scores of each syllable of a line."""
    around = f"^{marks}$"
    last = len(marks) - 1
    return [_leads[foot, around[i : i + 3], min(i, 3), min(last - i, 2)] for i in range(len(marks))]


_leads: Memo[Frame, Leads] = Memo(Leads, 1 << 12)


def _scores(frame: Frame, around: str) -> Scores:
    """The scores of a syllable; the first syllable of a line has no mark before it to go with."""
    alone, chained = features((frame, around))
    single, pairs = _weights()
    ones = [single[each] for each in alone if each in single]
    fours = [pairs[each] for each in chained if each in pairs and frame[2]]
    return *_sums(STRESS, ones, fours), *_sums(METER, ones, fours)


def _sums(
    column: int, ones: Sequence[tuple[int, int]], fours: Sequence[tuple[list[int], list[int]]]
) -> tuple[int, int, int]:
    neither, rise, fall, both = map(sum, zip((0, 0, 0, 0), *[four[column] for four in fours], strict=True))
    return sum([one[column] for one in ones]) + both - fall, rise - both, neither - fall


def _own_scores(word: str, marks: str) -> OwnScores:
    """The scores for stress and for meter of a stress on each syllable of a word, for the word that it is; only words
    of one syllable have any."""
    if len(marks) != 1:
        return ((0, 0),) * len(marks)
    return (_weights()[0].get(word_feature(marks, word.removesuffix(ELIDABLE)), (0, 0)),)


_no_leads: Memo[str, OwnScores] = Memo(lambda marks: ((0, 0),) * len(marks), 1 << 10)
"""The same of any word without weights of its own, by its marks."""


def _own_leads_of(word: str) -> Memo[str, OwnScores]:
    """The same of a word, by the marks that the scansion has for it; most words share one memory."""
    bare, weights = word.removesuffix(ELIDABLE), _weights()[0]
    weighed = word_feature("+", bare) in weights or word_feature("-", bare) in weights
    return Memo(partial(_own_scores, word), 1 << 6) if weighed else _no_leads


_own_leads: Memo[str, Memo[str, OwnScores]] = Memo(_own_leads_of, 1 << 14)


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
