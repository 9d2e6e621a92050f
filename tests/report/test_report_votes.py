"""People's votes in the report: told with their intervals, or why they rank nobody."""

from __future__ import annotations

from bardsmith.report import votes
from bardsmith.results import ArenaRatings, Constancy, RaterAgreement, Rating

SOME = ArenaRatings(
    votes=40,
    prompts=12,
    both_bad=3,
    skipped=1,
    outdated=0,
    ratings=(
        Rating(contestant="dora", rating=1062.4, low=1001, high=1130, preferred=0.61, preferred_low=0.5,
               preferred_high=0.72, votes=40),
        Rating(contestant="base", rating=937.6, preferred=0.39, votes=40),
    ),
    raters=(Constancy(rater="Ann", votes=40, repeated=4, same=3),),
    agreement=(
        RaterAgreement(between=("people", "embedded"), what="pairs", of=30, same=24),
        RaterAgreement(between=("people", "owl"), what="scores", of=10, same=6, kappa=0.714),
    ),
)  # fmt: skip


def test_ratings_and_raters_are_told() -> None:
    ratings, raters, agreement = votes.figures(SOME)
    assert ratings.rows == (
        ("dora", "1062 [1001, 1130]", "61% [50%, 72%]", "40"),
        ("base", "938", "39%", "40"),
    )
    assert raters.rows == (("Ann", "40", "3 of 4"),)
    assert agreement.rows == (
        ("people and embedded", "pairs", "24 of 30", ""),
        ("people and owl", "scores", "6 of 10", "0.71"),
    )
    (sentence,) = votes.said(SOME)
    assert sentence.startswith("People voted 40 times on 12 prompts, blind")


def test_without_votes_nothing_is_told_and_a_refusal_is() -> None:
    nobody = ArenaRatings(votes=0, prompts=0, both_bad=0, skipped=0, outdated=0)
    assert votes.figures(None) == votes.figures(nobody) == ()
    assert votes.said(None) == votes.said(nobody) == ()
    refused = nobody.model_copy(update={"votes": 3, "refused": "dora was never compared with base."})
    assert votes.figures(refused) == ()
    assert votes.said(refused) == ("People's votes rank nobody: dora was never compared with base.",)
