"""What is sent to the page: plain dictionaries. Of a session that is being rated, texts and nothing about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

from bardsmith.arena.contestants import told_before
from bardsmith.arena.stored import Place, Stored
from bardsmith.arena.votes import Turn, Vote
from bardsmith.records import Completion, Prompt
from bardsmith.results import Score


def listed(stored: Stored, live: Sequence[str]) -> dict[str, Any]:
    """Every prompt in a line, with the faults of its answers, for the filters of the reading room."""
    return {
        "study": stored.study,
        "contestants": stored.contestants,
        "live": live,
        "decodings": sorted({place.decoding for place in stored.answers}, reverse=True),
        "prompts": [
            {
                "id": prompt.id,
                "kind": prompt.kind,
                "form": prompt.form,
                "question": prompt.question,
                "faults": _faults_by_contestant(stored, prompt.id),
            }
            for prompt in stored.prompts.values()
        ],
    }


def _faults_by_contestant(stored: Stored, prompt: str) -> dict[str, list[str]]:
    return {
        contestant: sorted({fault for place in stored.of(prompt, contestant) for fault in _faults_at(stored, place)})
        for contestant in stored.contestants
    }


def prompt_page(stored: Stored, prompt: str) -> dict[str, Any]:
    """A prompt and all answers to it, contestants in the study's order; what each was told before it differs."""
    return {
        **asked(stored.prompts[prompt]),
        "id": prompt,
        "answers": [
            {
                "contestant": contestant,
                "decoding": place.decoding,
                "sample": place.sample,
                "told_before": told_before(contestant, stored.prompts[prompt]),
                "text": stored.answers[place].text,
                "tokens": stored.answers[place].tokens,
                "faults": list(_faults_at(stored, place)),
                "score": _told(stored.scores.get(place)),
            }
            for contestant in stored.contestants
            for place in stored.of(prompt, contestant)
        ],
    }


def asked(prompt: Prompt) -> dict[str, Any]:
    """The conversation so far."""
    return {
        "kind": prompt.kind,
        "messages": [{"role": message.role, "content": message.content} for message in prompt.messages],
    }


def turn_page(stored: Stored, turn: Turn) -> dict[str, Any]:
    """A session's current item, blind: no name, no score, no finish, no length."""
    page: dict[str, Any] = {"mode": turn.mode, "number": turn.number, "of": turn.of, "token": turn.token, "item": None}
    if turn.mode == "scores":
        page["rubric"] = rubric()
    if turn.item is not None:
        left, right, _ = turn.item
        texts = [_text(stored, place) for place in (left, right) if place is not None]
        page["item"] = {**asked(stored.prompts[left.prompt]), "texts": texts}
    return page


def _text(stored: Stored, place: Place) -> str:
    completion = stored.answers.get(place)
    return completion.text if completion else "(This answer is no longer there: skip it.)"


def rubric() -> list[str]:
    """What the scores from 0 to 5 mean."""
    lines = files("bardsmith.arena").joinpath("rubric.txt").read_text(encoding="utf-8").splitlines()
    return [line.partition("  ")[2] for line in lines]


def revealed(stored: Stored, votes: Sequence[Vote]) -> dict[str, Any]:
    """A session that has ended: what was voted, and whose the answers were."""
    return {
        "ended": True,
        "mode": votes[0].mode if votes else "pairs",
        "votes": [
            {
                "prompt": vote.item.left.prompt,
                "question": stored.prompts[vote.item.left.prompt].question,
                "contestants": [place.contestant for place in vote.item[:2] if place is not None],
                "choice": vote.choice,
                "repeat_of": vote.item.repeat_of,
            }
            for vote in votes
        ],
    }


def _told(score: Score | None) -> dict[str, Any] | None:
    return None if score is None else {"quality": score.quality, "notes": score.notes, "error": score.error}


def _faults_at(stored: Stored, place: Place) -> Iterator[str]:
    yield from _faults(stored.answers[place], stored.scores.get(place))


def _faults(completion: Completion, score: Score | None) -> Iterator[str]:
    """In the words of the filter; without a score only what is seen without a judge."""
    if not completion.text.strip():
        yield "empty"
    if completion.finish == "length":
        yield "cut off"
    if score is None:
        return
    told = {
        "failure": score.failure,
        "no verse": score.verse is False,
        "looping": score.looping,
        "gibberish": score.gibberish,
        "beside the question": score.relevant is False,
        "fact lost": score.fact_kept is False,
        "not scored": score.error is not None,
    }
    yield from (fault for fault, is_so in told.items() if is_so)
