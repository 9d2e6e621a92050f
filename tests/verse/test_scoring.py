"""The score cannot be had for nothing: what never raises it, what never lowers it, and that it tells good from bad."""

from __future__ import annotations

import random
import re

import pytest
from gold import gold_rows
from hypothesis import given
from hypothesis import strategies as st
from poems import ALL, ANAPESTS, BLANK_VERSE, COMMON_MEASURE, COUPLETS, FREE_VERSE, LIMERICK, SONNET, TRIOLET

from bardsmith.verse import score
from bardsmith.verse.scoring import ANY, form_names

SPECS = (ANY, "sonnet", "couplet", "common measure", "ballad", "limerick", "quatrain", "blank verse", "haiku")
FORMS = {
    "sonnet": "sonnet",
    "couplets": "couplet",
    "common measure": "common measure",
    "limerick": "limerick",
    "trochees": "couplet",
    "anapests": "couplet",
    "blank verse": "blank verse",
    "free verse": "free verse",
    "triolet": "triolet",
}
LAST_WORD = re.compile(r"[\w']+(?=\W*$)")
WRAPPERS = (
    "Here is a poem about that:\n\n{}",
    "Certainly! I'd be glad to answer in verse.\n\n{}",
    "**The Answer**\n\n{}",
    "# Ode to the Question\n\n{}",
    "Title: My Poem\n\n{}",
    "{}\n\nI hope you enjoyed this poem! Let me know if you want another.",
    "{}\n\nNote: the poem follows the form that you asked for.",
    "```\n{}\n```",
    "<|im_start|>assistant\n{}<|im_end|>",
    "[Verse 1]\n{}",
)
PADDING = ("{}\nand of the to in a", "{}\noh la la la", "the and of\n{}", "{}\n\n\n   \n", "{}\n\nyeah yeah yeah")


def end_words(lines: list[str]) -> list[str]:
    return [found.group() if (found := LAST_WORD.search(line)) else "" for line in lines]


def with_end_word(line: str, word: str) -> str:
    return LAST_WORD.sub(lambda _: word, line)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("name", ALL)
def test_repeating_a_line_never_raises_it(name: str, spec: str) -> None:
    before = score(ALL[name], spec).total
    for line in ALL[name].split("\n"):
        if line:
            assert score(f"{ALL[name]}\n{line}", spec).total <= before
            assert score(f"{ALL[name]}\n\n{line.upper()}!", spec).total <= before


@pytest.mark.parametrize("asked", ["anything", "its form"])
@pytest.mark.parametrize("name", ALL)
def test_repeating_an_end_word_never_raises_it(name: str, asked: str) -> None:
    """In a form that the poem is not in, a word may rhyme better where it is moved to."""
    spec = FORMS[name] if asked == "its form" else ANY
    lines = ALL[name].split("\n")
    before = score(ALL[name], spec).total
    draw = random.Random(name + spec)
    written = [i for i, line in enumerate(lines) if line]
    for _ in range(60):
        one, other = draw.sample(written, 2)
        changed = [*lines]
        changed[one] = with_end_word(lines[one], end_words(lines)[other])
        assert score("\n".join(changed), spec).total <= before


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("around", [*WRAPPERS, *PADDING])
@pytest.mark.parametrize("name", ALL)
def test_wrapping_and_padding_never_raise_it(name: str, around: str, spec: str) -> None:
    assert score(around.format(ALL[name]), spec).total <= score(ALL[name], spec).total


@pytest.mark.parametrize("spec", [ANY, "couplet"])
def test_mending_a_broken_rhyme_never_lowers_it(spec: str) -> None:
    for row in gold_rows("prosody/rhyme-broken/rhyme-broken.jsonl", every=2):
        lines = [line for stanza in row["stanzas"] for line in stanza["lines"]]
        mended = [*lines]
        mended[row["broken"]] = with_end_word(lines[row["broken"]], row["was"])
        assert score("\n".join(mended), spec).total >= score("\n".join(lines), spec).total


def test_breaking_a_rhyme_costs() -> None:
    assert score(COUPLETS.replace("the race", "the prize")).total < score(COUPLETS).total
    assert score(SONNET.replace("of May", "of spring"), "sonnet").total < score(SONNET, "sonnet").total


@pytest.mark.parametrize(
    ("poem", "form"),
    [
        (SONNET, "sonnet"),
        (COUPLETS, "couplet"),
        (COMMON_MEASURE, "common measure"),
        (TRIOLET, "triolet"),
        (BLANK_VERSE, "blank verse"),
    ],
)
def test_a_poem_scores_well_in_its_form_and_badly_in_others(poem: str, form: str) -> None:
    assert score(poem, form).total > 0.7
    assert all(score(poem, other).total < 0.75 for other in ("villanelle", "haiku", "sestina"))


def test_a_refrain_that_is_asked_for_is_no_repeat() -> None:
    assert score(TRIOLET, "triolet").fresh == 1
    assert score(TRIOLET).fresh < 1


def test_verse_is_better_than_prose_and_rhyme_than_none() -> None:
    prose = " ".join(FREE_VERSE.split())
    assert score(prose).total == 0
    assert score(FREE_VERSE).total < score(COUPLETS).total
    assert score(ANAPESTS).total > 0.9
    assert score(LIMERICK, "limerick").total < 1  # a word rhymes with itself


def test_a_score_is_a_number_and_names_are_read_kindly() -> None:
    assert float(score(SONNET, "Sonnet")) == score(SONNET, "sonnet").total
    assert score(SONNET, None) == score(SONNET)


def test_the_reasons_are_told() -> None:
    assert score("Here is your poem:\n\n" + COUPLETS).reasons == ("something stands round the poem",)
    assert any("line 3" in reason for reason in score(SONNET.replace("of May", "of spring"), "sonnet").reasons)


def test_an_unknown_form_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ValueError, match="did you mean 'sonnet'"):
        score(SONNET, "sonet")


@given(st.text(), st.sampled_from([ANY, *sorted(form_names())]))
def test_any_text_has_a_score(text: str, spec: str) -> None:
    found = score(text, spec)
    assert 0 <= found.total <= 1
    assert all(0 <= part <= 1 for part in (found.verse, found.sound, found.bare, found.fresh, found.rhyme, found.craft))
