"""The corpus that ships: as large, varied and sound as it says, and apart from every prompt that is held out."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path
from statistics import median, median_low

import pytest

from bardsmith.corpus.config import CorpusConfig
from bardsmith.corpus.gates.form import SCHEMES
from bardsmith.corpus.gates.known import Known, known_of
from bardsmith.corpus.gates.objections import objections
from bardsmith.corpus.judging import repeats
from bardsmith.corpus.reading import conversation_files, prompt_files
from bardsmith.corpus.sameness import sameness_beside, shipped_human_verse
from bardsmith.corpus.split import plain
from bardsmith.outputs import StudyFolder, read_records
from bardsmith.records import Conversation, Kind, Prompt
from bardsmith.verse import analyse
from bardsmith.verse.poem import Line

FILES = conversation_files(CorpusConfig(), StudyFolder(Path()))
HELD_OUT = prompt_files(CorpusConfig())[0]
ROWS = [row for file in FILES for row in read_records(file, Conversation)]
PROMPTS = {file.stem: read_records(file, Prompt) for file in sorted(HELD_OUT.parent.glob("*.jsonl"))}
EVERY_PROMPT = list(chain.from_iterable(PROMPTS.values()))


@pytest.fixture(scope="module")
def known() -> Known:
    return known_of(((row.id, row.answer) for row in ROWS), EVERY_PROMPT)


def test_it_is_large_and_of_every_kind() -> None:
    assert len(ROWS) >= 1500
    assert len({row.id for row in ROWS}) == len({row.item for row in ROWS}) == len(ROWS)
    assert {row.licence for row in ROWS} == {"CC0-1.0"}
    kinds = Counter(row.kind for row in ROWS)
    wanted: dict[Kind, int] = {"howto": 350, "fact": 350, "closed_qa": 150, "summarize": 150, "chat": 250}
    assert {kind: kinds[kind] for kind, least in wanted.items() if kinds[kind] < least} == {}
    assert kinds["poem"] >= 80
    assert kinds["refusal"] >= 60
    assert kinds["lookalike"] >= 50
    assert sum(row.id.startswith("starter-hostile") for row in ROWS) >= 60
    assert sum(len(row.messages) > 2 for row in ROWS) >= 60


def test_no_form_and_no_length_prevails() -> None:
    forms = Counter(row.form for row in ROWS)
    assert set(forms) == {*SCHEMES, "haiku", "blank verse", "free verse"}
    assert max(forms.values()) <= 0.35 * len(ROWS)
    lengths = [sum(bool(line.strip()) for line in row.answer.split("\n")) for row in ROWS]
    assert 8 <= median(lengths) <= 10
    assert min(lengths) >= 2
    assert max(lengths) <= 28


def test_every_answer_passes_the_gates(known: Known) -> None:
    assert [(row.id, why) for row in ROWS if (why := objections(row, known))] == []
    assert repeats(ROWS) == {}


def test_an_earlier_turn_is_sound_verse_too() -> None:
    earlier = {
        f"{row.id}, turn {turn}": analyse(message.content)
        for row in ROWS
        for turn, message in enumerate(row.messages[:-1])
        if message.role == "assistant"
    }
    assert {name: poem.reasons for name, poem in earlier.items() if poem.reasons} == {}


def test_rhymes_are_heard_and_metres_kept() -> None:
    """By the strict ear, of all lines, those that a scheme leaves open, too; and no line is more than one syllable off
    the others of its poem with as many feet."""
    lines: list[Line] = []
    within = counted = 0
    for row in ROWS:
        if row.form not in SCHEMES and row.form != "blank verse":
            continue
        poem = analyse(row.answer)
        lines += poem.lines if row.form in SCHEMES else ()
        usual: dict[int, list[int]] = {}
        for line in poem.lines:
            usual.setdefault(line.feet, []).append(sum(line.syllables))
        within += sum(abs(sum(line.syllables) - median_low(usual[line.feet])) <= 1 for line in poem.lines)
        counted += len(poem.lines)
    assert sum(line.strict_rhyme != "-" for line in lines) >= 0.9 * len(lines)
    assert within >= 0.9 * counted


def test_it_is_no_more_alike_than_verse_by_people() -> None:
    human = shipped_human_verse()
    ours = sameness_beside([row.answer for row in ROWS], human)
    assert ours
    theirs = human.at_words(ours.words)
    assert theirs
    assert ours.stock_words <= 1.25 * theirs.stock_words
    assert ours.shared_runs <= theirs.shared_runs


def test_no_two_poems_share_six_words_in_a_row() -> None:
    seen: dict[tuple[str, ...], str] = {}
    for row in ROWS:
        words = "".join(c if c.isalnum() or c in "' " else " " for c in row.answer.casefold()).split()
        for run in zip(*(words[i:] for i in range(6)), strict=False):
            assert seen.setdefault(run, row.id) == row.id, run


def test_the_prompts_that_are_held_out_are_as_many_as_they_say() -> None:
    assert {name: len(prompts) for name, prompts in PROMPTS.items()} == {
        "dev": 100, "facts": 200, "held_out": 60, "safety": 240, "test": 300,
    }  # fmt: skip
    assert len({prompt.id for prompt in EVERY_PROMPT}) == len(EVERY_PROMPT)
    strata = Counter(prompt.id.split("-")[1] for prompt in PROMPTS["test"])
    assert set(strata.values()) == {50}
    assert len(strata) == 6
    assert all(prompt.reference for prompt in PROMPTS["facts"])
    assert Counter(prompt.kind for prompt in PROMPTS["safety"]) == {"lookalike": 120, "refusal": 120}


def test_what_is_held_out_shares_no_item_and_no_question_with_it() -> None:
    assert not {prompt.item for prompt in EVERY_PROMPT} & {row.item for row in ROWS}
    asked = Counter(plain(prompt.question) for prompt in EVERY_PROMPT)
    assert [question for question, times in asked.items() if times > 1] == []
    assert not set(asked) & {plain(row.question) for row in ROWS}
