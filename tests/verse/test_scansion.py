"""The meter of poems."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import pytest
from gold import gold_rows
from hypothesis import given
from hypothesis import strategies as st
from poems import COMMON_MEASURE, COUPLETS, FREE_VERSE, LIMERICK, TROCHEES

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.rhythm.feet import end_cost, ways
from bardsmith.verse.rhythm.reading import STRICTLY, UNEXPECTED, reading
from bardsmith.verse.rhythm.regularity import FEET, regularity
from bardsmith.verse.rhythm.scansion import MOST_LINES, measure, open_ended, scan
from bardsmith.verse.rhythm.syllabification import shapes, word_row

ASSYRIAN = """The Assyrian came down like the wolf on the fold,
And his cohorts were gleaming in purple and gold;
And the sheen of their spears was like stars on the sea,
When the blue wave rolls nightly on deep Galilee."""
RAVEN = """Once upon a midnight dreary, while I pondered, weak and weary,
Over many a quaint and curious volume of forgotten lore,
While I nodded, nearly napping, suddenly there came a tapping,
As of some one gently rapping, rapping at my chamber door."""
PSALM = """Tell me not, in mournful numbers,
Life is but an empty dream!
For the soul is dead that slumbers,
And things are not what they seem."""
SONNET = """Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;"""
BALLAD = """It is an ancient Mariner,
And he stoppeth one of three.
'By thy long grey beard and glittering eye,
Now wherefore stopp'st thou me?

The Bridegroom's doors are opened wide,
And I am next of kin;
The guests are met, the feast is set:
May'st hear the merry din.'"""
TWINKLE = """Twinkle, twinkle, little star,
How I wonder what you are!
Up above the world so high,
Like a diamond in the sky."""
HIAWATHA = """By the shores of Gitche Gumee,
By the shining Big-Sea-Water,
Stood the wigwam of Nokomis,
Daughter of the Moon, Nokomis."""
BRIGADE = """Half a league, half a league,
Half a league onward,
All in the valley of Death
Rode the six hundred."""
BATTER = """Batter my heart, three-person'd God, for you
As yet but knock, breathe, shine, and seek to mend;
That I may rise and stand, o'erthrow me, and bend
Your force to break, blow, burn, and make me new."""
CHERRY = """Loveliest of trees, the cherry now
Is hung with bloom along the bough,
And stands about the woodland ride
Wearing white for Eastertide."""
PROSE = """The committee met on Tuesday to discuss the budget and adjourned
at four. Nobody had read the report.
Minutes were taken, circulated and afterwards, as it turned out, lost; an inquiry
is expected to follow in the autumn of next year."""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (ASSYRIAN, "anapestic tetrameter"),
        (RAVEN, "trochaic octameter"),
        (PSALM, "trochaic tetrameter"),
        (SONNET, "iambic pentameter"),
        (BALLAD, "iambic tetrameter/trimeter"),
        (TROCHEES, "trochaic tetrameter"),
        (TWINKLE, "trochaic tetrameter"),
        (HIAWATHA, "trochaic tetrameter"),
        (BRIGADE, "dactylic dimeter"),
        (BATTER, "iambic pentameter"),
        (CHERRY, "iambic tetrameter"),
        (COUPLETS, "iambic tetrameter"),
        (COMMON_MEASURE, "iambic tetrameter/trimeter"),
        (LIMERICK, "anapestic trimeter/dimeter"),
        (PROSE, ""),
        ("", ""),
        ("...\n\n42\n", ""),
    ],
)
def test_measures(text: str, name: str) -> None:
    assert measure(text) == name


@pytest.mark.parametrize(("text", "least", "most"), [(COMMON_MEASURE, 1, 1), (LIMERICK, 1, 1), (FREE_VERSE, 0, 0.3)])
def test_patterns_of_beats_are_regular_and_free_verse_is_not(text: str, least: float, most: float) -> None:
    poem = scan(text)
    assert least <= regularity(poem.foot, [line.marks for line in poem.lines], poem.expected) <= most


def test_lines_are_read_under_the_foot_of_their_poem() -> None:
    poem = scan(SONNET)
    assert poem.lines[2].marks == "-+-+-+-+-+"
    assert poem.lines[2].words == (1, 1, 1, 1, 1, 2, 1, 1, 1)
    assert poem.lines[2].beats == 5
    assert poem.expected == (5, 5, 5, 5)


def test_a_word_shrinks_where_the_meter_wants_it() -> None:
    assert scan(BALLAD).lines[2].words[6] == 2
    assert reading("iambic", ["to", "heaven", "go"]).words == (1, 2, 1)
    assert reading("iambic", ["to", "heaven", "and", "home"]).words == (1, 1, 1, 1)


@pytest.mark.parametrize("foot", FEET)
@pytest.mark.parametrize("beats", [None, 2, 4, 5, 7])
@pytest.mark.parametrize("strict", [False, True])
def test_no_reading_is_cheaper_than_the_one_that_is_found(foot: str, beats: int | None, strict: bool) -> None:
    for line in (
        "The wandering outlaw of his own dark mind",
        "Tyger, tyger, burning bright",
        "And every heavenly power",
    ):
        words = word_row(line).words
        assert reading(foot, words, beats, strict).cost == cheapest(foot, words, beats, strict)


def cheapest(foot: str, words: Sequence[str], beats: int | None, strict: bool) -> int:
    """The least cost of all readings, by trying every one."""
    costs = {(0, 0): 0}
    for word in words:
        following: dict[tuple[int, int], int] = {}
        for (state, counted), cost in costs.items():
            for classes, licence in shapes(word):
                for goal, price, marks in ways(foot, classes, state):
                    key = goal, counted + marks.count("+")
                    total = cost + price + licence * (STRICTLY if strict else 1)
                    following[key] = min(total, following.get(key, total))
        costs = following
    unexpected = {counted: 0 if beats is None else UNEXPECTED * abs(counted - beats) for _, counted in costs}
    return min(cost + end_cost(foot, state) + unexpected[counted] for (state, counted), cost in costs.items())


def test_a_strict_reading_spares_licences() -> None:
    line = word_row("The wandering outlaw of his own dark mind").words
    assert reading("iambic", line).licence > reading("iambic", line, strict=True).licence == 0


@given(st.text())
def test_any_text_can_be_scanned(text: str) -> None:
    poem = scan(text)
    assert len(poem.lines) == len(poem.rows) == len(poem.expected) == sum(map(len, stanzas(text)))
    for line in poem.lines:
        assert sum(line.words) == len(line.marks) == sum(map(len, line.classes))
        assert line.beats == line.marks.count("+")


@given(
    st.lists(
        st.sampled_from(["day", "eternity", "above", "a", "o'er", "unto", "remember", "xyzzy"]), min_size=4, max_size=4
    )
)
def test_an_open_ended_scan_does_not_hang_on_the_words_at_the_end(words: list[str]) -> None:
    before = [line.rsplit(" ", 1)[0] for line in SONNET.splitlines()]
    before[1] += " and the"
    poem, other = (
        open_ended([[f"{line} {word}." for line, word in zip(before, ends, strict=True)]])
        for ends in (words, ["moon"] * 4)
    )
    assert (poem.foot, poem.rows, poem.lines, poem.expected) == (other.foot, other.rows, other.lines, other.expected)
    assert poem.foot == "iambic"
    assert poem.expected == (5, 5, 5, 5)


def test_an_open_ended_scan_is_near_the_scan() -> None:
    for text, name in ((ASSYRIAN, "anapestic"), (SONNET, "iambic"), (BALLAD, "iambic")):
        poem = open_ended(stanzas(text))
        assert poem.foot == name
        assert regularity(poem.foot, [line.marks for line in poem.lines], poem.expected) >= 0.75
    assert open_ended([]).lines == ()
    assert [line.marks for line in open_ended([["", "42"]]).lines] == ["", ""]


def test_huge_texts_take_linear_time() -> None:
    start = perf_counter()
    assert len(scan("the sea and all its ships " * 40_000).lines) == 1
    lines = scan("roses\n" * 100_000).lines
    assert len(lines) == 100_000
    assert [lines[MOST_LINES - 1].marks, lines[MOST_LINES].marks] == ["+-", ""]
    assert perf_counter() - start < 5


def test_the_measure_of_gold_poems() -> None:
    rows = gold_rows("prosody/scansion-litlab/scansion-litlab.jsonl")
    names = [measure("\n\n".join("\n".join(stanza["lines"]) for stanza in row["stanzas"])) for row in rows]
    right = sum(row["foot"] in name and row["measure"] in name for row, name in zip(rows, names, strict=True))
    assert right >= 0.87 * len(rows)


def test_sonnets_are_pentameter_and_free_verse_has_no_measure() -> None:
    rows = gold_rows("prosody/forms/forms.jsonl")
    sonnets = [measure(row["text"]) for row in rows if row["forms"][0] == "sonnet"][::4]
    free = [measure(row["text"]) for row in rows if row["forms"][0] == "free verse"]
    assert sum(name == "iambic pentameter" for name in sonnets) >= 0.85 * len(sonnets)
    assert sum(name == "" for name in free) >= 0.6 * len(free)
