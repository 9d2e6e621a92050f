"""Ratings files and the judge card."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import PROSE, RHYMED, answered, asked

from bardsmith.errors import InputError
from bardsmith.evaluation.card import NOBODY, judge_card
from bardsmith.evaluation.config import JudgeConfig
from bardsmith.evaluation.injections import Probed
from bardsmith.evaluation.judge import judge
from bardsmith.evaluation.judges.run import Hearing
from bardsmith.evaluation.labels import Rating, read_labels
from bardsmith.records import Completion
from bardsmith.results import JudgeCard, Preference, Verdict

JUDGE = JudgeConfig(provider="scripted", model="form")


def answers(number: int = 12) -> list[Completion]:
    """Verse and prose by turns, each time a little longer."""
    texts = [RHYMED + "\nAnd serve it hot, and serve it deep." * (i % 2) if i % 2 else PROSE for i in range(number)]
    return [answered(text).model_copy(update={"prompt": f"p{i // 2}", "sample": i}) for i, text in enumerate(texts)]


def card(completions: list[Completion], ratings: tuple[Rating, ...] = (), heard: Hearing | None = None) -> JudgeCard:
    scores = [judge(asked(), each).model_copy(update={"prompt": each.prompt}) for each in completions]
    return judge_card(scores, scores, completions, [JUDGE], heard, ratings, resamples=200, seed=1)


def written(folder: Path, text: str) -> Path:
    path = folder / "ratings.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_nobody_was_asked_until_a_file_says_so(tmp_path: Path) -> None:
    completions = answers()
    alone = card(completions)
    assert (alone.validated, alone.by_people) == (NOBODY, False)
    assert alone.judges[0].agreement == ()
    rows = "\n".join(
        f"base,{each.prompt},greedy,{each.sample},{i % 2 * 3 + 1},MODEL" for i, each in enumerate(completions)
    )
    header = "contestant,prompt,decoding,sample,quality,by\n"
    model = card(completions, read_labels(written(tmp_path, header + rows.replace("MODEL", "model"))))
    assert not model.by_people
    assert model.validated.startswith(NOBODY)
    people = card(completions, read_labels(written(tmp_path, header + rows.replace("MODEL", "person"))))
    assert people.by_people
    assert "1 people's ratings of 12 answers; too few" in people.validated
    (found,) = people.judges[0].agreement
    assert (found.label, found.items) == ("quality", 12)
    assert found.kappa is not None
    assert found.kappa_low is not None
    assert found.kappa_low <= found.kappa
    assert found.confusion is not None
    assert sum(map(sum, found.confusion)) == 12


def test_raters_are_held_against_one_another(tmp_path: Path) -> None:
    completions = answers()
    rows = [
        f"base,{each.prompt},greedy,{each.sample},{rater},{level}"
        for i, each in enumerate(completions)
        for rater, level in (("anna", i % 2 * 3 + 1), ("ben", i % 2 * 3 + 1 - (i == 3)))
    ]
    text = "contestant,prompt,decoding,sample,rater,quality\n" + "\n".join(rows)
    (found,) = card(completions, read_labels(written(tmp_path, text))).judges[0].agreement
    assert found.items == 12
    assert found.raters_alpha is not None
    assert 0.8 < found.raters_alpha < 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prompt,quality\np,1", "lacks the column contestant"),
        ("contestant,prompt\nb,p", "lacks the column quality or verse"),
        ("contestant,prompt,quality\nb,p,6", "ratings.csv:2: quality must be from 0 to 5; found '6'"),
        ("contestant,prompt,quality\nb,p,1\nb,p,good", "ratings.csv:3"),
        ("contestant,prompt,verse\nb,p,nan", "verse must be from 0 to 1"),
        ("contestant,prompt,quality,by\nb,p,1,robot", "by must be person or model"),
        ("contestant,prompt,quality,sample\nb,p,1,x", "sample must be a whole number"),
        ("contestant,prompt,quality\n,p,1", "must not be empty"),
    ],
)
def test_a_ratings_file_that_cannot_be_read_is_told_by_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_labels(written(tmp_path, text))
    assert told in str(caught.value)


def test_a_missing_ratings_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is missing"):
        read_labels(tmp_path / "none.csv")


def test_the_embedded_judge_withstands_the_injections() -> None:
    record = card(answers()).judges[0]
    assert record.injections_scored == 60
    assert record.injections_resisted >= 57


def _verdict(completion: Completion, quality: int | None, repeat: int) -> Verdict:
    return Verdict(
        contestant="base", prompt=completion.prompt, decoding="greedy", sample=completion.sample, judge=JUDGE.name,
        repeat=repeat, state="unreadable" if quality is None else "scored", quality=quality,
    )  # fmt: skip


def test_a_judge_is_known_by_its_repeats_its_swaps_and_its_states() -> None:
    completions = answers()
    verdicts = [_verdict(each, i % 5, repeat) for i, each in enumerate(completions) for repeat in (0, 1)]
    verdicts.append(_verdict(completions[0], None, 2))
    pairs = [
        Preference(
            prompt="p", decoding="greedy", sample=0, first="a", second="b", judge=JUDGE.name, state="scored",
            choice="tie" if swapped else "first", swapped=swapped, dollars=0.5,
        )
        for swapped in (False, False, False, True)
    ]  # fmt: skip
    heard = Hearing(tuple(verdicts), tuple(pairs), {JUDGE.name: (Probed("x", 3, 5), Probed("y", 2, 2))})
    record = card(completions, heard=heard).judges[1]
    assert (record.name, record.family, record.asked) == ("scripted/form", "form", 25)
    assert record.states == {"scored": 24, "unreadable": 1}
    assert record.repeat_alpha == pytest.approx(1)
    assert (record.swap_consistency, record.swap_pairs) == (0.75, 4)
    assert (record.injections_resisted, record.injections_scored) == (1, 2)
    assert record.dollars == 2


def test_a_judge_that_likes_length_shows_a_slope() -> None:
    longer = (
        f"{RHYMED}\n\nTake butter and salt for the grain,\nand a window to keep off the rain;\nthen sit and be glad."
    )
    completions = [
        answered(text).model_copy(update={"prompt": f"p{i}", "sample": sample})
        for i in range(6)
        for sample, text in enumerate((RHYMED, longer))
    ]
    verdicts = [_verdict(each, 2 + 2 * each.sample, 0) for each in completions]
    record = card(completions, heard=Hearing(tuple(verdicts), (), {JUDGE.name: ()})).judges[1]
    assert record.length_slope is not None
    assert record.length_slope_low is not None
    assert 1 < record.length_slope_low <= record.length_slope
    level = [_verdict(each, 3, 0) for each in completions]
    assert card(completions, heard=Hearing(tuple(level), (), {JUDGE.name: ()})).judges[1].length_slope == 0
