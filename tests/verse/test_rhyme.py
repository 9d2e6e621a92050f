"""Rhymes by spelling: pairs that must hold and must not, shares, and the gold corpus."""

from __future__ import annotations

import pytest
from gold import gold_rows
from scoring import rhyme

from bardsmith.verse.rhyme import end_word, rhyme_share, rhymes


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("stirred", "third"),
        ("first", "worst"),
        ("calm", "palm"),
        ("until", "still"),
        ("light", "night"),
        ("kite", "light"),
        ("sky", "high"),
        ("rain", "lane"),
        ("love", "dove"),
        ("moved", "proved"),
        ("eyes", "skies"),
        ("year", "near"),
        ("chair", "there"),
        ("house", "mouse"),
        ("running", "cunning"),
        ("nation", "station"),
        ("me", "memory"),
        ("walked", "talked"),
        ("knows", "rose"),
        ("bow", "now"),
        ("mov'd", "prov'd"),
        ("phrase", "days"),
        ("guide", "side"),
        ("weather", "feather"),
    ],
)
def test_these_rhyme(word: str, other: str) -> None:
    assert rhymes(word, other)
    assert rhymes(other, word)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("love", "move"),
        ("rough", "bough"),
        ("night", "nigh"),
        ("cat", "dog"),
        ("running", "king"),
        ("said", "laid"),
        ("have", "grave"),
        ("stone", "gone"),
        ("breath", "beneath"),
        ("sun", "sun"),
        ("hmm", "brr"),
    ],
)
def test_these_do_not(word: str, other: str) -> None:
    assert not rhymes(word, other)


def test_end_words() -> None:
    assert end_word("he said: \u201cIt\u2019s the milk-white thorn!\u201d") == "thorn"
    assert end_word("I know you\u2019re") == "you're"
    assert end_word("1934 ...") == ""


def test_share_counts_lines_that_rhyme_near_by() -> None:
    quatrain = ["The soap and water first,", "the fat may run,", "a plunger at its worst,", "until it's done."]
    assert rhyme_share(quatrain) == 1.0
    assert rhyme_share(["the sun", "a door", "the sun", "a house"]) == 0.0
    assert rhyme_share(["the light", "a", "e", "o", "u", "the night"]) == 0.0
    assert rhyme_share([]) == 0.0


def test_a_scheme_comes_out_of_the_pairs() -> None:
    assert rhyme("by night\na stone\nthe light\n\nalone\nthe sea") == [0, 1, 0, 1, 2]


def test_gold_pairs() -> None:
    right = found = wanted = 0
    for poem in gold_rows("prosody/chicago-rhyme/chicago-rhyme.jsonl", every=5):
        for stanza in poem["stanzas"]:
            ends = [end_word(line) for line in stanza["lines"]]
            for i in range(len(ends)):
                for j in range(i + 1, min(len(ends), i + 5)):
                    if ends[i] != ends[j]:
                        gold, said = stanza["rhyme"][i] == stanza["rhyme"][j], rhymes(ends[i], ends[j])
                        right, found, wanted = right + (gold and said), found + said, wanted + gold
    assert right / found >= 0.95
    assert right / wanted >= 0.80
