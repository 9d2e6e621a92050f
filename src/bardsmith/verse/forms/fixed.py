"""Forms with a fixed number of lines or a fixed play of refrains, each by the clauses that define it.

Definitions: Lewis Turco, The Book of Forms; Paul Fussell, Poetic Meter and Poetic Form; The Princeton Encyclopedia of
Poetry and Poetics.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import attrgetter

from bardsmith.verse.forms.clauses import (
    Clause,
    FormScore,
    clause,
    essential,
    far,
    has_lines,
    is_far,
    judged,
    told,
    unlike,
)
from bardsmith.verse.forms.pattern import (
    Pattern,
    goes_on,
    keeps_pattern,
    keeps_rhymes,
    likeness,
    most_return,
    pattern,
    patterns,
    returns,
    whole_rhymes,
)
from bardsmith.verse.forms.shape import UNRHYMED, Rhymes, Shape, sound_alike
from bardsmith.verse.sound.pronunciation import known

SONNETS = {
    "Shakespearean": ("ababcdcdefefgg",),
    "Spenserian": ("ababbcbccdcdee",),
    "Petrarchan": (
        "abbaabbacdecde",
        "abbaabbacdcdcd",
        "abbaabbacdedce",
        "abbaabbacddcee",
        "abbaabbaccdeed",
        "abbaabbacdcdee",
        "abbaabbacdeedc",
        "abbaabbacddcdc",
        "abbaabbacdeced",
        "abbaaccadedeff",
        "abbaaccadefdef",
        "abbacddcefgefg",
        "abbacddcefefgg",
    ),
    "terza rima": ("ababcbcdcdedee",),
    "Meredithian": ("abbacddceffeghhg",),
}
"""Schemes by kind: the English, the linked and the Italian sonnet with the sestets that Fussell and Turco list, also
after an octave of a rhyme or two more; Shelley's, and the sixteen lines of Meredith's Modern Love. Poets
print them with breaks or none."""
IRREGULAR = ""
"""The kind of a sonnet of no kind."""
RHYMED_SONNET = 0.6
"""Share of a sonnet's lines that rhyme at the least, whatever the scheme: ten or more of fourteen do even in the
irregular ones of Shelley and Tuckerman, less what the ear of today has lost."""
BLANK_SONNET = 0.75
"""Share of pentameters from which fourteen lines are a sonnet even without rhyme, as translators write them."""
FEW_PENTAMETERS = 0.75
"""Share of its lines under which a sonnet is told that it lacks pentameters."""
SHORTEST_SONNET_LINE = 6
"""Syllables. There are sonnets in tetrameter (Shakespeare's 145th); shorter lines are a joke."""

REFRAIN_FORMS = {
    "villanelle": patterns("A1bA2 abA1 abA2 abA1 abA2 abA1A2"),
    "triolet": patterns("ABaAabAB"),
    "rondel": patterns("ABba abAB abbaA", "ABba abAB abbaAB"),
    "ballade": patterns(
        "ababbcbC ababbcbC ababbcbC bcbC",
        "ababbccdcD ababbccdcD ababbccdcD ccdcD",
        "ababbcbC dedeeceC fgfggcgC hchC",
        "abaBbcbC abaBbcbC abaBbcbC bBcC",
    ),
}
"""Forms whose whole scheme is fixed. English ballades may take new rhymes for each stanza, all but the refrain's; the
last one has a double refrain."""
RONDEAUX = {"rondeau": pattern("aabba aabx aabbax"), "roundel": pattern("abax bab abax")}
"""Where their refrain of a few words comes, it need not rhyme; the roundel is Swinburne's."""

LIMERICK_SYLLABLES = (5, 13)
"""Fewest and most syllables of a limerick's long lines: three beats of two or three syllables, with liberties."""
COUNTED = {"haiku": (5, 7, 5), "tanka": (5, 7, 5, 7, 7), "cinquain": (2, 4, 6, 8, 2)}
"""Syllables line by line; the cinquain is Adelaide Crapsey's."""
HAIKU_LINE, HAIKU_SYLLABLES = 9, 21
"""Most syllables of a line of haiku and of all three; translators keep the short lines and not the count."""
SESTINA = (5, 0, 4, 1, 3, 2)
"""Which end word of a stanza stands at each place of the next: the last, the first, the last but one and so on."""
ACROSTIC = range(5, 21)
"""Letters of an acrostic; by chance, shorter words are found often."""
UNEVEN = 3
"""Syllables by which the longest line of a clerihew is longer than the shortest."""
LIMERICK, LIMERICK_IN_FOUR, CLERIHEW = patterns("aabba", "aaxa", "aabb")
_NAME = re.compile(r"\b[A-Z]\w+[\s-]+(?:\w+[\s-]+)?[A-Z]\w+\W*$")


def sequence(shape: Shape, length: int) -> list[Shape]:
    """A poem, or each of several of so many lines if stanza breaks part them all."""
    number = len(shape)
    if number <= length or number % length or not set(shape.rhymes.starts).issuperset(range(0, number, length)):
        return [shape]
    return [shape.part(start, start + length) for start in range(0, number, length)]


def middle(verdicts: Sequence[FormScore]) -> FormScore:
    """The middling verdict of those on a sequence, which most often is one poem."""
    if len(verdicts) == 1:
        return verdicts[0]
    return sorted(verdicts, key=lambda each: (each.holds, each.score))[len(verdicts) // 2]


def sonnets(shape: Shape) -> list[FormScore]:
    """The kinds of sonnet, the nearest first, and sonnets of no kind: fourteen lines, in pentameter as a rule."""
    poems = {length: list(map(_as_sonnet, sequence(shape, length))) for length in (14, 16)}
    kinds = [middle([verdicts[kind] for verdicts in poems[len(schemes[0])]]) for kind, schemes in SONNETS.items()]
    kinds.sort(key=attrgetter("score"), reverse=True)
    return [*kinds, middle([verdicts[IRREGULAR] for verdicts in poems[14]])]


def _as_sonnet(shape: Shape) -> Mapping[str, FormScore]:
    return _sonnets(shape.rhymes, shape.different, shape.pentameters, shape.middling >= SHORTEST_SONNET_LINE)


@lru_cache(maxsize=1 << 11)
def _sonnets(rhymes: Rhymes, different: int, fives: float, long: bool) -> Mapping[str, FormScore]:
    """The verdict on each kind, by how a poem rhymes, how many lines differ, the share of pentameters, and whether its
    lines are long enough; many sonnets are alike in all that."""
    few = told("only {:.0%} of its lines have five feet", fives) if fives < FEW_PENTAMETERS else ()
    lines = [Clause(3, fives, few), essential(long, "its lines are too short")]
    found = {kind: _sonnet(rhymes, kind, schemes, different, lines) for kind, schemes in SONNETS.items()}
    return {**found, IRREGULAR: _irregular_sonnet(rhymes, different, fives, lines)}


def _sonnet(rhymes: Rhymes, kind: str, schemes: Sequence[str], different: int, lines: Sequence[Clause]) -> FormScore:
    number, wanted = len(rhymes.links), len(schemes[0])
    if is_far(number, wanted):
        return far("sonnet", number, wanted, kind)
    return judged("sonnet", [has_lines(different, wanted), whole_rhymes(rhymes, *schemes), *lines], kind)


def _irregular_sonnet(rhymes: Rhymes, different: int, fives: float, lines: Sequence[Clause]) -> FormScore:
    number = len(rhymes.links)
    if is_far(number, 14):
        return far("sonnet", number, 14)
    rhymed = 1 - rhymes.labels.count(UNRHYMED) / number
    bound = rhymed if fives < BLANK_SONNET else max(rhymed, fives)
    clauses = [
        has_lines(different, 14),
        Clause(4, bound, told("only {:.0%} of its lines rhyme", rhymed) if rhymed < RHYMED_SONNET else ()),
        essential(bound >= RHYMED_SONNET),
        clause(1, 0, "it has no sonnet's rhyme scheme"),
        *lines,
    ]
    return judged("sonnet", clauses)


def limerick(shape: Shape) -> list[FormScore]:
    """Five lines rhymed aabba, the third and fourth shorter; Lear also set these as one, rhymed within."""
    return [middle(list(map(_limerick, sequence(shape, 5 if len(shape) % 5 == 0 else 4))))]


def _limerick(shape: Shape) -> FormScore:
    number = len(shape)
    four = number == 4
    if is_far(number, 5):
        return far("limerick", number, 5)
    rhymes = keeps_rhymes(shape.rhymes, LIMERICK_IN_FOUR if four else LIMERICK)
    outer, inner = shape.syllables[:2], shape.syllables[2:4]
    fewest, most = LIMERICK_SYLLABLES
    fits = sum([fewest <= count <= most for count in outer]) / 2
    clauses = [has_lines(shape.different, 4 if four else 5), rhymes]
    clauses += [clause(1, fits, "lines 1 and 2 should have three beats, eight or nine syllables")]
    if four:
        within = any(sound_alike(word, shape.end(2)) for word in shape.words(2)[:-1])
        clauses += [
            clause(1, shape.syllables[2] > max(outer), "line 3 should hold two short lines", decides=True),
            clause(1, within, "line 3 should rhyme within"),
            essential(rhymes.held >= 1),
        ]
    else:
        shorter = sum(inner) < sum(outer)
        clauses += [clause(1, shorter, "lines 3 and 4 should be shorter than lines 1 and 2", decides=True)]
    return judged("limerick", clauses)


def counted(shape: Shape) -> list[FormScore]:
    """Forms that count syllables: haiku, tanka, cinquain."""
    return [middle([_counted(poem, name) for poem in sequence(shape, len(wanted))]) for name, wanted in COUNTED.items()]


def _counted(shape: Shape, name: str) -> FormScore:
    wanted = COUNTED[name]
    number = len(shape)
    if is_far(number, len(wanted)):
        return far(name, number, len(wanted))
    clauses = [has_lines(shape.different, len(wanted))._replace(weight=3)]
    near = 0
    for i, (count, ideal) in enumerate(zip(shape.syllables, wanted, strict=False), 1):
        off = abs(count - ideal)
        near += off <= 1
        held = 1 - min(off, ideal) / (2 * ideal)
        clauses += [clause(1, held, "line {} has {} syllables instead of {}", i, count, ideal)]
    clauses += [Clause(max(0, len(wanted) - number), 0)]
    if name == "haiku":
        fits = max(shape.syllables) <= HAIKU_LINE and sum(shape.syllables) <= HAIKU_SYLLABLES
        return judged(name, [*clauses, essential(fits), essential(UNRHYMED in shape.labels, "its lines rhyme")])
    return judged(name, [*clauses, essential(near >= len(wanted) - 1)])


def refrain_forms(shape: Shape) -> list[FormScore]:
    """Villanelle, triolet, rondel and ballade: whole schemes of rhymes and refrains."""
    return [_refrain_form(shape, name) for name in REFRAIN_FORMS]


def _refrain_form(shape: Shape, name: str) -> FormScore:
    near = _near_in_length(name, len(shape))
    if is_far(len(shape), near[0].lines):
        return far(name, len(shape), near[0].lines)
    return max([judged(name, keeps_pattern(shape, each)) for each in near], key=lambda verdict: verdict.score)


@lru_cache(maxsize=1 << 10)
def _near_in_length(name: str, number: int) -> list[Pattern]:
    """The schemes of a refrain form whose number of lines is nearest to this one."""
    off = min(abs(number - each.lines) for each in REFRAIN_FORMS[name])
    return [each for each in REFRAIN_FORMS[name] if abs(number - each.lines) == off]


def rondeaux(shape: Shape) -> list[FormScore]:
    """Two rhymes, and the opening words of the first line as a short refrain in the middle and at the end."""
    return [_rondeau(shape, name, wanted) for name, wanted in RONDEAUX.items()]


def _rondeau(shape: Shape, name: str, wanted: Pattern) -> FormScore:
    if is_far(len(shape), wanted.lines):
        return far(name, len(shape), wanted.lines)
    size, first = len(shape.words(len(shape) - 1)), shape.words(0)
    opening = frozenset(first[:size])
    opens = 0 < size < len(first) and likeness(shape.vocabulary[-1], opening) == 1
    back = sum(likeness(line, opening) == 1 for line in shape.vocabulary[1:]) if opens else 0
    rhymes = whole_rhymes(shape.rhymes, wanted.scheme)
    return judged(
        name,
        [
            has_lines(len(shape), wanted.lines, decides=False),
            clause(8, min(back, 2) / 2, "its opening words should return in the middle and at the end", decides=True),
            Clause(wanted.rhymes / 2, rhymes.held, rhymes.faults),
        ],
    )


def sestina(shape: Shape) -> list[FormScore]:
    """Six stanzas of six lines whose end words change places as SESTINA says, and an envoi of three lines."""
    number = len(shape)
    if is_far(number, 39) and number != 36:
        return [far("sestina", number, 39)]
    ends = [_stem(shape.end(line)) for line in range(36)]
    order = list(range(6))
    clauses = []
    for start in range(6, 36, 6):
        order = [order[place] for place in SESTINA]
        for line, model in enumerate(order, start):
            fault = f"line {line + 1} should end on '{shape.end(model)}' as line {model + 1} does"
            clauses.append(Clause(1, ends[line] == ends[model], [fault]))
    play = essential(most_return(clauses) and len(set(ends[:6])) == 6, "six end words should return")
    envoi = {_stem(word) for line in range(36, number) for word in shape.words(line)}
    held = sum(word in envoi for word in ends[:6]) / 6
    clauses.append(clause(3, held, "the last three lines should hold all six end words"))
    return [judged("sestina", [has_lines(number, 39, decides=False), play, *clauses])]


def _stem(word: str) -> str:
    """A word without its plural; `sky` and `skies` count as one end word."""
    return word.removesuffix("s").removesuffix("ie").removesuffix("y") or word


def pantoum(shape: Shape) -> list[FormScore]:
    """Quatrains; the second and fourth line of each are the first and third of the next."""
    left = len(shape) % 4
    clauses = [
        returns(shape, one, other)
        for start in range(0, len(shape) - left - 4, 4)
        for one, other in ((start + 1, start + 4), (start + 3, start + 6))
    ]
    play = essential(most_return(clauses), "lines 2 and 4 of a stanza should return in the next")
    whole = clause(left, left == 0, "{} lines make no quatrain", left)
    return [judged("pantoum", [whole, play, goes_on(shape, len(shape) // 2), *clauses])]


def ghazal(shape: Shape) -> list[FormScore]:
    """Five couplets or more that all end in the same words, as does the first line."""
    number = len(shape)
    if number < 10 or number % 2:
        return [unlike("ghazal", "{} lines are not five couplets or more", number)]
    refrain = _common_tail(shape.words(1), shape.words(3))
    if not refrain:
        return [unlike("ghazal", "its couplets should end in the same words")]
    clauses = [
        clause(1, shape.words(line)[-len(refrain) :] == refrain, "line {} should end in the refrain", line + 1)
        for line in (0, *range(1, number, 2))
    ]
    return [judged("ghazal", [*clauses, goes_on(shape, number)])]


def _common_tail(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    tail: list[str] = []
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        tail.insert(0, a)
    return tuple(tail)


def clerihew(shape: Shape) -> list[FormScore]:
    """Two couplets of uneven lines about somebody whose name ends the first line (E. C. Bentley)."""
    if is_far(len(shape), 4):
        return [far("clerihew", len(shape), 4)]
    uneven = max(shape.syllables) - min(shape.syllables) >= UNEVEN
    clauses = [
        has_lines(shape.different, 4),
        keeps_rhymes(shape.rhymes, CLERIHEW),
        clause(1, uneven, "its lines should be uneven", decides=True),
        clause(2, bool(_NAME.search(shape.lines[0])), "its first line should end in a name", decides=True),
    ]
    return [judged("clerihew", clauses)]


def acrostic(shape: Shape) -> list[FormScore]:
    """The first letters of its lines spell a word."""
    word = "".join([line.lstrip("\"'(")[:1].lower() or " " for line in shape.lines[: ACROSTIC.stop]])
    spelt = len(shape) in ACROSTIC and word.isalpha() and known(word)
    if not spelt:
        return [unlike("acrostic", "the first letters of its lines spell no word")]
    return [FormScore("acrostic", "", 1.0, (), True)]
