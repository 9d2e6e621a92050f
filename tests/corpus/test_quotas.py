"""Forms keep to their shares however many poems there are, and a poem more changes none before it."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bardsmith.corpus.config import FIXED_LINES, ConversationsConfig, RefineConfig, lengths_of
from bardsmith.corpus.instructing import rules_of, sections
from bardsmith.corpus.quotas import by_quota, drawn_length, in_words
from bardsmith.records import Form, Kind

FORMS: tuple[Form, ...] = get_args(Form)
SHARES = st.dictionaries(st.sampled_from(FORMS), st.integers(0, 50), min_size=1).filter(
    lambda found: any(found.values())
)


@given(SHARES, st.integers(0, 9), st.integers(1, 300))
def test_every_form_has_its_share_rounded_up_or_down(weights: dict[Form, int], seed: int, number: int) -> None:
    total = sum(weights.values())
    drawn = Counter(islice(by_quota({form: weight / total for form, weight in weights.items()}, seed), number))
    for form, weight in weights.items():
        assert abs(drawn[form] - number * weight / total) < 1 + 1e-3, form


def test_the_default_quota_is_met_and_one_more_changes_none_before_it() -> None:
    config = RefineConfig()
    drawn = list(islice(by_quota(config.forms, 7), 1000))
    assert {form: drawn.count(form) / 1000 for form in FORMS} == pytest.approx(config.forms, abs=0.001)
    assert list(islice(by_quota(config.forms, 7), 1001))[:1000] == drawn
    assert list(islice(by_quota(config.forms, 8), 1000)) != drawn


def test_lengths_vary_within_the_bounds_in_whole_stanzas() -> None:
    config = RefineConfig()
    for form in FORMS:
        drawn = {drawn_length(form, config.lines(form), "seed", number) for number in range(300)}
        assert drawn == set(lengths_of(form, config.lines(form)))
        assert (len(drawn) == 1) == (form in FIXED_LINES)
    assert lengths_of("ballad", (6, 13)) == [8, 12]
    assert lengths_of("sonnet", (3, 12)) == []
    assert in_words("quatrain", 12) == "12 lines, 3 stanzas of 4, with a blank line between them"
    assert in_words("couplet", 2) == "2 lines, 1 couplet"
    assert in_words("haiku", 3) == "3 lines"


def test_every_form_and_every_kind_has_its_instructions() -> None:
    assert set(sections("forms")) == set(FORMS)
    assert set(sections("kinds")) == set(get_args(Kind))
    assert all(len(rules_of(form)) > 80 for form in FORMS)


@pytest.mark.parametrize(
    ("config", "given", "said"),
    [
        (RefineConfig, {"forms": {"couplet": 0.5}}, "add up to 0.5"),
        (RefineConfig, {"lengths": {"sonnet": [10, 14]}}, "every sonnet has 14 lines"),
        (RefineConfig, {"lengths": {"ballad": [5, 7]}}, "multiples of 4"),
        (RefineConfig, {"lengths": {"ballad": [9, 4]}}, "fewest lines come first"),
        (ConversationsConfig, {"forms": {"sonnet": 1}}, "none of the forms"),
    ],
)
def test_a_quota_or_length_that_cannot_be_met_is_refused(config: type[RefineConfig], given: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        config.model_validate(given)


def test_forms_too_long_for_a_kind_are_left_out_there() -> None:
    config = ConversationsConfig()
    assert "sonnet" in config.forms_of("howto")
    assert "sonnet" not in config.forms_of("fact")
    assert "haiku" not in config.forms_of("howto")
