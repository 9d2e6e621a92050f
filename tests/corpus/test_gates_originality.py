"""Copied verse, questions of the test and near-duplicates are caught in every disguise, fast and in little memory."""

from __future__ import annotations

import random
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from planted import KETTLE, disguises, gates_against, reasons, row

from bardsmith.corpus.config import CorpusConfig
from bardsmith.corpus.gates.known import known_of
from bardsmith.corpus.reading import conversation_files, prompt_files
from bardsmith.outputs import StudyFolder, read_records
from bardsmith.overlap import duplicates
from bardsmith.overlap.duplicates import NEAR, Shingles
from bardsmith.overlap.runs import Runs, plain_words, run_hashes
from bardsmith.records import Conversation, Message, Prompt

FILES = conversation_files(CorpusConfig(), StudyFolder(Path()))
STARTER = [row for file in FILES for row in read_records(file, Conversation)]
HELD_OUT = read_records(prompt_files(CorpusConfig())[0], Prompt)
COUPLETS = [each for each in STARTER if len(plain_words(" ".join(each.answer.split("\n")[:2]))) >= 8]
"""Those that begin with a couplet long enough to be copied: seven words are no copy."""
LONG = random.Random(2).sample([each for each in COUPLETS if len(each.answer.split()) >= 24], 20)
KNOWN = known_of(((each.id, each.answer) for each in STARTER), HELD_OUT)


@pytest.mark.parametrize("source", LONG, ids=lambda each: each.id)
def test_a_copied_couplet_is_caught_in_the_middle_of_a_new_poem(source: Conversation) -> None:
    couplet = "\n".join(source.answer.split("\n")[:2])
    before, after = KETTLE.split("\n")[:2], KETTLE.split("\n")[2:]
    for disguise in disguises(couplet, seed=len(couplet)):
        poem = "\n".join([*before, disguise, *after])
        found = reasons(row(poem), "copied", KNOWN)
        assert [source.id in reason for reason in found] == [True], (poem, found)
    assert reasons(row(KETTLE), "copied", KNOWN) == []


def test_eight_words_are_a_copy_and_seven_are_none() -> None:
    words = plain_words(LONG[0].answer)
    for start in range(len(words) - 8):
        assert reasons(row(f"Oh, {' '.join(words[start : start + 8])}, oh"), "copied", KNOWN)
        assert not reasons(row(f"Oh, {' '.join(words[start : start + 7])}, oh"), "copied", KNOWN)


def test_the_text_that_an_answer_was_made_from_is_a_source_too() -> None:
    source = LONG[1]
    assert gates_against(row(source.answer, made_from=(source.id,)), KNOWN) == {"copied"}
    assert gates_against(row(source.answer, made=None, made_from=(source.id,)), KNOWN) == set()
    assert gates_against(row(source.answer, made=None, id=source.id), KNOWN) == set()
    assert gates_against(row(source.answer, made=None), KNOWN) == {"copied"}


def test_a_human_poem_may_stand_in_two_printings_but_not_quote_another() -> None:
    poem, other = LONG[2].answer, LONG[3].answer
    known = known_of([("mine", poem), ("printing", poem.replace("the", "ye", 1)), ("other", other)])
    assert gates_against(row(poem, made=None, made_from=("mine",)), known) == set()
    quoting = f"{poem}\n{other.split(chr(10))[0]}\n{other.split(chr(10))[1]}"
    assert "copied" in gates_against(row(quoting, made=None, made_from=("mine",)), known)


def prompt(question: str, *reference: str) -> Prompt:
    return Prompt(
        id="p1", item="p1", kind="fact", messages=(Message(role="user", content=question),), reference=reference
    )


PASSAGE = (
    "The lighthouse at Corran Point was finished in 1871. Its lamp burned oil until 1934, when an electric light was "
    "fitted, and the last keeper took the brass bell home with him to the village."
)


def test_held_out_prompts_are_caught_in_question_and_answer() -> None:
    known = known_of(held_out=[prompt(f"{PASSAGE}\n\nWhen did it stop?", "1934"), prompt("Who keeps the bell?")])
    for disguise in disguises(PASSAGE):
        assert "contaminated" in gates_against(row(KETTLE, f"Dear bard, a tale for you. {disguise} What of it?"), known)
        assert "contaminated" in gates_against(row(f"{KETTLE}\n{disguise}"), known)
    for disguise in disguises("Who keeps the bell?"):
        assert "contaminated" in gates_against(row(KETTLE, disguise), known)
    assert gates_against(row(KETTLE, "Who keeps the bell of the church?"), known) == set()
    assert (
        gates_against(row("The lamp went dark, they say, in 1934,\nand no one ever lit it any more."), known) == set()
    )


def test_an_earlier_turn_is_looked_at_and_the_system_prompt_is_not() -> None:
    known = known_of(held_out=[prompt("Who keeps the bell?")])
    says = [
        ("system", "Who keeps the bell?"),
        ("user", "hi"),
        ("assistant", "Hello."),
        ("user", "Sing!"),
        ("assistant", KETTLE),
    ]
    turns = [Message.model_validate({"role": role, "content": text}) for role, text in says]
    conversation = row(KETTLE).model_copy(update={"messages": tuple(turns)})
    assert gates_against(conversation, known) == set()
    turns[1] = Message(role="user", content="WHO keeps the bell")
    assert gates_against(conversation.model_copy(update={"messages": tuple(turns)}), known) == {"contaminated"}


@pytest.mark.parametrize("heldout", HELD_OUT, ids=lambda each: each.id)
def test_every_held_out_prompt_that_ships_is_caught(heldout: Prompt) -> None:
    for disguise in disguises(heldout.question):
        assert "contaminated" in gates_against(row(KETTLE, disguise), KNOWN)


def test_run_hashes_are_the_same_in_every_process() -> None:
    code = "from bardsmith.overlap.runs import run_hashes; print(run_hashes('a b c d'.split(), 3))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(run_hashes(["a", "b", "c", "d"], 3))


def test_the_runs_of_many_poems_take_twelve_bytes_each() -> None:
    drawn = random.Random(1)
    letters = [f"w{i}" for i in range(3000)]
    tracemalloc.start()
    runs = Runs(8, ((str(i), " ".join(drawn.choices(letters, k=130))) for i in range(300)))
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(runs) > 36_000
    assert kept < 16 * len(runs) + 100_000
    assert peak < 140 * len(runs) + 100_000


# Near-duplicates


def jaccard(one: str, other: str) -> float:
    """By the definition, without hashes."""
    sets = [set(zip(*(plain_words(text)[i:] for i in range(5)), strict=False)) for text in (one, other)]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def edited(text: str, changes: int, drawn: random.Random) -> str:
    words = text.split(" ")
    for place in drawn.sample(range(len(words)), min(changes, len(words))):
        words[place] = f"{words[place]}x"
    return " ".join(words)


def test_near_duplicates_are_found_exactly_as_defined() -> None:
    drawn = random.Random(9)
    for source in LONG:
        known = Shingles()
        for other in STARTER:
            if other.id != source.id:
                known.add(other.id, other.answer)
        known.add(source.id, source.answer)
        for changes in range(8):
            copy = edited(source.answer, changes, drawn)
            true = jaccard(copy, source.answer)
            found = known.nearest(copy)
            assert (found is not None) == (true >= NEAR), (changes, true)
            assert found is None or (found[0] == source.id and found[1] == pytest.approx(true))


def test_duplicates_are_found_in_disguise_and_in_short_texts() -> None:
    known = Shingles()
    texts = [*(each.answer for each in LONG), "I see.", "A bell at dusk", "One two three four five"]
    for text in texts:
        known.add(text, text)
    for text in texts:
        for disguise in disguises(text):
            assert known.nearest(disguise) == (text, 1.0)
    assert known.nearest("I see it.") is None
    assert known.nearest("?!") is None


def test_no_two_starter_poems_are_near_duplicates() -> None:
    known = Shingles()
    for each in STARTER:
        assert known.nearest(each.answer) is None
        known.add(each.id, each.answer)


def test_a_stock_opening_makes_no_two_texts_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limericks begin alike; without a second thought every one would be compared with all before it."""
    compared: list[object] = []

    def counted(*both: object) -> float:
        compared.append(both)
        return 0.0

    monkeypatch.setattr(duplicates, "_jaccard", counted)
    drawn = random.Random(4)
    words = [f"word{i}" for i in range(2000)]
    known = Shingles()
    for i in range(300):
        text = "There was a young lady of " + " ".join(drawn.choices(words, k=30))
        known.nearest(text)
        known.add(str(i), text)
    assert not compared
    known.nearest(text)
    assert len(compared) == 1
