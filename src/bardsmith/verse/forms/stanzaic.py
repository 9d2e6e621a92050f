"""Forms that are a stanza over and over, and forms without one: couplets to Spenserian stanzas, blank and free verse.

Definitions: Lewis Turco, The Book of Forms; Paul Fussell, Poetic Meter and Poetic Form; for the ballad stanza and
common measure also Derek Attridge, The Rhythms of English Poetry (four-beat verse with unrealised beats).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bardsmith.verse.forms.clauses import HOLDS, Clause, FormScore, clause, essential, judged, unlike
from bardsmith.verse.forms.pattern import Pattern, keeps_rhymes, nearest, pattern, patterns
from bardsmith.verse.forms.shape import UNRHYMED, Rhymes, Shape

LONG_STANZAS = {
    "Spenserian stanza": patterns("ababbcbcc"),
    "ottava rima": patterns("abababcc"),
    "rhyme royal": patterns("ababbcc"),
    "sixain": patterns("ababcc", "aabccb", "aabaab"),
    "quintain": patterns("ababb", "abaab", "ababa", "abbab", "abccb"),
}
SHORT_STANZAS = {"quatrain": patterns("abab", "xaxa", "abba", "aaxa", "aaaa"), "tercets": patterns("aaa", "aba")}
ABA = pattern("aba")
"""Schemes of one stanza, by its name; two couplets are couplets, however they are printed."""
STRAY_LINES = 0.1
"""Most lines of a poem that may stand outside its stanzas."""
STRAY = "{} lines make no stanza of {}"
LONGEST_BALLAD_LINE = 4
"""Beats. Ballads are sung to four beats, the last of which may be silent."""
SUNG = 0.7
"""Fewest lines of a ballad that have no more beats."""
ALTERNATE = 0.6
"""Fewest of a ballad's second lines that rhyme with the next but one, and twice the most that rhyme with the next."""
COMMON_LONG, COMMON_SHORT = (7.0, 9.3), (5.0, 7.3)
"""Syllables of the four-beat and the three-beat lines of common measure on average: eight and six, with liberties."""
NEAR = 4
"""Lines. Rhymes further apart are not heard in verse that does not rhyme otherwise."""
BLANK_RHYMES = 0.35
"""Most lines of unrhymed verse that chance may seem to rhyme."""
BLANK_FIVES = 0.6
"""Fewest lines of blank verse that scan as pentameters; Browning's and Milton's do in four of five."""
COUPLED = 0.6
"""Fewest lines of a poem in couplets that rhyme with a neighbour."""
PROSE_LINE = 90
"""Characters. Paragraphs are longer; Whitman's lines seldom are."""
PROSE_SHARE = 0.6
"""Share of the characters of a prose poem that stand in longer lines than these at the least."""
PARAGRAPHS = 0.4
"""Share of the lines of a prose poem that are that long: a note that slipped into a line makes no paragraph of it."""
NO_PROSE = FormScore("prose poem", "", 0.0, ("only 0% of it stands in paragraphs", "it has lines"), False)
"""The verdict on lines none of which is that long."""


def chunks(rhymes: Rhymes, length: int, parted: bool = False) -> list[int]:
    """Where groups of so many lines begin, none across a stanza break, or each a stanza of its own."""
    return [
        line
        for start, stanza in zip(rhymes.starts, rhymes.stanzas, strict=True)
        if stanza == length or not parted
        for line in range(start, start + stanza - length + 1, length)
    ]


def long_stanzas(rhymes: Rhymes) -> list[FormScore]:
    """Quintains, sixains (of Venus and Adonis, and tail rhyme), rhyme royal, ottava rima, Spenserian stanzas."""
    return [_stanzaic(rhymes, name, kinds, parted=True) for name, kinds in LONG_STANZAS.items()]


def short_stanzas(rhymes: Rhymes) -> list[FormScore]:
    """Quatrains and tercets, which may run on without breaks."""
    return [_stanzaic(rhymes, name, kinds, parted=False) for name, kinds in SHORT_STANZAS.items()]


def _stanzaic(rhymes: Rhymes, name: str, kinds: Sequence[Pattern], parted: bool) -> FormScore:
    """The verdict on a stanza repeated throughout, by the scheme of it that the poem keeps best."""
    length = kinds[0].lines
    starts = chunks(rhymes, length, parted)
    left = len(rhymes.links) - length * len(starts)
    if left > STRAY_LINES * len(rhymes.links):
        return unlike(name, STRAY, left, length)
    best = nearest(rhymes, kinds, starts)
    stanzas = [keeps_rhymes(rhymes, best, start) for start in starts]
    kept = sum([each.held for each in stanzas]) / len(stanzas)
    return judged(name, [clause(left, left == 0, STRAY, left, length), *stanzas, essential(kept >= HOLDS)])


def terza_rima(rhymes: Rhymes) -> list[FormScore]:
    """Tercets linked by rhyme, aba bcb cdc and so on, with one more line or two at the end."""
    starts = chunks(rhymes, 3)
    left = len(rhymes.links) - 3 * len(starts)
    clauses = [clause(left, left <= 2, "{} lines make no tercet", left)]
    if left > 2 or len(starts) < 3:
        return [
            judged("terza rima", [*clauses, Clause(len(rhymes.links), 0), essential(False, "it is not in tercets")])
        ]
    clauses += [keeps_rhymes(rhymes, ABA, start) for start in starts]
    for start in starts:
        if start + 3 < len(rhymes.links):
            linked = rhymes.links[start + 1] == rhymes.links[start + 3] != UNRHYMED
            clauses.append(clause(1, linked, "line {} should rhyme with line {}", start + 4, start + 2))
    made = sum([each.held for each in clauses]) >= HOLDS * len(clauses)
    return [judged("terza rima", [*clauses, essential(made)])]


def ballads(shape: Shape) -> list[FormScore]:
    """The ballad stanza, abcb or abab in lines of up to four beats, and common measure, its kind of 4-3-4-3 beats.

    Longer stanzas go on in the same way: every second line rhymes with the second before or after it.
    """
    long, short = _mean_syllables(shape, 0), _mean_syllables(shape, 1)
    common = COMMON_LONG[0] <= long <= COMMON_LONG[1] and COMMON_SHORT[0] <= short <= COMMON_SHORT[1]
    sung = sum([beats <= LONGEST_BALLAD_LINE for beats in shape.beats]) >= SUNG * len(shape)
    return _ballads(shape.rhymes, common and short < long, sung)


@lru_cache(maxsize=1 << 11)
def _ballads(rhymes: Rhymes, measured: bool, sung: bool) -> list[FormScore]:
    """The verdicts by the rhymes, and whether the beats are 4-3-4-3 or at least few enough to be sung."""
    alternate = _alternate(rhymes)
    return [
        judged("common measure", [*alternate, clause(4, measured, "its beats are not 4-3-4-3", decides=True)]),
        judged("ballad", [*alternate, clause(4, sung, "its lines are too long to be sung", decides=True)]),
    ]


def _mean_syllables(shape: Shape, parity: int) -> float:
    """Syllables of the odd or even lines of the stanzas."""
    total = number = 0
    for start, stanza in zip(shape.rhymes.starts, shape.stanzas, strict=True):
        counts = shape.syllables[start + parity : start + stanza : 2]
        total += sum(counts)
        number += len(counts)
    return total / max(1, number)


def _alternate(rhymes: Rhymes) -> list[Clause]:
    """Every second line of a stanza rhymes with the second before or after it, and few with the next."""
    number, coupled, stray, alone = _alternating(rhymes)
    if rhymes.ends:  # a rhyme too many is no fault where rhymes are earned
        coupled = 0
    kept, parted = 1 - len(alone) / max(1, number), 1 - coupled / max(1, number)
    return [
        Clause(number, kept, [f"line {line} should rhyme with a second line of its stanza" for line in alone]),
        clause(number / 2, parted, "{} of its second lines rhyme with the next", coupled),
        clause(0, stray <= STRAY_LINES * len(rhymes.links), "{} lines make no stanza of four", stray, decides=True),
        essential(number > 1 and kept >= ALTERNATE and 2 * (1 - parted) <= ALTERNATE),
    ]


def _alternating(rhymes: Rhymes) -> tuple[int, int, int, list[int]]:
    """The second lines, those that rhyme with the next, lines outside quatrains; and which rhyme with no other."""
    number = coupled = stray = 0
    alone = []
    following, next_but_one = rhymes.after(1), rhymes.after(2)
    for start, stanza in zip(rhymes.starts, rhymes.stanzas, strict=True):
        end = start + stanza
        stray += 0 if stanza == 6 else stanza % 4
        for line in range(start + 1, end, 2):
            number += 1
            coupled += following[line - 1] or (line + 1 < end and following[line])
            before = line > start + 1 and next_but_one[line - 2]
            if not before and not (line + 2 < end and next_but_one[line]):
                alone.append(line + 1)
    return number, coupled, stray, alone


def couplets(rhymes: Rhymes) -> list[FormScore]:
    """Lines rhymed two by two; a third line on the same rhyme makes a triplet, which the heroic couplet allows."""
    number = len(rhymes.links)
    coupled = rhymes.after(1)
    stray = []
    triplets = line = 0
    while line < number:
        following = line + 1
        while following < min(line + 3, number) and coupled[following - 1]:
            following += 1
        triplets += following == line + 3
        if following == line + 1:
            stray.append(following)
        line = following
    share = 1 - len(stray) / number
    told = (f"line {line} rhymes with no neighbour" for line in stray)
    paired = essential(bool(rhymes.ends) or 6 * triplets <= number, "it is in triplets")
    return [judged("couplet", [Clause(1, share, told), essential(share >= COUPLED), paired])]


def prose_poem(shape: Shape) -> list[FormScore]:
    """Paragraphs instead of lines."""
    characters = list(map(len, shape.lines))
    if max(characters) <= PROSE_LINE:
        return [NO_PROSE]
    long = [count for count in characters if count > PROSE_LINE]
    share = sum(long) / max(1, sum(characters))
    paragraphs = clause(1, min(1.0, share / PROSE_SHARE), "only {:.0%} of it stands in paragraphs", share)
    return [judged("prose poem", [paragraphs, essential(len(long) >= PARAGRAPHS * len(shape), "it has lines")])]


def unrhymed_forms(shape: Shape) -> list[FormScore]:
    """Blank verse: pentameter without rhyme. Free verse: neither metre nor rhyme."""
    new = shape.different / len(shape)
    rhymed = _rhymed_nearby(shape.rhymes.labels) / len(shape)
    full = [beats == 5 and 9 <= count <= 12 for beats, count in zip(shape.beats, shape.syllables, strict=True)]
    fives = new * sum(full) / len(shape)
    rhymeless = clause(1, new * (1 - rhymed), "{:.0%} of its lines rhyme", rhymed)
    few = essential(rhymed <= BLANK_RHYMES)
    metre = clause(1, fives, "only {:.0%} of its lines are pentameters", fives)
    free = clause(0.5, 1 - fives, "{:.0%} of its lines are pentameters", fives)
    return [
        judged("blank verse", [rhymeless, few, metre, essential(fives >= BLANK_FIVES)]),
        judged("free verse", [rhymeless, few, free]),
    ]


@lru_cache(maxsize=1 << 11)
def _rhymed_nearby(labels: str) -> int:
    """How many lines rhyme with one near to them."""
    found: set[int] = set()
    last: dict[str, int] = {}
    for line, label in enumerate(labels):
        if label != UNRHYMED:
            if line - last.get(label, -NEAR - 1) <= NEAR:
                found |= {line, last[label]}
            last[label] = line
    return len(found)
