"""Which answers a rater sees, in which order, and which of two stands on the left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from bardsmith.arena.stored import Place, Stored
from bardsmith.records import seed_of

Mode = Literal["pairs", "scores"]
"""Two answers, of which one may be better; or one answer, to be scored from 0 to 5."""

REPEATED = 10
"""Of so many that are shown, the last was shown before."""
DISTANCE = 4
"""A repeat is of one of the first so many of its ten, so that five others or more have been shown since."""


class Item(NamedTuple):
    """What is put before a rater at one time."""

    left: Place
    right: Place | None
    """None where one answer is scored."""
    repeat_of: int | None = None
    """The place in the session, from 0, of the item that this one repeats."""

    def again(self, number: int) -> Item:
        """The same a second time, sides swapped; `number` is where it stood."""
        return Item(self.left, None, number) if self.right is None else Item(self.right, self.left, number)


def items(stored: Stored, mode: Mode, rater: int) -> list[Item]:
    """Everything that there is to rate, in the order in which a rater gets it.

    In rounds: each round holds every pair of contestants once (or every contestant), each on a prompt of its own, so
    that any beginning is balanced. The two of a pair change sides from round to round. Raters are numbered from 0; all
    see the same items in the same order, every second one with the sides swapped.
    """
    rounds = _pairs(stored, rater) if mode == "pairs" else _singles(stored)
    return [item for _, _, item in sorted(rounds)]


def session(open_items: Sequence[Item], length: int) -> list[Item]:
    """The items of one session, at most `length`; every tenth is a repeat, by which the rater's constancy is told."""
    shown: list[Item] = []
    for item in open_items:
        if len(shown) % REPEATED == REPEATED - 1:
            first = len(shown) + 1 - REPEATED
            number = first + seed_of("repeat", *shown[first].left) % DISTANCE
            shown.append(shown[number].again(number))
        shown.append(item)
    return shown[:length]


def _pairs(stored: Stored, rater: int) -> Iterator[tuple[int, int, Item]]:
    """Pairs with their round and their turn in it."""
    matches = list(combinations(enumerate(stored.contestants), 2))
    for turn, ((i, one), (j, other)) in enumerate(matches):
        prompts = _shuffled(stored, turn / len(matches))
        shared = [places for prompt in prompts if (places := _shared(stored, prompt, one, other))]
        for number, (first, second) in enumerate(shared):
            item = Item(second, first) if (number + rater + i + j) % 2 else Item(first, second)
            yield number, seed_of("turn", number, one, other), item


def _shuffled(stored: Stored, start: float) -> list[str]:
    """The prompts as if shuffled, begun at a share of them: who begins elsewhere meets others at the same time."""
    prompts = sorted(stored.prompts, key=lambda prompt: seed_of("prompt", prompt))
    first = int(start * len(prompts))
    return prompts[first:] + prompts[:first]


def _shared(stored: Stored, prompt: str, one: str, other: str) -> tuple[Place, Place] | None:
    """The first answers that both gave under the same decoding; None if there are none."""
    for place in stored.of(prompt, one):
        twin = place._replace(contestant=other)
        if twin in stored.answers:
            return place, twin
    return None


def _singles(stored: Stored) -> Iterator[tuple[int, int, Item]]:
    for turn, contestant in enumerate(stored.contestants):
        prompts = _shuffled(stored, turn / len(stored.contestants))
        answered = [places[0] for prompt in prompts if (places := stored.of(prompt, contestant))]
        for number, place in enumerate(answered):
            yield number, seed_of("turn", number, contestant), Item(place, None)
