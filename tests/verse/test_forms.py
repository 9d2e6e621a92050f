"""Forms on poems that everybody knows, on poems with one clause broken, and on the gold set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pytest
from gold import gold_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from poems import SONNET, WEST_WIND

from bardsmith.verse import analyse
from bardsmith.verse.forms.clauses import FormScore
from bardsmith.verse.forms.pattern import pattern
from bardsmith.verse.forms.shape import MOST_LINES, Shape, poem_lines, shaped
from bardsmith.verse.forms.verdicts import form, forms, shape_of
from bardsmith.verse.lineation import stanzas

ON_HIS_BLINDNESS = """\
When I consider how my light is spent,
Ere half my days, in this dark world and wide,
And that one talent which is death to hide
Lodged with me useless, though my soul more bent
To serve therewith my Maker, and present
My true account, lest he returning chide;
"Doth God exact day-labour, light denied?"
I fondly ask. But patience, to prevent
That murmur, soon replies, "God doth not need
Either man's work or his own gifts; who best
Bear his mild yoke, they serve him best. His state
Is kingly. Thousands at his bidding speed
And post o'er land and ocean without rest:
They also serve who only stand and wait.\""""

HOUSE_ON_THE_HILL = """\
They are all gone away,
The House is shut and still,
There is nothing more to say.

Through broken walls and gray
The winds blow bleak and shrill:
They are all gone away.

Nor is there one to-day
To speak them good or ill:
There is nothing more to say.

Why is it then we stray
Around the sunken sill?
They are all gone away,

And our poor fancy-play
For them is wasted skill:
There is nothing more to say.

There is ruin and decay
In the House on the Hill:
They are all gone away,
There is nothing more to say."""

TRIOLET = """\
When first we met we did not guess
That Love would prove so hard a master;
Of more than common friendliness
When first we met we did not guess.
Who could foretell this sore distress,
This irretrievable disaster
When first we met? We did not guess
That Love would prove so hard a master."""

FLANDERS_FIELDS = """\
In Flanders fields the poppies blow
Between the crosses, row on row,
That mark our place; and in the sky
The larks, still bravely singing, fly
Scarce heard amid the guns below.

We are the Dead. Short days ago
We lived, felt dawn, saw sunset glow,
Loved and were loved, and now we lie
In Flanders fields.

Take up our quarrel with the foe:
To you from failing hands we throw
The torch; be yours to hold it high.
If ye break faith with us who die
We shall not sleep, though poppies grow
In Flanders fields."""

DEAD_LADIES = """\
Tell me now in what hidden way is
Lady Flora the lovely Roman?
Where's Hipparchia, and where is Thais,
Neither of them the fairer woman?
Where is Echo, beheld of no man,
Only heard on river and mere,
She whose beauty was more than human?
But where are the snows of yester-year?

Where's Heloise, the learned nun,
For whose sake Abeillard, I ween,
Lost manhood and put priesthood on?
(From Love he won such dule and teen!)
And where, I pray you, is the Queen
Who willed that Buridan should steer
Sewed in a sack's mouth down the Seine?
But where are the snows of yester-year?

White Queen Blanche, like a queen of lilies,
With a voice like any mermaiden,
Bertha Broadfoot, Beatrice, Alice,
And Ermengarde the lady of Maine,
And that good Joan whom Englishmen
At Rouen doomed and burned her there,
Mother of God, where are they then?
But where are the snows of yester-year?

ENVOI

Nay, never ask this week, fair lord,
Where they are gone, nor yet this year,
Save with thus much for an overword,
But where are the snows of yester-year?"""

TRAMP_ROYAL = """\
Speakin' in general, I 'ave tried 'em all,
The 'appy roads that take you o'er the world.
Speakin' in general, I 'ave found them good
For such as cannot use one bed too long,
But must get 'ence, the same as I 'ave done,
An' go observin' matters till they die.

What do it matter where or 'ow we die,
So long as we've our 'ealth to watch it all,
The different ways that different things are done,
An' men an' women lovin' in this world;
Takin' our chances as they come along,
An' when they ain't, pretendin' they are good?

In cash or credit, no, it aren't no good;
You 'ave to 'ave the 'abit or you'd die,
Unless you lived your life but one day long,
Nor didn't prophesy nor fret at all,
But drew your tucker some'ow from the world,
An' never bothered what you might ha' done.

But, Gawd, what things are they I 'aven't done!
I've turned my 'and to most, an' turned it good,
In various situations round the world,
For 'im that doth not work must surely die;
But that's no reason man should labour all
'Is life on one same shift, life's none so long.

Therefore, from job to job I've moved along.
Pay couldn't 'old me when my time was done,
For something in my 'ead upset me all,
Till I 'ad dropped whatever 'twas for good,
An', out at sea, be'eld the dock-lights die,
An' met my mate, the wind that tramps the world!

It's like a book, I think, this bloomin' world,
Which you can read and care for just so long,
But presently you feel that you will die
Unless you get the page you're readin' done,
An' turn another, likely not so good;
But what you're after is to turn 'em all.

Gawd bless this world! Whatever she 'ath done,
Excep' when awful long I've found it good.
So write, before I die, "'E liked it all!\""""

PANTOUM = """\
The rain is falling on the town,
The lamps are lit along the quay,
The evening lets its curtain down,
And ships are coming home from sea.

The lamps are lit along the quay,
The gulls have settled for the night,
And ships are coming home from sea
Beneath the harbour's yellow light.

The gulls have settled for the night,
The rain is falling on the town
Beneath the harbour's yellow light;
The evening lets its curtain down."""

GHAZAL = """\
The lamps go out across the bay tonight,
And none of us has much to say tonight.

I kept a chair beside the fire for you;
The fire has burnt itself away tonight.

The road runs out as far as roads can run.
Who walks along it, who will stay tonight?

The clerk has shut his ledger and his door:
There are no debts that we can pay tonight.

Bardsmith, put up the hammer and the tongs:
The iron has no will to play tonight."""

LEAR = """\
There was an Old Man with a beard,
Who said, "It is just as I feared!
Two Owls and a Hen,
Four Larks and a Wren,
Have all built their nests in my beard!\""""

LEAR_IN_FOUR = """\
There was an Old Man with a beard,
Who said, "It is just as I feared!
Two Owls and a Hen, four Larks and a Wren,
Have all built their nests in my beard!\""""

CLERIHEW = """\
Sir Humphry Davy
Abominated gravy.
He lived in the odium
Of having discovered sodium."""

CINQUAIN = """\
Listen.
With faint dry sound,
Like steps of passing ghosts,
The leaves, frost-crisp'd, break from the trees
And fall."""

AMAZING_GRACE = """\
Amazing grace! How sweet the sound
That saved a wretch like me!
I once was lost, but now am found;
Was blind, but now I see.

'Twas grace that taught my heart to fear,
And grace my fears relieved;
How precious did that grace appear
The hour I first believed."""

PARADISE_LOST = """\
Of Man's first disobedience, and the fruit
Of that forbidden tree whose mortal taste
Brought death into the World, and all our woe,
With loss of Eden, till one greater Man
Restore us, and regain the blissful Seat,
Sing, Heavenly Muse, that, on the secret top
Of Oreb, or of Sinai, didst inspire
That Shepherd who first taught the chosen seed
In the beginning how the heavens and earth
Rose out of Chaos."""

TIGER = """\
Tyger Tyger, burning bright,
In the forests of the night;
What immortal hand or eye,
Could frame thy fearful symmetry?

In what distant deeps or skies,
Burnt the fire of thine eyes?
On what wings dare he aspire?
What the hand, dare seize the fire?"""

SPIDER = """\
A noiseless patient spider,
I mark'd where on a little promontory it stood isolated,
Mark'd how to explore the vacant vast surrounding,
It launch'd forth filament, filament, filament, out of itself,
Ever unreeling them, ever tirelessly speeding them."""

ELEGY = """\
The curfew tolls the knell of parting day,
The lowing herd wind slowly o'er the lea,
The plowman homeward plods his weary way,
And leaves the world to darkness and to me.

Now fades the glimm'ring landscape on the sight,
And all the air a solemn stillness holds,
Save where the beetle wheels his droning flight,
And drowsy tinklings lull the distant folds."""

DON_JUAN = """\
I want a hero: an uncommon want,
When every year and month sends forth a new one,
Till, after cloying the gazettes with cant,
The age discovers he is not the true one;
Of such as these I should not care to vaunt,
I'll therefore take our ancient friend Don Juan,
We all have seen him, in the pantomime,
Sent to the devil somewhat ere his time."""

KNOWN = {
    ("sonnet", "Shakespearean"): SONNET,
    ("sonnet", "Petrarchan"): ON_HIS_BLINDNESS,
    ("sonnet", "terza rima"): WEST_WIND,
    ("villanelle", ""): HOUSE_ON_THE_HILL,
    ("triolet", ""): TRIOLET,
    ("rondeau", ""): FLANDERS_FIELDS,
    ("ballade", ""): DEAD_LADIES,
    ("sestina", ""): TRAMP_ROYAL,
    ("pantoum", ""): PANTOUM,
    ("ghazal", ""): GHAZAL,
    ("limerick", ""): LEAR,
    ("clerihew", ""): CLERIHEW,
    ("cinquain", ""): CINQUAIN,
    ("haiku", ""): "An old silent pond.\nA frog jumps into the pond.\nSplash! Silence again.",
    ("common measure", ""): AMAZING_GRACE,
    ("blank verse", ""): PARADISE_LOST,
    ("couplet", ""): TIGER,
    ("free verse", ""): SPIDER,
    ("quatrain", ""): ELEGY,
    ("ottava rima", ""): DON_JUAN,
}


def verdict(text: str, name: str, kind: str = "", strict: bool = False) -> FormScore:
    return next(each for each in forms(shape_of(text, strict)) if (each.name, each.kind) == (name, kind))


@pytest.mark.parametrize(("name", "kind"), KNOWN)
def test_a_known_poem_is_in_its_form(name: str, kind: str) -> None:
    first = forms(shape_of(KNOWN[name, kind]))[0]
    assert (first.name, first.kind, first.holds) == (name, kind, True)
    assert form(KNOWN[name, kind])[0] == name


def test_stanza_breaks_of_a_villanelle_may_be_missing() -> None:
    assert form(HOUSE_ON_THE_HILL.replace("\n\n", "\n")) == ["villanelle"]


def test_a_limerick_may_stand_in_four_lines() -> None:
    assert form(LEAR_IN_FOUR) == ["limerick"]
    assert form(LEAR_IN_FOUR.replace("feared", "hoped")) != ["limerick"]


def test_common_measure_is_called_a_ballad_too_and_couplets_are_neither() -> None:
    assert form(AMAZING_GRACE) == ["common measure", "ballad"]
    assert form(TIGER) == ["couplet"]


@pytest.mark.parametrize(
    ("name", "kind", "old", "new", "fault"),
    [
        ("sonnet", "Shakespearean", "buds of May", "buds of June", "line 3 should rhyme with line 1"),
        ("sonnet", "Shakespearean", "life to thee", "life to him", "line 14 should rhyme with line 13"),
        ("villanelle", "", "sill?\nThey are all gone away", "sill\nOf the house by the bay", "line 12 should repeat"),
        (
            "triolet",
            "",
            "When first we met we did not guess.",
            "And neither of us said a word.",
            "line 4 should repeat",
        ),
        ("rondeau", "", "grow\nIn Flanders fields", "grow\nUpon our graves", "opening words should return"),
        (
            "ballade",
            "",
            "Seine?\nBut where are the snows of yester-year",
            "Seine?\nAnd no man is near",
            "line 16 should",
        ),
        ("sestina", "", "or 'ow we die", "or 'ow we live", "line 7 should end on 'die' as line 6 does"),
        (
            "pantoum",
            "",
            "\n\nThe lamps are lit along the quay",
            "\n\nA dog is barking by the sea",
            "line 5 should repeat",
        ),
        ("ghazal", "", "pay tonight", "pay again", "line 8 should end in the refrain"),
        ("limerick", "", "and a Wren", "and a Crow", "line 4 should rhyme with line 3"),
        (
            "haiku",
            "",
            "Splash! Silence again",
            "Splash! And silence falls again",
            "line 3 has 7 syllables instead of 5",
        ),
        ("common measure", "", "but now I see", "but now I know", "line 4 should rhyme"),
        ("couplet", "", "of the night", "of the dark", "line 1 rhymes with no neighbour"),
    ],
)
def test_a_broken_clause_is_told_and_costs(name: str, kind: str, old: str, new: str, fault: str) -> None:
    text = KNOWN[name, kind]
    assert old in text
    broken = verdict(text.replace(old, new), name, kind)
    assert broken.score < verdict(text, name, kind).score
    assert any(fault in each for each in broken.broken), broken.broken


@pytest.mark.parametrize("lines", [12, 13])
def test_a_sonnet_has_fourteen_lines(lines: int) -> None:
    short = verdict("\n".join(SONNET.split("\n")[:lines]), "sonnet", "Shakespearean")
    assert not short.holds
    assert f"{lines} lines instead of 14" in short.broken


def test_each_line_more_of_a_sonnet_raises_its_score() -> None:
    lines = SONNET.split("\n")
    scores = [verdict("\n".join(lines[:number]), "sonnet", "Shakespearean").score for number in range(4, 15)]
    assert scores == sorted(scores)
    assert scores[-1] > 0.9


def test_headings_are_no_lines() -> None:
    text = f"Sonnet\n\nXVIII.\n\n{SONNET}"
    assert len(shape_of(text)) == 14
    assert form(text) == ["sonnet"]
    assert poem_lines(stanzas("I\nOne line,\n[a note]\ntwo lines.\n\nENVOY\n\nThree.")) == [[1, 3], [5]]


def test_a_sequence_is_in_the_form_of_its_parts() -> None:
    assert form(f"I\n\n{SONNET}\n\nII\n\n{SONNET.replace('May', 'day')}") == ["sonnet"]
    assert form(f"{LEAR}\n\n{LEAR.replace('Hen', 'Crane').replace('Wren', 'Drain')}") == ["limerick"]


def test_paragraphs_are_a_prose_poem() -> None:
    paragraph = (
        "The day is fresh and fair, and there is a smell of tulips in the air of the room where I sit and wait. "
    )
    assert form(f"{paragraph * 2}\n\n{paragraph}") == ["prose poem"]


def test_double_spacing_hides_no_couplets() -> None:
    assert form(TIGER.replace("\n\n", "\n").replace("\n", "\n\n")) == ["couplet"]


def test_an_acrostic_spells_a_word() -> None:
    lines = [
        "Before the dawn the hammer rings,",
        "A spark goes up, the anvil sings,",
        "Red iron bends to what he brings,",
    ]
    assert verdict("\n".join([*lines, "Down in the dark.", "So it is done."]), "acrostic").holds  # bards
    assert not verdict("\n".join([*lines, "Down in the dark.", "Xylophones chime."]), "acrostic").holds


def test_strictly_a_repeated_end_word_is_no_rhyme() -> None:
    cheat = SONNET.replace("buds of May", "buds by day")
    assert verdict(cheat, "sonnet", "Shakespearean").score > 0.9
    strict = verdict(cheat, "sonnet", "Shakespearean", strict=True)
    other = verdict(SONNET.replace("buds of May", "buds of June"), "sonnet", "Shakespearean", strict=True)
    assert strict.score <= other.score < verdict(SONNET, "sonnet", "Shakespearean", strict=True).score


def test_strictly_a_repeated_line_is_no_line() -> None:
    thirteen = "\n".join(SONNET.split("\n")[:13])
    padded = f"{thirteen}\n{SONNET.split(chr(10))[12]}"
    strict = verdict(padded, "sonnet", "Shakespearean", strict=True)
    assert not strict.holds
    assert strict.score <= verdict(thirteen, "sonnet", "Shakespearean", strict=True).score


@pytest.mark.parametrize(("name", "kind"), [key for key in KNOWN if key[0] not in {"sestina", "free verse", "ballade"}])
def test_strictly_no_repeated_line_raises_the_score(name: str, kind: str) -> None:
    lines = KNOWN[name, kind].split("\n")
    before = verdict(KNOWN[name, kind], name, kind, strict=True).score
    full = [number for number, line in enumerate(lines) if line]
    for number, other in zip(full, reversed(full), strict=True):
        cheat = [lines[other] if i == number else line for i, line in enumerate(lines)]
        assert verdict("\n".join(cheat), name, kind, strict=True).score <= before


def made(labels: Sequence[str], beats: int = 5, strict: bool = False) -> Shape:
    lines = [f"{''.join(chr(97 + int(digit)) for digit in str(number))}x" for number in range(len(labels))]
    return shaped([lines], labels, [2 * beats] * len(lines), [beats] * len(lines), strict)


SCHEMES = {"Shakespearean": "ababcdcdefefgg", "Spenserian": "ababbcbccdcdee"}


@given(st.sampled_from(sorted(SCHEMES)), st.lists(st.sampled_from("abcdefg-"), min_size=14, max_size=14), st.data())
def test_mending_a_rhyme_never_lowers_the_score(kind: str, labels: list[str], data: st.DataObject) -> None:
    """Mended are lines that should rhyme and take a rhyme that no other line has."""
    group = data.draw(st.sampled_from(pattern(SCHEMES[kind]).groups))
    mended = ["z" if line in group else label for line, label in enumerate(labels)]
    before, after = (
        next(each for each in forms(made(some)) if (each.name, each.kind) == ("sonnet", kind))
        for some in (labels, mended)
    )
    assert after.score >= before.score


@settings(deadline=None)
@given(st.text(max_size=400) | st.lists(st.sampled_from(["", "a b", "the day", "I", "(x)", "-"])).map("\n".join))
def test_any_text_has_verdicts_in_order(text: str) -> None:
    for strict in (False, True):
        found = forms(shape_of(text, strict))
        assert all(0 <= each.score <= 1 for each in found)
        assert [each.holds for each in found] == sorted((each.holds for each in found), reverse=True)
    assert bool(form(text)) == bool(found)


@pytest.mark.parametrize("number", [8, 12, 19, 28])
def test_one_line_over_and_over_is_no_refrain_form(number: int) -> None:
    held = {each.name for each in forms(shape_of("\n".join(["The day is done."] * number))) if each.holds}
    assert held.isdisjoint({"triolet", "villanelle", "pantoum", "ghazal", "ballade", "rondeau", "sestina"})


def test_long_texts_are_cut() -> None:
    shape = made(["-"] * 5 * MOST_LINES)
    assert len(shape) == sum(shape.stanzas) == MOST_LINES
    assert forms(shape)[0].name in {"blank verse", "free verse"}


FIXED = (
    *("sonnet", "limerick", "triolet", "villanelle", "rondeau", "ballade", "sestina", "haiku"),
    *("couplet", "blank verse", "common measure", "ballad"),
)
LONG, EACH = 4_000, 15
"""Characters of a poem and poems of a form that are looked at: epics, and all the sonnets, would take a minute."""


def test_gold_forms() -> None:
    hits: dict[str, list[bool]] = defaultdict(list)
    for row in gold_rows("prosody/forms/forms.jsonl"):
        found = hits[row["forms"][0]]
        if len(row["text"]) < LONG and len(found) < EACH:
            gold = {*row["forms"], *(["ballad"] if "common measure" in row["forms"] else [])}
            found.append(not gold.isdisjoint(form(row["text"])))
    everything = [hit for found in hits.values() for hit in found]
    recalls = [sum(hits[name]) / len(hits[name]) for name in FIXED]
    assert sum(everything) / len(everything) >= 0.86
    assert sum(recalls) / len(recalls) >= 0.91


def test_ballad_and_common_measure_both_tell_the_rhymes_they_lack() -> None:
    text = (
        "A miller had a dusty coat\nand seven sacks of grain.\nHe rowed them in a leaky boat\nand he came home in June."
    )
    found = {score.name: score.broken for score in analyse(text).forms}
    assert found["ballad"]
    assert set(found["ballad"]) <= set(found["common measure"])
