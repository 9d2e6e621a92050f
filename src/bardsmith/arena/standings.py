"""What the votes say: ratings, how constant the raters are, how far people agree with each judge. Also arena.json."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from bardsmith.agreement import kappa
from bardsmith.arena.pairs import Item
from bardsmith.arena.ratings import Floats, groups, intervals
from bardsmith.arena.stored import Place, Stored
from bardsmith.arena.votes import Choice, Vote
from bardsmith.results import ArenaRatings, Constancy, RaterAgreement, Rating

FEWEST_PROMPTS = 6
"""Below so many prompts an interval by prompt means nothing and is not given."""
SIDES: dict[Choice, Choice] = {"left": "right", "right": "left"}


def standings(stored: Stored, votes: Sequence[Vote], seed: int = 0) -> ArenaRatings:
    """All that is told of the votes. Votes on answers that are no longer there are left out, and counted."""
    current = [vote for vote in votes if vote.is_of(stored)]
    counted = [vote for vote in current if vote.item.repeat_of is None and vote.choice != "skip"]
    pairs = [vote for vote in counted if vote.mode == "pairs"]
    names = [name for name in stored.contestants if any(name in _sides(vote.item) for vote in pairs)]
    wins = _wins(pairs, names)
    refused = _refused(wins, names)
    return ArenaRatings(
        votes=len(pairs),
        prompts=len({vote.item.left.prompt for vote in pairs}),
        both_bad=sum(vote.choice == "both bad" for vote in pairs),
        skipped=sum(vote.choice == "skip" for vote in current),
        outdated=len(votes) - len(current),
        refused=refused,
        ratings=() if refused else tuple(_ratings(wins, names, seed)),
        contestants=tuple(names),
        wins=tuple(tuple(row) for row in wins.sum(0).tolist()),
        raters=tuple(_constancy(current)),
        agreement=(*_among_raters(pairs), *_with_judges(stored, counted)),
    )


def _sides(item: Item) -> tuple[str, ...]:
    return (item.left.contestant, item.right.contestant) if item.right else (item.left.contestant,)


def _wins(votes: Iterable[Vote], names: Sequence[str]) -> Floats:
    """[prompts, k, k]: how often each was preferred to each; ties and two bad ones are half a win for both."""
    place = {name: number for number, name in enumerate(names)}
    by_prompt: dict[str, Floats] = {}
    for vote in votes:
        wins = by_prompt.setdefault(vote.item.left.prompt, np.zeros((len(names), len(names))))
        left, right = (place[name] for name in _sides(vote.item))
        share = {"left": 1.0, "right": 0.0}.get(vote.choice, 0.5)
        wins[left, right] += share
        wins[right, left] += 1 - share
    return np.stack(list(by_prompt.values())) if by_prompt else np.zeros((0, len(names), len(names)))


def _refused(wins: Floats, names: Sequence[str]) -> str | None:
    """Why there is no ranking; None if there is one."""
    if len(names) < 2:
        return "There are no votes yet."
    apart = groups(wins.sum(0))
    if len(apart) == 1:
        return None
    told = "; ".join(", ".join(names[i] for i in group) for group in apart)
    return f"No vote connects these groups, so there is no common scale: {told}. More votes will."


def _ratings(wins: Floats, names: Sequence[str], seed: int) -> Iterator[Rating]:
    rating, share = intervals(wins, seed=seed)
    enough = len(wins) >= FEWEST_PROMPTS
    for i in np.argsort(-rating.value).tolist():
        yield Rating(
            contestant=names[i],
            rating=float(rating.value[i]),
            low=float(rating.low[i]) if enough else None,
            high=float(rating.high[i]) if enough else None,
            preferred=float(share.value[i]),
            preferred_low=float(share.low[i]) if enough else None,
            preferred_high=float(share.high[i]) if enough else None,
            votes=int(wins[:, i, :].sum() + wins[:, :, i].sum()),
        )


def _constancy(votes: Sequence[Vote]) -> Iterator[Constancy]:
    """How often each rater said the same of an item that came a second time, sides swapped."""
    by_place = {(vote.session, vote.number): vote for vote in votes if vote.choice != "skip"}
    for rater in dict.fromkeys(vote.rater for vote in votes):
        own = [vote for vote in votes if vote.rater == rater]
        twice = [
            (vote, first)
            for vote in own
            if (vote.session, vote.number) in by_place
            and vote.item.repeat_of is not None
            and (first := by_place.get((vote.session, vote.item.repeat_of)))
        ]
        yield Constancy(
            rater=rater,
            votes=len(own),
            repeated=len(twice),
            same=sum(again.choice == _mirrored(first, again.item) for again, first in twice),
        )


def _mirrored(vote: Vote, other: Item) -> Choice:
    """The vote's choice, as it reads where the same answers stand as in `other`."""
    return vote.choice if vote.item.left == other.left else SIDES.get(vote.choice, vote.choice)


def _among_raters(votes: Sequence[Vote]) -> Iterator[RaterAgreement]:
    """How often two raters said the same of the same pair."""
    by_rater: dict[str, dict[frozenset[Place], Vote]] = {}
    for vote in votes:
        by_rater.setdefault(vote.rater, {})[frozenset(place for place in vote.item[:2] if place)] = vote
    for one, other in combinations(by_rater, 2):
        both = [(by_rater[one][key], by_rater[other][key]) for key in by_rater[one].keys() & by_rater[other].keys()]
        if both:
            same = sum(ours.choice == _mirrored(theirs, ours.item) for ours, theirs in both)
            yield RaterAgreement(between=(one, other), what="pairs", of=len(both), same=same)


def _with_judges(stored: Stored, votes: Sequence[Vote]) -> Iterator[RaterAgreement]:
    """People and each judge: on pairs, who of the two is better, where both say so; on scores, quadratic kappa."""
    for judge, levels in stored.levels.items():
        pairs = [
            (vote.choice, "left" if given[0] > given[1] else "right")
            for vote in votes
            if vote.choice in SIDES and len(given := _given(levels, vote.item)) == 2 and given[0] != given[1]
        ]
        if pairs:
            same = sum(ours == theirs for ours, theirs in pairs)
            yield RaterAgreement(between=("people", judge), what="pairs", of=len(pairs), same=same)
        scores = [
            (float(vote.choice), given[0])
            for vote in votes
            if vote.mode == "scores" and (given := _given(levels, vote.item))
        ]
        if scores:
            same = sum(ours == round(theirs) for ours, theirs in scores)
            found = kappa(*zip(*scores, strict=True))
            yield RaterAgreement(
                between=("people", judge),
                what="scores",
                of=len(scores),
                same=same,
                kappa=None if math.isnan(found) else found,
            )


def _given(levels: Mapping[Place, float], item: Item) -> list[float]:
    """The judge's levels of the item's one or two answers; empty if one of them was not scored."""
    given = [levels.get(place) for place in item[:2] if place is not None]
    return [level for level in given if level is not None] if None not in given else []
