"""Prose, wrappers, loops, junk, lost answers, foreign and long answers are caught; what is sound passes."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import KETTLE, gates_against, reasons, row

from bardsmith.corpus.config import CorpusConfig
from bardsmith.corpus.gates.known import Fit, known_of
from bardsmith.corpus.gates.objections import objections
from bardsmith.corpus.reading import conversation_files
from bardsmith.outputs import StudyFolder, read_records
from bardsmith.records import Conversation

STARTER = [
    row for file in conversation_files(CorpusConfig(), StudyFolder(Path())) for row in read_records(file, Conversation)
]
SOUND = random.Random(3).sample([each for each in STARTER if len(each.answer.split("\n")) >= 4], 24)
PROSE = (
    "A kettle is a vessel for boiling water. Most kettles are made of steel, and many of them switch themselves off as "
    "soon as the water has come to the boil, which takes a few minutes."
)


def test_a_sound_poem_passes() -> None:
    assert objections(row(KETTLE, form="quatrain", reference=("tea",)), known_of(most_lines=4)) == ()


@pytest.mark.parametrize("sound", SOUND, ids=lambda each: each.id)
@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("Sure! Here is a poem for you:\n\n", "", "talk before the poem"),
        ("**A Poem of the Morning**\n\n", "", "a title"),
        ("# A Poem\n\n", "", "a title"),
        ("", "\n\nI hope you like this poem! Let me know if you want another.", "talk after the poem"),
        ("```\n", "\n```", "a code fence"),
        ("", "\n<|im_end|>", "a tag or token"),
        ("[Verse 1]\n", "", "a section tag"),
    ],
)
def test_whatever_stands_round_a_poem_is_caught_and_named(
    sound: Conversation, before: str, after: str, named: str
) -> None:
    found = reasons(row(before + sound.answer + after), "wrapper")
    assert any(named in reason for reason in found), found
    quoted = (before + after).strip().split("\n")[0]
    assert any(quoted[:30] in reason for reason in found)


@pytest.mark.parametrize("sound", SOUND[:12], ids=lambda each: each.id)
def test_loops_are_caught_wherever_a_poem_turns_into_one(sound: Conversation) -> None:
    lines = [line for line in sound.answer.split("\n") if line]
    for plant in (
        [*lines, *[lines[-1]] * 4],
        [*lines[:2], *[lines[2]] * 6],
        [*lines, *lines[-2:] * 4],
        lines * 4,
        [*lines, *[f"And the {noun} is in the garden," for noun in ("cat", "dog", "sun", "hen", "cup", "bee")] * 2],
    ):
        assert "loop" in gates_against(row("\n".join(plant))), plant


def test_lines_said_again_are_held_against_a_form_without_refrains() -> None:
    lines = KETTLE.split("\n")
    again = "\n".join([*lines, "", lines[0], "the rain is on the pane,", lines[2], "and Monday comes again."])
    assert reasons(row(again, form="quatrain"), "loop") == []
    worse = "\n".join([*lines, "", lines[0], lines[1], lines[2], "and all is calm and fair."])
    assert reasons(row(worse, form="quatrain"), "loop") == [
        "38% of the lines repeat an earlier one, 30% at most wanted"
    ]
    assert reasons(row(worse), "loop") == []


def test_a_triolet_is_no_loop() -> None:
    triolet = (
        "The kettle is the first to sing,\nbefore the birds, before the light.\nNo matter what the day may bring,\n"
        "the kettle is the first to sing.\nIt has no feather and no wing,\nit only has an appetite.\n"
        "The kettle is the first to sing,\nbefore the birds, before the light."
    )
    assert objections(row(triolet, form="triolet"), known_of()) == ()


@pytest.mark.parametrize(
    "prose", [PROSE, "\n\n".join(PROSE.split(". ")), "- boil water\n- warm the pot\n- pour\n- wait"]
)
def test_prose_is_caught_unless_it_is_replayed(prose: str) -> None:
    assert "verse" in gates_against(row(prose))
    assert "verse" in gates_against(row(prose, kind="replay", form="free verse"))
    assert not gates_against(row(prose + ".", kind="replay"))


def test_a_replayed_loop_is_caught() -> None:
    assert "loop" in gates_against(row("It is warm. " * 40, kind="replay"))


@pytest.mark.parametrize(
    ("answer", "gate"),
    [
        (KETTLE + "\n\nAnd then the", "complete"),
        (KETTLE.rstrip(".") + ",", "complete"),
        (KETTLE.replace("the clove", "th\u00c3\u00a9 cl\u00e2\u20acve \ufffd\ufffd"), "junk"),
        ("Blirk snoffle grend the vosk,\nmibble tarn quesk frool,\nzent plibber hosk the nolk,\n"
         "vreem snick gobbel drool.", "junk"),
        ("Le chat est dans la chambre\net la lune sur le toit,\nil dort jusqu'en d\u00e9cembre\n"
         "et moi je pense \u00e0 toi.", "language"),
        ("Der Mond ist aufgegangen,\ndie goldnen Sternlein prangen\nam Himmel hell und klar,\n"
         "der Wald steht schwarz und schweiget.", "language"),
        ("Kissa nukkuu tuolin alla,\nsade soittaa ikkunaa,\ny\u00f6 on pitk\u00e4, maa on halla,\n"
         "kello seinall\u00e4 taas ly\u00f6 aa.", "language"),
    ],
)  # fmt: skip
def test_half_poems_noise_and_other_languages_are_caught(answer: str, gate: str) -> None:
    assert gate in gates_against(row(answer))


def test_a_foreign_word_or_two_do_no_harm() -> None:
    verse = "She said au revoir to the rain on the pane,\nand c'est la vie to the five o'clock train."
    assert not gates_against(row(verse))


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("In nineteen thirty-four the lamp went out,\nand no one lit it, or came about.", "1934"),
        ("In 1934 the lamp went out,\nand no one lit it, or came about.", "nineteen thirty-four"),
        ("Three hundred and eight they gave away\nbefore the lights went out that day.", "308"),
        ("They gave away 308, they say,\nbefore the lights went out that day.", "three hundred eight"),
        ("A hundred ships, the poet swore,\nand not a single vessel more.", "100"),
        ("It costs 1,500 to repair,\nthe man said, leaning on the chair.", "1500"),
        ("The twenty-first of June it came\nand set the meadow grass aflame.", "21st"),
        ("The name you want is BEYONC\u00c9, friend:\nshe sang it to the very end.", "Beyonce"),
        ("He lived in Saint-\nExup\u00e9ry's house by the sea,\nand wrote of a prince.", "Saint-Exup\u00e9ry"),
        ("It was the Battle\nof Hastings, they say,\nthat ended the king.", "The Battle of Hastings"),
        ("That is Canberra's doing: the town\nwas built when two cities both wanted the crown.", "Canberra"),
    ],
)  # fmt: skip
def test_an_answer_survives_in_any_spelling(answer: str, reference: str) -> None:
    assert reasons(row(answer, reference=("quite another thing", reference)), "reference") == []


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("The category is a thing of note,\nand so is every learned quote.", "cat"),
        ("In nineteen thirty-five the lamp went out,\nand no one lit it, or came about.", "1934"),
        ("In 19345 boxes lay the tea,\nand one of them was meant for me.", "1934"),
        ("The Hastings train, a battle of a kind,\nleft half the Sunday travellers behind.", "Battle of Hastings"),
    ],
)
def test_a_lost_answer_is_told_with_all_its_names(answer: str, reference: str) -> None:
    found = reasons(row(answer, reference=(reference, "or this")), "reference")
    assert found == [f'one of these must stand in the poem: "{reference}", "or this"']


def test_every_starter_poem_without_its_fact_is_caught() -> None:
    asked = [each for each in STARTER if each.reference]
    assert len(asked) > 80
    for each in asked:
        lost = " ".join(each.reference).split()
        words = {word.strip(".,").casefold() for word in lost}
        answer = "\n".join(
            " ".join("thing" if any(lost in word.casefold() for lost in words) else word for word in line.split())
            for line in each.answer.split("\n")
        )
        assert "reference" in gates_against(row(answer, reference=each.reference)), answer


def test_answers_that_are_too_long_are_told_by_how_much() -> None:
    known = known_of(fit=Fit(lambda row: len(row.answer.split()), 20), most_lines=3)
    assert reasons(row(KETTLE), "length", known) == [
        "the answer has 4 lines, 3 at most wanted",
        "with its question the answer has 24 tokens, 20 at most wanted; make it shorter",
    ]


@settings(max_examples=150, deadline=None)
@given(st.text(min_size=1), st.sampled_from([None, "haiku", "sonnet", "tercet", "free verse", "couplet", "ballad"]))
def test_any_text_gets_its_verdict(text: str, form: Any) -> None:
    assert all(each.gate and each.reason for each in objections(row(text, form=form), known_of()))


@pytest.mark.parametrize("text", ["I\n\nII", "# Title", "[Verse 1]\n[Chorus]", "...", "\n", "12\n34", "Envoy"])
def test_texts_without_a_line_of_verse_are_refused(text: str) -> None:
    for form in ("haiku", "sonnet", "quatrain", "free verse", "blank verse"):
        assert gates_against(row(text, form=form))


def test_human_poems_pass_the_loop_and_copy_gates_with_their_own_text_left_out() -> None:
    path = Path(os.environ.get("BARDSMITH_DATA", "")) / "poems_pd" / "poems.jsonl"
    if not path.is_file():
        pytest.skip("set BARDSMITH_DATA to the folder of development data")
    poems = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    known = known_of((poem["id"], poem["text"]) for poem in poems)
    sample = random.Random(11).sample(poems, 500)
    rows = [row(each["text"], id=f"row-{each['id']}", made_from=(each["id"],), made=None) for each in sample]
    flagged = [each.id for each in rows if gates_against(each, known) & {"loop", "copied"}]
    assert len(flagged) <= 15, flagged
