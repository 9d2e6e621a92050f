"""Schemes of known poems, of broken ones, of prose and of anything."""

from __future__ import annotations

from typing import Any

import pytest
from gold import gold_rows
from hypothesis import given
from hypothesis import strategies as st
from poems import LIMERICK, SONNET, WEST_WIND

from bardsmith.verse.lineation import stanzas
from bardsmith.verse.rhyming.scheme import LONGEST_POEM, pairs, rhyme, rhyme_strict

BLANK = """Of Man's first disobedience, and the fruit
Of that forbidden tree whose mortal taste
Brought death into the World, and all our woe,
With loss of Eden, till one greater Man
Restore us, and regain the blissful seat,
Sing, Heavenly Muse, that, on the secret top
Of Oreb, or of Sinai, didst inspire
That shepherd who first taught the chosen seed"""


def scheme(text: str) -> str:
    return "".join(rhyme(text))


def test_known_poems() -> None:
    assert scheme(SONNET) == "ababcdcdefefgg"
    assert scheme(LIMERICK) == "aabba"
    assert scheme(BLANK) == "--------"


def test_the_strict_scheme_hears_no_eye_rhyme_and_no_repeated_word() -> None:
    assert "".join(rhyme_strict("I tell of love\nthe sun is high\nwhat can I prove\nbelow the sky")) == "-a-a"
    assert "".join(rhyme_strict("I tell of love\nthe sun is high\nyou are my love\nbelow the sky")) == "-a-a"
    assert scheme("I tell of love\nthe sun is high\nwhat can I prove\nbelow the sky") == "abab"


def test_stanzas_are_chained_where_the_poem_is() -> None:
    assert scheme(WEST_WIND)[:4] == "abab"
    assert scheme(WEST_WIND)[3] == scheme(WEST_WIND)[5]
    quatrains = "the day\nthe night\nwe may\nthe light\n\n"
    assert scheme(quatrains + "the fire\nthe dream\ndesire\nthe stream") == "ababcdcd"


@pytest.mark.parametrize("place", range(14))
def test_a_broken_rhyme_is_never_forgiven(place: int) -> None:
    lines = SONNET.split("\n")
    lines[place] = "and so it was a jar of orange"
    assert rhyme("\n".join(lines))[place] == "-"
    assert rhyme_strict("\n".join(lines))[place] == "-"


def test_other_stanzas_do_not_forgive_a_broken_rhyme_either() -> None:
    quatrain = "it is the day\nit is the night\nit is the way\nit is the light\n\n"
    broken = "it is the tree\nit is the stone\nit is the sea\nit is the grass"
    for labels in (rhyme(quatrain * 8 + broken), rhyme_strict(quatrain * 8 + broken)):
        assert labels[-4] == labels[-2] != "-"
        assert labels[-3] == labels[-1] == "-"


def test_pairs_tell_kinds_apart() -> None:
    found = {(each.first, each.second): each for each in pairs("of love\nI prove\nmy love\n\nabove\nthe dove")}
    assert set(found) == {(0, 1), (0, 2), (1, 2), (3, 4)}
    assert (found[0, 1].kind, found[0, 1].strict) == ("eye", 0.0)
    assert found[0, 1].strength >= 0.5
    assert (found[0, 2].kind, found[0, 2].strict) == ("identity", 0.0)
    assert (found[3, 4].kind, found[3, 4].strict) == ("perfect", 1.0)


def test_a_block_of_many_quatrains_is_seen_piece_by_piece() -> None:
    quatrains = ["day night may light", "fire dream desire stream", "song cold long gold", "tree ground sea sound"]
    poem = "\n".join(f"it is a {word}" for quatrain in quatrains * 4 for word in quatrain.split(" "))
    labels = rhyme(poem)
    assert len(labels) == 64
    assert all(labels[i] == labels[i + 2] != labels[i + 1] for i in range(0, 64, 4))
    assert all(labels[i + 1] == labels[i + 3] for i in range(0, 64, 4))


def test_labels_go_on_after_z_and_never_are_x() -> None:
    ends = "day way|night light|fire lyre|dream stream|song long|cold gold|tree sea|ground sound|time rhyme|rain pain"
    poem = "\n\n".join(
        "\n".join(f"of {word}" for word in pair.split(" ")) for pair in (ends + "|").split("|") * 3 if pair
    )
    labels = rhyme(poem)
    assert labels[0] == labels[1] == "a"
    assert "aa" in labels
    assert "x" not in labels
    assert "-" not in labels


def test_double_spaced_lines_are_one_stanza() -> None:
    assert scheme(SONNET.replace("\n", "\n\n")) == scheme(SONNET)


def test_lines_without_words_have_no_label() -> None:
    assert rhyme("1.\nthe day\n***\nwe may") == ["-", "a", "-", "a"]
    assert rhyme("***\n\n***\n\nthe day\nwe may")[:2] == ["-", "-"]
    assert rhyme("") == rhyme_strict("") == rhyme("\n \n") == []


@given(st.text(alphabet="aeioulmnst '\n-", max_size=200) | st.text(max_size=200))
def test_any_text_has_one_label_a_line_and_the_same_each_time(text: str) -> None:
    lines = sum(map(len, stanzas(text)))
    for scheme_of in (rhyme, rhyme_strict):
        labels = scheme_of(text)
        assert len(labels) == lines
        assert labels == scheme_of(text)
        assert all(label == "-" or labels.count(label) > 1 for label in labels)


def test_long_texts_take_time_in_proportion() -> None:
    assert len(rhyme("the cat\n" * 5000)) == 5000
    assert len(rhyme("\n".join(f"{'lorem ipsum' * (i % 7)} {i % 13 * 'a'}t" for i in range(5000)))) == 5000
    assert rhyme("a" * 300_000 + "bi") == ["-"]


def test_pairs_of_a_text_longer_than_any_poem_are_those_of_its_beginning() -> None:
    found = pairs("the day\nwe may\n\n" * LONGEST_POEM)
    assert {(pair.first, pair.second) for pair in found} == {(i, i + 1) for i in range(0, LONGEST_POEM, 2)}


def _pairs(poems: list[dict[str, Any]]) -> tuple[float, float]:
    """F1 over pairs of lines of a stanza, and the share of stanzas that are wholly right."""
    both = said = true = right = stanza_count = 0
    for poem in poems:
        labels = rhyme("\n\n".join("\n".join(stanza["lines"]) for stanza in poem["stanzas"]))
        for stanza in poem["stanzas"]:
            size, gold = len(stanza["lines"]), stanza["rhyme"]
            mine, labels = labels[:size], labels[size:]
            near = [(i, j) for i in range(size) for j in range(i + 1, min(size, i + 11))]
            yes = {(i, j) for i, j in near if mine[i] == mine[j] != "-"}
            gold_yes = {(i, j) for i, j in near if gold[i] == gold[j]}
            both, said, true = both + len(yes & gold_yes), said + len(yes), true + len(gold_yes)
            right, stanza_count = right + (yes == gold_yes), stanza_count + 1
    return 2 * both / (said + true), right / stanza_count


def test_gold_schemes() -> None:
    f1, exact = _pairs(gold_rows("prosody/chicago-rhyme/chicago-rhyme.jsonl", every=4))
    assert f1 > 0.97
    assert exact > 0.92


def test_gold_broken_rhymes_are_caught() -> None:
    poems = gold_rows("prosody/rhyme-broken/rhyme-broken.jsonl", every=2)
    caught = 0
    for poem in poems:
        labels = rhyme("\n".join(poem["stanzas"][0]["lines"]))
        label = labels[poem["broken"]]
        caught += label == "-" or all(labels[partner] != label for partner in poem["partners"])
    assert caught > 0.985 * len(poems)


def test_gold_blank_verse_is_not_called_rhymed() -> None:
    poems = [row["text"] for row in gold_rows("prosody/forms/forms.jsonl") if row["forms"][0] == "blank verse"]
    labels = [label for text in poems for label in rhyme(text)]
    assert sum(label != "-" for label in labels) < 0.1 * len(labels)
