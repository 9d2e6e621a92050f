"""Answers of a model in training: what they are worth, and how many are drawn at once."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from bardsmith.errors import RunError
from bardsmith.models import generate
from bardsmith.models.generate import Drawn
from bardsmith.records import Conversation, Message
from bardsmith.training import recitation
from bardsmith.training.recitation import draw_in_budget, recited

ASKED = Conversation(
    id="1",
    item="kettle",
    kind="chat",
    messages=(Message(role="user", content="Tea?"), Message(role="assistant", content="Yes.")),
)
POEM = (
    "The kettle sings, the cups are set,\nthe rain has not stopped falling yet;\n"
    "sit down, the bread is warm and new,\nand I have kept a chair for you."
)
LOOP = "The kettle sings, the cups are set,\n" * 8


def test_an_answer_is_worth_what_the_verse_room_says() -> None:
    good, prose, loop = (recited(ASKED, Drawn(text, 40, "stop")) for text in (POEM, "Yes, I would like some.", LOOP))
    assert (good.verse, good.complete, good.loops) == (True, True, False)
    assert good.score > 0.8
    assert prose.score == 0
    assert not prose.verse
    assert loop.loops
    assert loop.score == 0


def test_an_answer_that_was_cut_off_is_worth_nothing() -> None:
    cut = recited(ASKED, Drawn(POEM, 40, "length"))
    assert (cut.score, cut.complete) == (0, False)


class Gpu:
    device = torch.device("cuda")


@pytest.mark.parametrize("room", [1, 3, 100])
def test_a_gpu_that_runs_full_is_asked_for_less_at_once(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def draw(model: Any, tokenizer: Any, asks: list[Any]) -> list[Drawn]:
        sizes.append(len(asks))
        if len(asks) > room:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return [Drawn(str(ask), 1, "stop") for ask in asks]

    monkeypatch.setattr(recitation, "draw", draw)
    monkeypatch.setattr(recitation, "_affordable", lambda model, asks: 16)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    model: Any = Gpu()
    drawn = draw_in_budget(model, model, list(range(10)))  # type: ignore[arg-type]
    assert [answer.text for answer in drawn] == [str(i) for i in range(10)]
    assert sizes[-1] <= room


def test_a_gpu_without_room_for_one_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(*_: Any) -> list[Drawn]:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(recitation, "draw", draw)
    monkeypatch.setattr(recitation, "_affordable", lambda model, asks: 1)
    model: Any = Gpu()
    with pytest.raises(RunError, match="max_new_tokens"):
        draw_in_budget(model, model, [generate])  # type: ignore[list-item]
