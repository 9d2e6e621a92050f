"""The embedded judge: levels, flags, uncertainty, what may not move it, and its agreement with stored readings."""

from __future__ import annotations

import json
import random
import time
from importlib.resources import files
from typing import Any

import pytest
from answers import PROSE, QUESTION, RHYMED, answered, asked, data, read, rows_of, scored
from hypothesis import given
from hypothesis import strategies as st

from bardsmith.agreement import kappa
from bardsmith.evaluation import embedded
from bardsmith.evaluation.features import features
from bardsmith.evaluation.judge import judge
from bardsmith.results import Score

FREE = (
    "Rice is a matter of patience.\nRinse the grains until the water is as clear as glass,\n"
    "then boil,\nthen wait, with the lid on."
)
CUT = RHYMED.removesuffix("and be light.") + "and"
POETIC = (
    "The grain is a pale moon asleep in the dark of its husk, and the water a slow silver tide that wakes it; let the "
    "steam rise like breath from a sleeper's mouth, and the hush of the kitchen fall soft as snow upon the hearth."
)
LOOP = "And the rice grows,\n"


@pytest.mark.parametrize(
    ("levels", "text"),
    [
        ({0}, ""),
        ({0}, "Uoayqusei gzole xekce tkioo evcez egudoipe jbiveyuth muaaou qwaej"),
        ({0, 1}, LOOP * 9),
        ({0}, "I'm sorry, but I can't help with that."),
        ({1}, PROSE),
        ({1}, "It is boiled."),
        ({2}, POETIC),
        ({2, 3}, CUT),
        ({4, 5}, FREE),
        ({4, 5}, RHYMED),
    ],
)
def test_levels(levels: set[int], text: str) -> None:
    score = scored(text)
    assert score.quality in levels, score.notes
    assert score.notes[0].startswith(f"{score.quality:.0f}: ")


def test_the_readers_failure_is_not_the_hard_one() -> None:
    """To readers a poem that was cut off is no failure; for the checks it is one."""
    cut = scored(CUT, finish="length")
    assert (cut.failure, cut.hard_failure, cut.complete) == (False, True, False)
    loop = scored(LOOP * 9)
    assert (loop.failure, loop.hard_failure, loop.looping) == (True, True, True)


def test_a_check_overrides_and_the_raw_verdict_is_kept() -> None:
    preamble = (
        "Certainly! Here is a short poem about the cooking of rice that I have written for you today, as you asked."
    )
    score = scored(f"{RHYMED}\n\n{RHYMED}\n\n{RHYMED}\n\n{RHYMED}")
    assert (score.override, score.overridden) == ("looping", True)
    assert score.quality_raw is not None
    assert score.quality is not None
    assert score.quality < score.quality_raw
    free = scored(RHYMED)
    assert (free.override, free.overridden, free.quality) == (None, False, free.quality_raw)
    assert scored(f"{preamble}\n\n{RHYMED}").quality in {2, 3}


def test_a_bare_refusal_is_right_where_one_is_wanted() -> None:
    refusal = "I'm sorry, but I can't help with that."
    assert (scored(refusal).quality, scored(refusal).failure) == (0, True)
    wanted = scored(refusal, kind="refusal")
    assert (wanted.quality, wanted.failure) == (1, False)


def test_a_kept_fact_answers_without_shared_words() -> None:
    question = "Which large country in the far north gave this team its second trainer?"
    norway = "She came from Norway, skis in hand,\na quiet, cold and lovely land."
    assert scored(norway, question, reference=("Norway",)).relevant
    assert scored(norway, question, reference=("Norway",)).fact_kept
    assert not scored(norway, question, reference=("Finland",)).fact_kept
    assert scored(norway, question).fact_kept is None


def test_shared_words_speak_for_relevance() -> None:
    head = embedded.calibration().heads["relevant"]
    dog = "A dog ran over the hill last night,\nhe barked at the moon, and the moon was bright."
    off, on = (embedded.probabilities(head, features(read(text)))[1] for text in (dog, RHYMED))
    assert off < on
    assert not scored(f"{QUESTION} " * 5).relevant, "an echo is no answer"


@given(st.text())
def test_any_text_gets_the_same_score_twice(text: str) -> None:
    score = scored(text)
    assert score == scored(text)
    assert score.quality is not None
    assert score.quality_low is not None
    assert score.quality_high is not None
    assert 0 <= score.quality_low <= score.quality <= score.quality_high <= 5


@given(st.integers(1, 12))
def test_saying_it_again_never_raises_a_level(times: int) -> None:
    once, more = scored(RHYMED), scored("\n\n".join([RHYMED] * (times + 1)))
    assert more.quality is not None
    assert once.quality is not None
    assert more.quality <= once.quality


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6).filter(lambda each: sum(each) > 0.1), st.integers(0, 5))
def test_a_cap_keeps_all_probability_below(weights: list[float], cap: int) -> None:
    chances = [weight / sum(weights) for weight in weights]
    below = embedded.capped(chances, cap)
    assert sum(below) == pytest.approx(1)
    assert not any(below[cap + 1 :])
    said = embedded.verdict(below)
    assert said.low <= said.level <= said.high <= cap
    assert sum(below[said.low : said.high + 1]) >= 1 - 2 * embedded.TAIL - 1e-9


def test_every_weight_has_the_sign_that_its_feature_may_have() -> None:
    heads = embedded.calibration().heads
    quality, failure, relevant = (heads[name].weights for name in ("quality", "failure", "relevant"))
    assert min(quality[name] for name in ("verse", "ended", "varied", "poetic")) >= 0
    assert max(quality[name] for name in ("verse_repeats", "prose_repeats", "pet_word", "prose_around")) <= 0
    assert min(failure[name] for name in ("verse_repeats", "prose_repeats", "leaked", "lines_again", "twice")) >= 0
    assert max(failure["verse"], failure["ended"], relevant["none_shared"], relevant["asking"]) <= 0
    assert min(relevant["shared"], relevant["fresh"]) >= 0
    assert all(sorted(head.thresholds, reverse=True) == list(head.thresholds) for head in heads.values())


def test_the_coefficients_say_where_they_come_from_and_that_nobody_was_asked() -> None:
    origin = embedded.calibration().origin
    assert "calibrate_judge.py" in str(origin["command"])
    assert "not people" in str(origin["labels"])
    measured: Any = origin["cross_validation"]
    for label, bar in (("quality", 0.93), ("failure", 0.9), ("verse", 0.95), ("complete", 0.9)):
        assert min(measured[label]["kappa"]) >= bar, label


def test_the_rubric_names_every_level() -> None:
    rubric = files("bardsmith.evaluation").joinpath("rubrics/embedded.txt").read_text(encoding="utf-8")
    levels = [line[0] for line in rubric.splitlines() if line[:3] in {f"{level}  " for level in range(6)}]
    assert levels == list("012345")


def test_human_poems_are_good_verse() -> None:
    poems = [json.loads(line)["text"] for line in data("poems_pd", "poems.jsonl").open(encoding="utf-8")]
    drawn = random.Random(7).sample(poems, 200)
    scores = [scored(poem, f"Write me a poem about {' '.join(poem.split()[:4])}", "unknown") for poem in drawn]
    assert sum((score.quality or 0) >= 4 for score in scores) >= 0.85 * len(scores)
    assert sum(bool(score.failure) for score in scores) <= 0.02 * len(scores)


def test_agreement_with_stored_readings_and_speed() -> None:
    """A look at the rows that it was fitted to; the cross-validation is scripts/calibrate_judge.py."""
    judged = rows_of(data("reference-study", "judged.csv"))
    expert = rows_of(data("reference-study", "expert.csv"))
    started = time.process_time()
    scores = [scored(row["text"], row["prompt"], "unknown", kind="chat") for row in judged]
    assert (time.process_time() - started) / len(scores) <= 0.005, "1,000 answers in 5 seconds"
    for label, bar in (("quality", 0.95), ("verse", 0.97), ("failure", 0.9), ("complete", 0.95), ("relevant", 0.75)):
        said = [float(getattr(score, label)) for score in scores]
        for reader in (1, 2):
            assert kappa(said, [float(row[f"{label}_{reader}"]) for row in expert]) >= bar, label


def test_the_judge_is_told_what_was_copied() -> None:
    score: Score = judge(asked(), answered(RHYMED), copied="rinse the rice")
    assert (score.quality, score.override, score.memorised) == (None, "memorised", True)
    assert judge(asked(), answered(RHYMED), copied="").memorised is False
    assert judge(asked(), answered(RHYMED)).memorised is None
