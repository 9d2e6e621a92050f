"""The ballot box: what is stale is refused, what was voted is kept, and nothing is counted twice."""

from __future__ import annotations

import csv
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from test_pairs import stored_of

from bardsmith.arena.stored import Place, Stored
from bardsmith.arena.votes import Ballots, StaleError, Turn, UnknownSessionError
from bardsmith.errors import InputError


@pytest.fixture
def stored() -> Stored:
    return stored_of(8, 3)


@pytest.fixture
def ballots(tmp_path: Path, stored: Stored) -> Ballots:
    return Ballots(tmp_path / "votes.sqlite", stored)


def cast(ballots: Ballots, session: str, choice: str = "left") -> Turn:
    token = ballots.turn(session).token
    assert token is not None
    return ballots.vote(session, token, choice, 5)


def test_a_session_goes_from_item_to_item_and_ends(ballots: Ballots) -> None:
    session = ballots.begin("Ada", "pairs", 3)
    assert [cast(ballots, session).number for _ in range(3)] == [1, 2, 3]
    assert ballots.turn(session).item is None
    votes = ballots.end(session)
    assert [vote.choice for vote in votes] == ["left"] * 3
    assert ballots.turn(session).ended


def test_a_second_vote_on_an_item_is_refused(ballots: Ballots) -> None:
    session = ballots.begin("Ada", "pairs", 3)
    token = ballots.turn(session).token
    assert token is not None
    ballots.vote(session, token, "left", 5)
    with pytest.raises(StaleError):
        ballots.vote(session, token, "right", 5)
    assert [vote.choice for vote in ballots.votes()] == ["left"]


def test_undo_takes_back_the_last_vote_once(ballots: Ballots) -> None:
    session = ballots.begin("Ada", "pairs", 3)
    cast(ballots, session, "left")
    token = ballots.turn(session).token
    assert ballots.undo(session, token).number == 0
    with pytest.raises(StaleError):  # a second window that shows the same
        ballots.undo(session, token)
    cast(ballots, session, "right")
    assert [vote.choice for vote in ballots.votes()] == ["right"]


def test_nothing_is_changed_once_the_names_are_known(ballots: Ballots) -> None:
    session = ballots.begin("Ada", "pairs", 2)
    cast(ballots, session)
    ballots.end(session)
    token = ballots.turn(session).token
    assert token is not None
    with pytest.raises(StaleError):
        ballots.vote(session, token, "left", 1)
    with pytest.raises(StaleError):
        ballots.undo(session, token)


def test_a_rater_is_not_asked_twice_and_the_next_one_has_the_sides_swapped(ballots: Ballots) -> None:
    def all_of(rater: str, length: int) -> list[tuple[Place, Place | None]]:
        session, seen = ballots.begin(rater, "pairs", length), []
        while (turn := ballots.turn(session)).item is not None:
            seen.append((turn.item.left, turn.item.right))
            cast(ballots, session, "skip")
        return seen

    first, rest = all_of("Ada", 9), all_of("Ada", 100)
    assert not set(first) & set(rest)
    with pytest.raises(InputError, match="rated everything"):
        ballots.begin("Ada", "pairs", 1)
    assert [(right, left) for left, right in all_of("Bea", 9)] == first


def test_an_answer_that_was_replaced_is_asked_again(tmp_path: Path, ballots: Ballots, stored: Stored) -> None:
    session = ballots.begin("Ada", "pairs", 100)
    while ballots.turn(session).item is not None:
        cast(ballots, session)
    answers = {
        place: completion.model_copy(update={"text": "new"}) if place[:2] == ("p0", "c0") else completion
        for place, completion in stored.answers.items()
    }
    with Ballots(tmp_path / "votes.sqlite", Stored("made", stored.prompts, stored.contestants, answers, {})) as again:
        assert again.turn(again.begin("Ada", "pairs", 100)).of == 2


@pytest.mark.parametrize("name", ["", "  ", "=1+1", "-x", "a" * 41, "a\nb;<script>"])
def test_a_name_that_could_do_harm_in_a_table_is_refused(ballots: Ballots, name: str) -> None:
    with pytest.raises(InputError, match="name"):
        ballots.begin(name, "pairs", 5)


def test_a_choice_of_the_other_mode_is_refused(ballots: Ballots) -> None:
    session = ballots.begin("Ada", "scores", 3)
    with pytest.raises(InputError, match="'left'"):
        cast(ballots, session, "left")
    assert cast(ballots, session, "5").number == 1


def test_an_unknown_session_and_a_file_that_is_none_are_told(tmp_path: Path, stored: Stored, ballots: Ballots) -> None:
    with pytest.raises(UnknownSessionError):
        ballots.turn("nobody")
    (tmp_path / "other.sqlite").write_text("no database, but a text that is long enough to be looked at " * 20)
    with pytest.raises(InputError, match="Move it aside"):
        Ballots(tmp_path / "other.sqlite", stored)


def test_votes_csv_says_what_stands(tmp_path: Path, ballots: Ballots) -> None:
    session = ballots.begin("Ada", "pairs", 12)
    for _ in range(11):
        cast(ballots, session, "tie")
    ballots.undo(session, ballots.turn(session).token)
    with (tmp_path / "votes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["choice"] for row in rows] == ["tie"] * 10
    assert rows[9]["repeat_of"]
    assert all(row["rater"] == "Ada" and row["left"] != row["right"] and session not in row.values() for row in rows)


def test_an_open_spreadsheet_costs_no_vote(tmp_path: Path, ballots: Ballots) -> None:
    (tmp_path / "votes.csv").mkdir()  # what cannot be replaced, on every system
    cast(ballots, ballots.begin("Ada", "pairs", 3))
    assert len(ballots.votes()) == 1


def test_of_many_votes_on_one_item_one_counts(ballots: Ballots) -> None:
    session = ballots.begin("Ada", "pairs", 5)
    token = ballots.turn(session).token
    assert token is not None
    start = threading.Barrier(12)

    def click(choice: str) -> bool:
        start.wait()
        try:
            ballots.vote(session, token, choice, 1)
        except StaleError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(click, ["left", "right"] * 6)) == 1
    assert len(ballots.votes()) == 1


def test_random_acts_in_two_windows_keep_the_books(ballots: Ballots) -> None:
    """A model of the session beside it: whatever two windows do with what they see, votes stand as the model says."""
    chance = random.Random(5)
    session = ballots.begin("Ada", "pairs", 20)
    windows = [ballots.turn(session)] * 2
    model: list[str] = []
    for _ in range(300):
        which = chance.randrange(2)
        seen = windows[which]
        is_current = seen.token == ballots.turn(session).token
        choice = chance.choice(["left", "right", "tie", "skip"])
        try:
            if chance.random() < 0.3:
                windows[which] = ballots.undo(session, seen.token)
                model.pop()
            else:
                windows[which] = ballots.vote(session, seen.token or "none is left", choice, 1)
                model.append(choice)
            assert is_current
        except StaleError:
            windows[which] = ballots.turn(session)
        assert [vote.choice for vote in ballots.votes()] == model
