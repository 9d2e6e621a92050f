"""What `analyse` finds in well-known poems, and that it finds the same everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from poems import ALL, COMMON_MEASURE, COUPLETS, FREE_VERSE, SONNET

from bardsmith.verse import analyse, form, meter, pair, rhyme, rhyme_strict, rhymes, stress, syllables

FOUND = {
    "sonnet": ("sonnet", "iambic pentameter", "ababcdcdefefgg"),
    "couplets": ("couplet", "iambic tetrameter", "aabb ccdd"),
    "common measure": ("common measure", "iambic tetrameter/trimeter", "abab cdcd"),
    "limerick": ("limerick", "anapestic trimeter/dimeter", "aabba"),
    "trochees": ("couplet", "trochaic tetrameter", "aabb ccdd"),
    "anapests": ("couplet", "anapestic tetrameter", "aabb ccdd"),
    "blank verse": ("blank verse", "iambic pentameter", "-" * 11),
    "free verse": ("free verse", "", "-" * 8),
    "triolet": ("triolet", "iambic tetrameter", "abaaabab"),
}


@pytest.mark.parametrize("name", ALL)
def test_form_measure_and_scheme_of_well_known_poems(name: str) -> None:
    poem = analyse(ALL[name])
    assert (poem.form, poem.measure, poem.scheme) == FOUND[name]
    assert poem.is_verse
    assert poem.reasons == ()


def test_lines_hold_what_the_small_functions_say() -> None:
    poem = analyse(COUPLETS)
    assert [line.text for line in poem.lines] == [line for line in COUPLETS.split("\n") if line]
    assert [line.rhyme for line in poem.lines] == rhyme(COUPLETS)
    assert [line.strict_rhyme for line in poem.lines] == rhyme_strict(COUPLETS)
    assert [line.stress for line in poem.lines] == stress(COUPLETS)
    assert [line.meter for line in poem.lines] == meter(COUPLETS)
    assert [line.stanza for line in poem.lines] == [0] * 4 + [1] * 4
    assert poem.lines[1].end_word == "place"
    assert all(len(line.meter) == sum(line.syllables) for line in poem.lines)
    assert form(COUPLETS)[0] == poem.form


def test_the_strict_ear_forgives_less_than_the_reader() -> None:
    poem = analyse(COUPLETS)
    come, home = poem.lines[4:6]
    assert come.rhyme == home.rhyme != "-"
    assert come.strict_rhyme == home.strict_rhyme == "-"
    odd = next(found for found in poem.pairs if (found.first, found.second) == (4, 5))
    assert odd.strict == 0
    assert odd.strength >= 0.5
    assert poem.rhymed == 0.75


def test_a_broken_rhyme_is_noticed() -> None:
    broken = analyse(SONNET.replace("buds of May", "buds of spring"))
    assert broken.scheme.startswith("-b") or broken.scheme.startswith("-a")
    assert broken.forms[0].name == "sonnet"
    assert any("line 3" in fault for fault in broken.forms[0].broken)


def test_what_stands_round_the_poem_is_told_and_left_out() -> None:
    poem = analyse(f"Here is a poem for you:\n\n{COMMON_MEASURE}\n\nI hope that you enjoyed this poem!")
    assert [(span.kind, span.first, span.last) for span in poem.wrapper] == [("preamble", 0, 0), ("afterword", 9, 9)]
    assert poem.form == "common measure"
    assert len(poem.lines) == 8
    assert poem.reasons == ("something stands round the poem",)


def test_prose_is_no_verse_and_says_why() -> None:
    poem = analyse(" ".join(FREE_VERSE.split()))
    assert not poem.is_verse
    assert poem.reasons


def test_words_rhyme_and_have_syllables() -> None:
    assert pair("love", "glove") >= 0.5 > pair("love", "stone")
    assert "glove" in rhymes("love")
    assert "love" not in rhymes("love")
    assert [syllables(word) for word in ("heart", "garden", "Immortality", "")] == [1, 2, 5, 0]


def test_a_poem_is_ready_for_json() -> None:
    assert json.loads(json.dumps(analyse(SONNET).as_dict()))["scheme"] == "ababcdcdefefgg"


def test_every_process_finds_the_same() -> None:
    here = Path(__file__).parent
    program = (
        "import json, poems; from bardsmith.verse import analyse, score;"
        "print(json.dumps([[analyse(text).as_dict(), score(text).total, score(text, 'sonnet').total]"
        " for text in poems.ALL.values()]))"
    )

    def said(seed: str) -> bytes:
        surroundings = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([str(here), *sys.path])}
        return subprocess.run([sys.executable, "-c", program], env=surroundings, capture_output=True, check=True).stdout

    assert said("1") == said("2") != b""
