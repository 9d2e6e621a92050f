"""A poem that claims a form keeps it, and what it breaks is told by line, with what was found and what is wanted."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from planted import KETTLE, reasons, row

from bardsmith.corpus.config import CorpusConfig
from bardsmith.corpus.reading import conversation_files
from bardsmith.outputs import StudyFolder, read_records
from bardsmith.records import Conversation, Form
from bardsmith.verse import analyse

STARTER = [
    row for file in conversation_files(CorpusConfig(), StudyFolder(Path())) for row in read_records(file, Conversation)
]
RHYMED = [each for each in STARTER if each.form in ("couplet", "quatrain", "ballad", "limerick", "sonnet")]


def told(form: Form, text: str) -> list[str]:
    return reasons(row(text, form=form), "form")


@pytest.mark.parametrize(
    ("form", "text", "faults"),
    [
        ("haiku", "Steam lifts from the cup.\nOutside, the first bus goes by.\nNobody is in the kitchen.",
         ["line 3 has 8 syllables, 5 wanted"]),
        ("haiku", "Steam lifts from the cup.\nOutside, the first bus goes by.", ["it has 2 lines, 3 wanted"]),
        ("haiku", "The kettle will ring.\nI wait for the steam to sing.\nIt is early spring.",
         ["the lines of a haiku should not rhyme"]),
        ("quatrain", KETTLE.replace("waiting there", "under the moon"),
         ['lines 2 and 4 should rhyme: "chair", "moon"']),
        ("quatrain", KETTLE.rpartition("\n")[0] + ".", ["stanza 1 has 3 lines, 4 wanted in each"]),
        ("couplet", "I put the kettle on the stone\nand drank my tea beneath the moon.",
         ['lines 1 and 2 should rhyme: "stone", "moon"']),
        ("couplet", KETTLE.rpartition("\n")[0] + ".", ["it has 3 lines, an even number wanted"]),
        ("sonnet", KETTLE, ["it has 4 lines, 14 wanted"]),
        ("villanelle", KETTLE, ["it has 4 lines, 19 wanted"]),
        ("limerick", "A kettle that lived on a stove\nhad quarrelled all night with a clove.\nIt whistled, it shook,\n"
         "it fell on the cook,\nand that was the end of the spoon.",
         ['lines 1 and 5 should rhyme: "stove", "spoon"']),
        ("triolet", "The kettle is the first to sing,\nbefore the birds, before the light.\nNo matter what the day may "
         "bring,\nI drink a cup of anything.\nIt has no feather and no wing,\nit only has an appetite.\nThe kettle is "
         "the first to sing,\nbefore the birds, before the light.",
         ['line 4 should repeat line 1: "The kettle is the first to sing,"']),
        ("free verse", KETTLE, ["100% of its lines rhyme, 35% at most wanted in free verse"]),
        ("blank verse", KETTLE, ["100% of its lines rhyme, 35% at most wanted",
                                 "only 0% of its lines are pentameters, 60% at least wanted"]),
        ("tercet", "The kettle sings,\nthe cat has found the chair,\nand Monday comes.",
         ['lines 1 and 3 should rhyme: "sings", "comes"']),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_its_line(form: Form, text: str, faults: list[str]) -> None:
    assert told(form, text) == faults


TERZA_RIMA = """The ferry left the quay at ten to four.
A boy ran down the steps and waved his coat;
the water had already left the shore.

The captain saw him, slowed, and turned the boat,
and thirty people stood along the rail
to cheer him on, as if he'd learned to float.

He told that story later, like a tale
of kings: how once a ship came back for him,
that had a timetable and tons of mail,

because a man looked round before the swim."""


def test_terza_rima_may_close_with_a_line_by_itself() -> None:
    assert told("tercet", TERZA_RIMA) == []
    assert told("tercet", TERZA_RIMA.replace("the swim", "the storm")) == [
        'lines 8 and 10 should rhyme: "him", "storm"'
    ]


def test_a_line_by_itself_that_is_a_sentence_is_no_title() -> None:
    poem = (
        "The wax.\n\nIt cannot open the tree.\nThey cannot find it.\nSo a hunter makes the sound\nthat his father made."
    )
    assert told("free verse", poem) == []
    assert told("free verse", poem.replace("The wax.", "The Honeyguide")) == [
        '"The Honeyguide" is no line of the poem; give the poem alone'
    ]


@pytest.mark.parametrize("sound", random.Random(5).sample(RHYMED, 60), ids=lambda each: f"{each.id}-{each.form}")
def test_a_broken_rhyme_is_found_wherever_it_stands(sound: Conversation) -> None:
    """One end word of a rhymed line is changed; the fault names its line and the new word."""
    assert sound.form
    drawn = random.Random(sound.id)
    lines = sound.answer.split("\n")
    read = {line.text: line for line in analyse(sound.answer).lines}
    ballad = sound.form in ("ballad", "quatrain")  # whose first and third lines need not rhyme
    numbered = [(i, line) for i, line in enumerate(line for line in lines if line) if not ballad or i % 2]
    number, victim = drawn.choice([(i, line) for i, line in numbered if line.rstrip(".,;:!?\"'")[-1].isalpha()])
    new = drawn.choice(["breakfast", "purple", "window", "silver", "pilgrim"])
    ends = read[victim].end_word
    at = victim.lower().rindex(ends)
    broken = sound.answer.replace(victim, victim[:at] + new + victim[at + len(ends) :])
    faults = told(sound.form, broken)
    assert any(f'"{new}"' in fault for fault in faults), (number + 1, broken, faults)


@pytest.mark.parametrize("sound", random.Random(6).sample(RHYMED, 30), ids=lambda each: f"{each.id}-{each.form}")
def test_a_line_too_few_is_found(sound: Conversation) -> None:
    assert sound.form
    assert told(sound.form, sound.answer.rpartition("\n")[0])


def test_every_haiku_with_a_word_more_is_found() -> None:
    """And told by its line, but where the longer line looks like something round the poem."""
    haiku = [each.answer.split("\n") for each in STARTER if each.form == "haiku"]
    named = []
    for first, second, third in haiku:
        for number, broken in enumerate(
            ([f"Quite often {first}", second, third], [first, f"{second} and also", third])
        ):
            faults = told("haiku", "\n".join(broken))
            assert faults, broken
            named.append(any(fault.startswith(f"line {number + 1} has ") for fault in faults))
    assert sum(named) >= 0.98 * len(named)


def test_numbers_are_read_out_before_they_are_judged() -> None:
    assert told("couplet", "The lamp was lit by Mister Clive\nuntil the year of 1935.") == []
    assert told("couplet", "The lamp was lit by Mister Clive\nuntil the year of 1938.") != []


def test_stanzas_keep_one_scheme() -> None:
    couplets = "The cat is on the chair,\nthe rain is everywhere,\nthe tea is in the pot,\nand all of it is hot."
    assert told("quatrain", couplets) == []
    assert told("quatrain", f"{KETTLE}\n\n{couplets}") != []


def test_a_word_in_no_dictionary_gets_the_benefit_of_the_doubt() -> None:
    assert told("couplet", "The wizard raised his hand to Vorblane\nand all the valley filled with rain.") == []


def test_a_row_without_a_form_may_have_any() -> None:
    assert reasons(row(KETTLE.replace("there", "on the moon")), "form") == []
