"""How much of what: the shares of the groups of kinds, counted in items, without a row invented."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bardsmith.corpus.config import Group, MixConfig
from bardsmith.records import Conversation, Kind, seed_of

GROUPS: dict[Kind, Group] = {
    "poem": "poems", "howto": "answers", "open_qa": "answers", "closed_qa": "answers", "summarize": "answers",
    "fact": "answers", "chat": "answers", "refusal": "refusals", "lookalike": "lookalikes", "replay": "replay",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Portion:
    """Items of one group."""

    share: float
    """Of all items, as wanted."""
    there: int
    taken: int


@dataclass(frozen=True, slots=True)
class Mixture:
    rows: tuple[Conversation, ...]
    """Those taken, in the order in which they came."""
    portions: Mapping[Group, Portion]
    """Of the groups that are wanted or there; empty without a mix."""
    shortfalls: tuple[str, ...]
    """Every wish that could not be met, in words."""


def mixed(rows: Sequence[Conversation], config: MixConfig | None, seed: int) -> Mixture:
    """The rows of a mix; all of them if none is asked for.

    Whole items are taken, drawn by a hash of seed and item: an item more changes the fate of few others. An item
    belongs to the group of its first row.
    """
    if config is None:
        return Mixture(tuple(rows), {}, ())
    items = _items_by_group(rows)
    there = {group: len(names) for group, names in items.items()}
    wanted = _wanted(config, there)
    taken = {group: min(wanted.get(group, 0), there.get(group, 0)) for group in {**wanted, **there}}
    kept = {
        name
        for group, names in items.items()
        for name in sorted(names, key=lambda name: seed_of(seed, "mix", name))[: taken[group]]
    }
    portions = {
        group: Portion(config.targets.get(group, 0), there.get(group, 0), number) for group, number in taken.items()
    }
    shortfalls = tuple(_shortfalls(config, portions))
    return Mixture(tuple(row for row in rows if row.item in kept), portions, shortfalls)


def _items_by_group(rows: Sequence[Conversation]) -> dict[Group, list[str]]:
    group_of: dict[str, Group] = {}
    for row in rows:
        group_of.setdefault(row.item, GROUPS[row.kind])
    items: defaultdict[Group, list[str]] = defaultdict(list)
    for name, group in group_of.items():
        items[group].append(name)
    return dict(items)


def _wanted(config: MixConfig, there: Mapping[Group, int]) -> dict[Group, int]:
    """Items of each group: of the number asked for; else the most with which every group that has any keeps its share,
    where the share of one that has none falls to the others.
    """
    if config.items is not None:
        return {group: round(share * config.items) for group, share in config.targets.items()}
    present = {group: share for group, share in config.targets.items() if there.get(group)}
    most = min((there[group] / share for group, share in present.items()), default=0)
    return {group: int(share * most + 1e-9) if group in present else 0 for group, share in config.targets.items()}


def _shortfalls(config: MixConfig, portions: Mapping[Group, Portion]) -> Iterator[str]:
    if config.items is not None:
        for group, portion in portions.items():
            if portion.taken < (wanted := round(portion.share * config.items)):
                yield f"mix: {portion.taken} items of {group} for the {wanted} wanted; there are no more"
        return
    for group, portion in portions.items():
        if portion.share and not portion.there:
            yield f"mix: there are no items of {group}; their {portion.share:.0%} fall to the others"
    left = sum(portion.there - portion.taken for portion in portions.values() if portion.share)
    if left:
        scarce = min((group for group in portions if portions[group].taken), key=lambda each: _reach(portions[each]))
        yield (
            f"mix: {left} items are left out, for there are only {portions[scarce].there} of {scarce}; add some, "
            "or say with corpus.mix.items how many items there are to be, whatever the shares"
        )


def _reach(portion: Portion) -> float:
    return portion.there / portion.share if portion.share else float("inf")
