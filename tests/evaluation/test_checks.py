"""The checks: what each finds, what it leaves alone, and every threshold on human verse and on prose."""

from __future__ import annotations

import json
import random
import re

import pytest
from answers import PROSE, RHYMED, data, read

from bardsmith.evaluation import checks
from bardsmith.evaluation.memorised import Memory
from bardsmith.results import Check
from bardsmith.verse.soundness.gibberish import gibberish

LOOP = "The rice is white and the pot is hot,\nand the steam goes up to the sky a lot.\n"
PREAMBLE = (
    "Certainly! Here is a short poem about the cooking of rice, written for you as you asked me to do. I hope it helps."
)
TRIOLET = (
    "The rice is on, the table laid,\nI wait for you beside the door.\nThe evening deepens into shade:\n"
    "the rice is on, the table laid.\nThe little plans that we had made\nare what I keep the candle for.\n"
    "The rice is on, the table laid,\nI wait for you beside the door."
)


@pytest.mark.parametrize(
    ("check", "cap", "text"),
    [
        ("empty", 0, " \n "),
        ("empty", 0, "...!"),
        ("degenerate", 0, "Uoayqusei gzole xekce tkioo evcez egudoipe jbiveyuth muaaou qwaej"),
        ("degenerate", 0, LOOP * 12),
        ("degenerate", 0, "The rice is good. " * 40),
        ("looping", 2, RHYMED + "\nThe rice is good.\nThe rice is good.\nThe rice is good.\nThe rice is good."),
        ("looping", 1, "".join(f"{RHYMED}\n\n" for _ in range(3))),
        ("not verse", 2, PROSE),
        ("not verse", 2, "- rinse the rice\n- boil the rice\n- wait"),
        ("mixed", 3, f"{PREAMBLE}\n\n{RHYMED}"),
        ("cut off", 3, RHYMED.removesuffix("and be light.") + "and"),
    ],
)
def test_each_check_finds_its_fault(check: Check, cap: int, text: str) -> None:
    found = checks.lowest(checks.faults(read(text)))
    assert found is not None
    assert (found.check, found.cap) == (check, cap), found


@pytest.mark.parametrize("text", [RHYMED, TRIOLET])
def test_sound_verse_and_refrains_have_no_fault(text: str) -> None:
    assert checks.faults(read(text)) == ()


def test_the_gravest_fault_comes_first() -> None:
    assert checks.faults(read("The rice is good. " * 40))[0].check == "degenerate"
    assert list(checks.CAPS) == ["empty", "degenerate", "looping", "not verse", "mixed", "cut off", "memorised"]


def test_prose_in_short_lines_is_no_verse() -> None:
    chopped = (
        "Photosynthesis is the process by which\ngreen plants and some other organisms\nuse sunlight to make foods\n"
        "from carbon dioxide and water.\nPhotosynthesis in plants generally involves\nthe green pigment chlorophyll\n"
        "and generates oxygen as a byproduct."
    )
    assert read(chopped).layout.is_verse, "by layout alone it would pass"
    assert not checks.stands_as_verse(read(chopped))
    assert checks.stands_as_verse(read(RHYMED))


def test_the_length_limit_fails_only_what_it_cut() -> None:
    cut = "Rinse the rice,\nboil the rice,\nand then"
    assert checks.hard_failure(read(cut, finish="length"))
    assert checks.hard_failure(read(cut, finish="unknown"))
    assert not checks.hard_failure(read(cut))
    assert not checks.hard_failure(read(RHYMED, finish="length"))
    assert not checks.complete(read(RHYMED, finish="length"))
    assert checks.complete(read(RHYMED, finish="unknown"))


def test_foreign_names_in_sound_text_make_no_gibberish() -> None:
    text = (
        "Nkosazana Mthunzi, Xhanti Ngqobile, Zwelethu Khwezi, Thandeka Nomvula, Lwandle Sibusiso, Vuyisile Nomathemba, "
        "Mzwandile Qhawekazi, Bhekizizwe Ntombizodwa, Sizwe Nobuhle, Lindiwe Zanele, Jabulani Nokuthula, Themba Sipho. "
        "These are the people who met at the river by day and by night, and who told one another what they had seen on "
        "the way from the hills in the north to the broad and slow water of the plain, where all the fields are green "
        "and the boats go up and down with corn and stones and with the letters that they write to those at home."
    )
    assert gibberish(text).gibberish, "so it looks to the verse room"
    assert not checks.degenerate(read(text))


def test_leaks_are_seen() -> None:
    system = "You are the keeper of verse and you answer every question in lines that rhyme, whatever is asked of you."
    assert read(f"{RHYMED}\n{system}", system=system).leaked
    assert read("User: How do I cook rice?\nAI: You rinse it.\nUser: And then?\nAI: You boil it.").leaked
    assert read("You MUST answer in verse.\nNEVER use lists.").leaked
    assert not read(RHYMED, system=system).leaked


def test_twenty_words_in_a_row_are_memorised_and_nineteen_are_not() -> None:
    words = [f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    memory = Memory([" ".join(words)])
    assert memory.copied("so " + " ".join(words[3:23])).startswith("wordd worde")
    assert memory.copied("so " + " ".join(words[3:22]) + " end") == ""


def _chopped(text: str, draw: random.Random) -> str:
    """Prose cut at phrase bounds into lines of four to nine words."""
    lines = []
    for phrase in re.split(r"(?<=[.!?,;:])\s+", text.strip()):
        words = phrase.split()
        while words:
            number = draw.randint(4, 9)
            lines.append(" ".join(words[:number]))
            words = words[number:]
    return "\n".join(lines)


def test_thresholds_on_human_verse_and_prose() -> None:
    """The regression test of all thresholds; docs/evaluation.md gives the figures."""
    draw = random.Random(1)
    poems = [json.loads(line)["text"] for line in data("poems_pd", "poems.jsonl").open(encoding="utf-8")]
    answers = [json.loads(line)["response"] for line in data("dolly_open_qa", "open_qa.jsonl").open(encoding="utf-8")]
    verse = draw.sample(poems, 300)
    prose = draw.sample([text for text in answers if 40 <= len(text.split()) <= 200], 200)
    read_verse, read_prose = [read(text, finish="unknown") for text in verse], [read(text) for text in prose]
    chopped = [read(_chopped(text, draw)) for text in prose]
    assert sum(map(checks.stands_as_verse, read_verse)) >= 0.97 * 300
    assert sum(map(checks.stands_as_verse, read_prose)) <= 0.01 * 200
    assert sum(map(checks.stands_as_verse, chopped)) <= 0.25 * 200
    assert sum(bool(checks.degenerate(each)) for each in read_verse) <= 0.01 * 300
    assert sum(each.repetition.looping for each in read_verse) <= 0.01 * 300
    assert sum(map(checks.complete, read_verse)) >= 0.95 * 300
