"""Words are known, and the halves of words are told from line ends."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from bardsmith.verse.soundness.vocabulary import is_word, wholeness

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "build_vocabulary.py"))


@pytest.mark.parametrize("word", ["love", "'tis", "o'er", "'love'", "heav'nly", "goeth", "software", "sonne"])
def test_words_of_verse_old_and_new_are_words(word: str) -> None:
    assert is_word(word)


@pytest.mark.parametrize("word", ["", "'", "xqzvw", "gzole", "tkioo", "\u0416\u0416"])
def test_noise_is_none(word: str) -> None:
    assert not is_word(word)


def test_whole_words_weigh_more_than_their_halves() -> None:
    for whole, half in (("light", "ligh"), ("rose", "ros"), ("heaven", "heav"), ("me", "m"), ("eye", "ey")):
        assert wholeness(whole) > 0 > wholeness(half)
    assert wholeness("the") < -10
    assert wholeness("xqzvw") == 0
    assert wholeness("") < 0
    assert wholeness("laptop") > 0


def test_the_script_counts_lines_once_and_lists_words_of_three_poems() -> None:
    poem = "The sun's gone down,\nthe moon is up."
    assert SCRIPT["vocabulary"]([poem, poem, poem]) == []
    others = ["The sun shines\non the moon.", "Moon,\nthe cold sun", "We saw the sun"]
    assert SCRIPT["vocabulary"](others) == ["sun 3 2", "the 4 0"]


def test_the_script_lists_small_words_that_never_meet() -> None:
    poems = [f"the sun of a land {i}\nof the moon" for i in range(40)]
    rows = dict(row.split(" ", 1) for row in SCRIPT["clashes"](poems))
    assert "of" in rows["the"].split()
    assert "the" not in rows["of"].split()


def test_the_script_reads_poems_only(tmp_path: Path) -> None:
    for name in SCRIPT["SETS"]:
        path = tmp_path / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            {"label": "verse", "text": f"in {name}"},
            {"label": "code", "text": "no"},
            {"stanzas": [{"lines": ["a", "b"]}]},
        ]
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = list(SCRIPT["texts"](tmp_path))
    assert found[:2] == ["in poems_pd/poems", "a\nb"]
    assert "no" not in found
    assert len(found) > 100
