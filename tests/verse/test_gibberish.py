"""Noise, made-up words and heaps of words are told from verse."""

from __future__ import annotations

import random
import runpy
from pathlib import Path

import pytest
from gold import gold_rows

from bardsmith.verse.gibberish import gibberish

WORDS = {
    "verse": "First out is rye, at six, when few have stirred;\nthe white is second, and the seeded third.",
    "haiku": "Hold your breath. Count ten.\nSip cold water steadily.\nRepeat if needed.",
    "a date": "1884",
    "old spelling": "I' th' autumn of a summer's day, when all the winds got leave to play, that fair ship is lanch'd.",
    "marks": "*What was locked?* \u201cThe past\u201d \u2014 perhaps\u2026 a wound too raw to show, a love "
    "that burned too fierce.",
    "empty": "",
}
NOISE = {
    "made-up": "Uoayqusei gzole xekce tkioo evcez,\nEgudoipe jbiveyuth muaaou qwaej uou",
    "symbols": "]r>66ah$\\n&f\\{{~z}oycvrh56>b<sh|x 4thq/)nf[w v[[uj}7if}908bk4f9 u#c8w>$gz*criz{zhs|#$ei|)>ri1kcp",
    "one token": "prompts/" + "0" * 400,
    "letters": "v v v v v v v v s a v a v a v v v v v v v v v v v v v",
    "numbers": "\n".join(f"{i}." for i in range(1, 60)),
    "long word": "The answer is " + "abcdefgh" * 8,
    "script": "\u043d\u0435\u0431\u043e \u0441\u0438\u043d\u0435\u0435 \u043f\u043e\u0442\u043e\u043c\u0443 "
    "\u0447\u0442\u043e",
    "heap": "doleful calves tap minute hour algorithmic rhyme firewalls showcases robes cage jokes pouring "
    "sciences ascending"
    " discord owning accessed understood bean rifle emphasis outcomes nobles experts remembered "
    "junctions confidential simile",
}


@pytest.mark.parametrize("name", WORDS)
def test_words_are_words(name: str) -> None:
    assert gibberish(WORDS[name]).reason is None


@pytest.mark.parametrize("name", NOISE)
def test_noise_is_told_with_its_reason(name: str) -> None:
    assert gibberish(NOISE[name]).gibberish
    assert gibberish(NOISE[name]).reason


def test_noise_after_a_sound_stanza_is_found() -> None:
    rng = random.Random(0)
    noise = " ".join("".join(rng.choices("bcdfghjklmnpqrstvwxz", k=6)) for _ in range(50))
    assert gibberish(" ".join([WORDS["verse"]] * 3) + " " + noise).gibberish


def test_the_script_makes_the_table() -> None:
    script = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "build_trigrams.py"))
    assert script["trigrams"](["The cat", "that CAR."]) == [
        "^c a",
        "^t h",
        "ar $",
        "at $",
        "ca rt",
        "ha t",
        "he $",
        "th ae",
    ]


def test_human_verse_is_no_gibberish_and_gold_noise_is() -> None:
    poems = [row["text"] for row in gold_rows("poems_pd/poems.jsonl", every=8)]
    assert sum(gibberish(poem).gibberish for poem in poems) < 0.01 * len(poems)
    junk = [row for row in gold_rows("prosody/junk/junk.jsonl") if row["label"].startswith("gibberish")]
    assert sum(gibberish(row["text"]).gibberish for row in junk) >= 0.95 * len(junk)
