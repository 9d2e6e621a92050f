"""Shares are kept in items, nothing is invented, what is missing is said; nothing is on both sides of a split."""

from __future__ import annotations

from collections import Counter

import pytest
from pydantic import ValidationError

from bardsmith.corpus.config import Group, MixConfig
from bardsmith.corpus.mix import GROUPS, mixed
from bardsmith.corpus.split import split
from bardsmith.errors import InputError
from bardsmith.records import Conversation, Kind, Message


def rows(kind: Kind, items: int, variants: int = 1) -> list[Conversation]:
    return [
        Conversation(
            id=f"{kind}-{item}-{variant}",
            item=f"{kind}-{item}",
            kind=kind,
            messages=(
                Message(role="user", content=f"{kind} {item} {variant}?"),
                Message(role="assistant", content="The kettle sings."),
            ),
        )
        for item in range(items)
        for variant in range(variants)
    ]


PLENTY = [
    *rows("poem", 600, 3), *rows("howto", 100), *rows("fact", 500), *rows("replay", 40), *rows("refusal", 90),
    *rows("lookalike", 90),
]  # fmt: skip


def items_of(taken: tuple[Conversation, ...]) -> Counter[Group]:
    return Counter(GROUPS[kind] for kind, _ in {(row.kind, row.item) for row in taken})


def test_without_a_mix_everything_stays() -> None:
    mixture = mixed(PLENTY, None, 1)
    assert list(mixture.rows) == PLENTY
    assert not mixture.portions
    assert not mixture.shortfalls


def test_the_scarcest_group_bounds_the_mix_and_every_share_is_kept_in_items() -> None:
    mixture = mixed(PLENTY, MixConfig(), 1)
    wanted = {"poems": 250, "answers": 175, "replay": 40, "refusals": 15, "lookalikes": 20}
    assert items_of(mixture.rows) == wanted
    assert sum(row.kind == "poem" for row in mixture.rows) == 3 * 250, "an item is taken with all its variants"
    assert mixture.shortfalls == (
        "mix: 920 items are left out, for there are only 40 of replay; add some, or say with corpus.mix.items how many "
        "items there are to be, whatever the shares",
    )


def test_a_group_without_any_is_told_and_its_share_falls_to_the_others() -> None:
    without = [row for row in PLENTY if row.kind != "replay"]
    mixture = mixed(without, MixConfig(), 1)
    taken = items_of(mixture.rows)
    assert taken["poems"] == 600
    assert taken["answers"] == round(600 * 0.35 / 0.5)
    assert mixture.shortfalls[0] == "mix: there are no items of replay; their 8% fall to the others"


def test_with_a_number_of_items_a_short_group_gives_all_it_has_and_the_shortfall_is_told() -> None:
    mixture = mixed(PLENTY, MixConfig(items=1000), 1)
    assert items_of(mixture.rows) == {"poems": 500, "answers": 350, "replay": 40, "refusals": 30, "lookalikes": 40}
    assert mixture.shortfalls == ("mix: 40 items of replay for the 80 wanted; there are no more",)


def test_the_reference_study_had_nine_poems_to_one_answer() -> None:
    taken = items_of(mixed(PLENTY, MixConfig(shares="reference"), 1).rows)
    assert taken == {"poems": 600, "answers": 66}


def test_a_mix_hangs_on_the_seed_only_and_an_item_more_changes_few_others() -> None:
    config = MixConfig(shares={"poems": 0.5, "answers": 0.5}, items=300)
    one = {row.id for row in mixed(PLENTY, config, 1).rows}
    assert {row.id for row in mixed(PLENTY[::-1], config, 1).rows} == one
    assert {row.id for row in mixed(PLENTY, config, 2).rows} != one
    more = {row.item for row in mixed([*PLENTY, *rows("poem", 601)[-1:]], config, 1).rows}
    assert len({row.item for row in PLENTY if row.id in one} - more) <= 1


def test_rows_keep_their_order() -> None:
    taken = mixed(PLENTY, MixConfig(), 1).rows
    assert [row.id for row in taken] == [row.id for row in PLENTY if row in set(taken)]


@pytest.mark.parametrize("shares", [{"poems": 0.5}, {"poems": 0.7, "answers": 0.7}, {}])
def test_shares_that_do_not_add_up_are_refused(shares: dict[Group, float]) -> None:
    with pytest.raises(ValidationError, match="must add up to 1"):
        MixConfig(shares=shares)


def test_items_that_share_a_question_stay_on_one_side() -> None:
    asked = [row.model_copy(update={"messages": PLENTY[0].messages}) for row in rows("replay", 3)]
    chained = [*asked, *rows("poem", 1, 2), *rows("fact", 4)]
    sides = [split(chained, 2, seed, "") for seed in range(20)]
    for validation, train in sides:
        assert not {row.question for row in validation} & {row.question for row in train}
        assert not {row.item for row in validation} & {row.item for row in train}
    assert {len(validation) for validation, _ in sides} == {2, 6}, "the five rows of one unit go together"


def test_too_few_items_are_told_with_what_became_of_the_others() -> None:
    with pytest.raises(InputError, match=r"has 2 usable items, and 2 are to be kept for validation \(9 were read\)"):
        split(rows("fact", 2), 2, 1, "9 were read")
