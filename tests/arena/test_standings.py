"""What the votes are said to say: counted once, refused where they do not connect, constancy and agreement."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_pairs import stored_of

from bardsmith.arena.pairs import Item, Mode
from bardsmith.arena.standings import standings
from bardsmith.arena.stored import Place, Stored
from bardsmith.arena.votes import Choice, Vote
from bardsmith.results import Score, Verdict


def vote(
    stored: Stored, prompt: str, left: str, right: str | None, choice: Choice, rater: str = "Ada", number: int = 0,
    repeat_of: int | None = None,
) -> Vote:  # fmt: skip
    mode: Mode = "pairs" if right else "scores"
    first, second = Place(prompt, left, "sampled", 0), Place(prompt, right, "sampled", 0) if right else None
    prints = stored.fingerprint(first), stored.fingerprint(second) if second else None
    return Vote("2026", f"session of {rater}", rater, mode, number, Item(first, second, repeat_of), choice, 9, *prints)


@pytest.fixture
def stored() -> Stored:
    return stored_of(8, 4)


def test_the_better_one_is_told_first_with_its_interval(stored: Stored) -> None:
    votes = [vote(stored, f"p{i}", "c0", "c1", "right" if i else "left", number=i) for i in range(8)]
    found = standings(stored, votes)
    assert [entry.contestant for entry in found.ratings] == ["c1", "c0"]
    best = found.ratings[0]
    assert best.low is not None
    assert best.high is not None
    assert best.low <= best.rating <= best.high
    assert found.wins == ((0, 1), (7, 0))
    assert (found.votes, found.prompts) == (8, 8)


def test_few_prompts_have_no_interval(stored: Stored) -> None:
    [best, _] = standings(stored, [vote(stored, f"p{i}", "c0", "c1", "left", number=i) for i in range(5)]).ratings
    assert best.low is best.high is best.preferred_low is None


def test_what_no_vote_connects_is_not_ranked(stored: Stored) -> None:
    votes = [vote(stored, "p0", "c0", "c1", "left"), vote(stored, "p1", "c2", "c3", "left", number=1)]
    found = standings(stored, votes)
    assert found.ratings == ()
    assert found.refused is not None
    assert "c0, c1; c2, c3" in found.refused
    joined = standings(stored, [*votes, vote(stored, "p2", "c1", "c2", "tie", number=2)])
    assert joined.refused is None
    assert len(joined.ratings) == 4


def test_no_votes_rank_nobody(stored: Stored) -> None:
    assert standings(stored, []).refused == "There are no votes yet."


def test_skipped_repeated_and_outdated_votes_do_not_count(stored: Stored) -> None:
    votes = [
        vote(stored, "p0", "c0", "c1", "left", number=0),
        vote(stored, "p0", "c1", "c0", "right", number=1, repeat_of=0),
        vote(stored, "p1", "c0", "c1", "skip", number=2),
        vote(stored, "p2", "c0", "c1", "both bad", number=3),
        vote(stored, "p3", "c0", "c1", "right", number=4)._replace(left_print="of another text"),
    ]
    found = standings(stored, votes)
    assert (found.votes, found.skipped, found.both_bad, found.outdated) == (2, 1, 1, 1)
    assert found.wins == ((0, 1.5), (0.5, 0))


def test_constancy_reads_a_repeat_with_its_sides_swapped(stored: Stored) -> None:
    votes = [
        vote(stored, "p0", "c0", "c1", "left", number=0),
        vote(stored, "p1", "c0", "c1", "tie", number=1),
        vote(stored, "p2", "c0", "c1", "left", number=2),
        vote(stored, "p0", "c1", "c0", "right", number=3, repeat_of=0),
        vote(stored, "p1", "c1", "c0", "tie", number=4, repeat_of=1),
        vote(stored, "p2", "c1", "c0", "left", number=5, repeat_of=2),
    ]
    [ada] = standings(stored, votes).raters
    assert (ada.repeated, ada.same) == (3, 2)


def test_agreement_among_people_and_with_each_judge(stored: Stored) -> None:
    qualities = {Place(f"p{i}", f"c{j}", "sampled", 0): q for i in range(3) for j, q in enumerate((4.0, 2.0))}
    scores = {
        place: Score(contestant=place.contestant, prompt=place.prompt, item="i", kind="chat", decoding="sampled",
                     sample=0, quality=quality)
        for place, quality in qualities.items()
    }  # fmt: skip
    verdicts = [
        Verdict(contestant=place.contestant, prompt=place.prompt, decoding="sampled", sample=0, judge="owl",
                repeat=repeat, state="scored", quality=5 if place.contestant == "c1" else repeat)
        for place in qualities
        for repeat in (0, 1)
    ]  # fmt: skip
    verdicts.append(verdicts[0].model_copy(update={"state": "unreadable", "quality": None, "repeat": 2}))
    judged = Stored("made", stored.prompts, stored.contestants, stored.answers, scores, verdicts)
    votes = [
        vote(judged, "p0", "c0", "c1", "left", number=0),
        vote(judged, "p1", "c0", "c1", "right", number=1),
        vote(judged, "p2", "c0", "c1", "tie", number=2),
        vote(judged, "p3", "c0", "c1", "left", number=3),  # not judged
        vote(judged, "p0", "c1", "c0", "right", "Bea", number=0),
        vote(judged, "p1", "c1", "c0", "right", "Bea", number=1),
        vote(judged, "p0", "c0", None, "4", "Cid", number=0),
        vote(judged, "p0", "c1", None, "3", "Cid", number=1),
    ]
    found = {(one.between, one.what): one for one in standings(judged, votes).agreement}
    people = found[("Ada", "Bea"), "pairs"]
    assert (people.of, people.same) == (2, 1)
    pairs = found[("people", "embedded"), "pairs"]
    assert (pairs.of, pairs.same) == (4, 3)
    scored = found[("people", "embedded"), "scores"]
    assert (scored.of, scored.same) == (2, 1)
    assert scored.kappa == pytest.approx(1 - 0.5 / 1.5)
    owl = found[("people", "owl"), "pairs"]  # which prefers c1 throughout
    assert (owl.of, owl.same) == (4, 1)


def test_what_is_told_can_be_written_and_read(stored: Stored, tmp_path: Path) -> None:
    found = standings(stored, [vote(stored, f"p{i}", "c0", "c1", "left", number=i) for i in range(8)])
    assert type(found).model_validate_json(found.model_dump_json()) == found
