"""The levels of the deterministic judge, its flags and its agreement with stored readings."""

from __future__ import annotations

import csv
import os
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.evaluation.judge import judge
from bardsmith.records import Completion, Message, Prompt, Score
from bardsmith.verse.soundness.completeness import ending

QUESTION = "How do I cook rice for dinner without it going all mushy in the pot?"
PLAIN = (
    "Rice is a matter of patience.\nRinse the grains until the water is as clear as glass,\n"
    "then boil,\nthen wait, with the lid on."
)
RHYMED = (
    "Rinse the rice in a bowl until clear,\nor the starch will glue it, I fear.\n"
    "Then boil it and cover it tight,\nand the grains will be loose and be light."
)
BEST = (
    "Rinse off the rice until the bowl runs clear,\nor all that starch will make a glue, I fear.\n"
    "Two cups of grain take three cups from the tap;\nthen on goes heat, and on the lid, with a clap.\n"
    "Turn down the flame, twelve minutes it should stay,\nand keep the cover shut; don't stir or play."
)


def scored(
    text: str,
    question: str = QUESTION,
    finish: Literal["stop", "length"] = "stop",
    reference: tuple[str, ...] = (),
) -> Score:
    prompt = Prompt(
        id="p", item="i", kind="howto", messages=(Message(role="user", content=question),), reference=reference
    )
    return judge(
        prompt,
        Completion(
            contestant="base", prompt="p", decoding="greedy", sample=0, seed=0, text=text, tokens=9, finish=finish
        ),
    )


@pytest.mark.parametrize(
    ("level", "text"),
    [
        (0, ""),
        (0, "Uoayqusei gzole xekce tkioo evcez egudoipe jbiveyuth muaaou qwaej"),
        (0, "And the rice grows,\n" * 9),
        (1, "To cook rice, rinse it well, boil it for twelve minutes and leave the lid on until it is done."),
        (2, "Rinse the rice,\nboil the rice,\nand then"),
        (2, "Rinse the rice.\nThe rice is white.\n" + "The rice is good.\n" * 3),
        (2, "A dog ran over the hill last night,\nhe barked at the moon, and the moon was bright."),
        (3, PLAIN),
        (4, RHYMED),
        (5, BEST),
    ],
)
def test_levels(level: int, text: str) -> None:
    score = scored(text)
    assert score.quality == level, score.notes
    assert score.notes[0].startswith(f"{level}: ")


def test_prose_around_verse_keeps_it_plain() -> None:
    preamble = (
        "Certainly! Here is a short poem about the cooking of rice that I have written for you today, "
        "as you asked me to do."
    )
    assert scored(preamble + "\n\n" + BEST).quality == 3


def test_looping_implies_incomplete_and_failure() -> None:
    score = scored("Rinse the rice.\nThe rice is white.\n" + "The rice is good.\n" * 3)
    assert (score.looping, score.complete, score.failure) == (True, False, True)


def test_the_length_limit_fails_only_what_it_cut() -> None:
    cut = scored("Rinse the rice,\nboil the rice,\nand then", finish="length")
    assert (cut.complete, cut.failure, cut.quality) == (False, True, 2)
    dangling = scored("Rinse the rice,\nboil the rice,\nand then")
    assert (dangling.complete, dangling.failure) == (False, False)
    ended = scored(RHYMED, finish="length")
    assert (ended.complete, ended.failure) == (False, False)


def test_prose_has_no_rhyme_and_no_verse_lines() -> None:
    score = scored("Rinse it and boil it.")
    assert (score.rhyme, score.lines, score.verse) == (None, 0, False)
    verse = scored(RHYMED)
    assert (verse.rhyme, verse.lines, verse.verse) == (1.0, 4, True)


def test_a_kept_fact_answers_without_shared_words() -> None:
    question = "Which large country in the far north gave this team its second trainer?"
    tokyo = "She came from Norway, skis in hand,\na quiet, cold and lovely land."
    assert scored(tokyo, question, reference=("Norway",)).relevant
    assert scored(tokyo, question, reference=("Norway",)).fact_kept
    assert not scored(tokyo, question, reference=("Finland",)).relevant
    assert scored(tokyo, question).fact_kept is None


def test_leniency_ends_where_a_fact_is_wanted() -> None:
    poem = "A dog ran over the hill last night,\nhe barked at the moon, and the moon was bright."
    assert scored(poem, "Japan's capital, please.").relevant
    assert not scored(poem, "Japan's capital, please.", reference=("Tokyo",)).relevant


@given(st.text())
def test_any_text_gets_the_same_score_twice(text: str) -> None:
    assert scored(text) == scored(text)


def test_the_rubric_names_every_level() -> None:
    rubric = files("bardsmith.evaluation").joinpath("rubrics/deterministic.txt").read_text(encoding="utf-8")
    assert [line[0] for line in rubric.splitlines() if line[:3] in {f"{level}  " for level in range(6)}] == list(
        "012345"
    )


def _kappa(ours: list[float], theirs: list[float]) -> float:
    """Cohen's kappa with quadratic weights (for two values the plain kappa)."""
    a, b = np.array(ours, float), np.array(theirs, float)
    return float(1 - np.mean((a - b) ** 2) / np.mean((a[:, None] - b[None, :]) ** 2))


def test_agreement_with_stored_readings() -> None:
    root = os.environ.get("BARDSMITH_DATA")
    if not root or not (Path(root) / "reference-study").is_dir():
        pytest.skip("BARDSMITH_DATA is not set or has no reference-study: it is not part of the project")
    tables = []
    for name in ("judged.csv", "expert.csv"):
        with (Path(root) / "reference-study" / name).open(encoding="utf-8", newline="") as file:
            tables.append(list(csv.DictReader(file)))
    judged, expert = tables
    scores = [
        scored(row["text"], row["prompt"], "stop" if ending(row["text"]).finished else "length") for row in judged
    ]
    readings = {
        key: [(int(row[f"{key}_1"]) + int(row[f"{key}_2"])) / 2 for row in expert]
        for key in ("quality", "verse", "complete")
    }
    assert _kappa([score.quality or 0 for score in scores], readings["quality"]) >= 0.90
    assert _kappa([float(score.verse or 0) for score in scores], readings["verse"]) >= 0.95
    assert _kappa([float(score.complete or 0) for score in scores], readings["complete"]) >= 0.95
