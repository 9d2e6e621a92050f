"""What people preferred in the arena, as far as they have voted."""

from __future__ import annotations

from bardsmith.report.background import Grid
from bardsmith.results import ArenaRatings, RaterAgreement, Rating


def figures(found: ArenaRatings | None) -> tuple[Grid, ...]:
    """The ratings, the raters, and how far people and judges agree; of each what there is."""
    if found is None:
        return ()
    head = ("contestant", "rating", "preferred to the others", "votes")
    ratings = Grid("People's votes", head, tuple(map(_rating, found.ratings)))
    raters = tuple(
        (rater.rater, str(rater.votes), f"{rater.same} of {rater.repeated}" if rater.repeated else "none shown twice")
        for rater in found.raters
    )
    agreement = tuple(map(_agreement, found.agreement))
    grids = (
        ratings,
        Grid("Raters", ("rater", "votes", "same again, sides swapped"), raters),
        Grid("People and judges", ("between", "on", "same", "kappa"), agreement),
    )
    return tuple(grid for grid in grids if grid.rows)


def said(found: ArenaRatings | None) -> tuple[str, ...]:
    """What the votes rest on, or why they rank nobody; nothing where there are none."""
    if found is None or not (found.votes or found.refused):
        return ()
    if found.refused:
        return (f"People's votes rank nobody: {found.refused.rstrip('.')}.",)
    return (
        f"People voted {found.votes} times on {found.prompts} prompts, blind (Bradley-Terry; 400 points are odds of "
        "ten to one; intervals by prompt).",
    )


def _rating(rating: Rating) -> tuple[str, ...]:
    points, preferred = f"{rating.rating:.0f}", f"{rating.preferred:.0%}"
    if rating.low is not None and rating.high is not None:
        points += f" [{rating.low:.0f}, {rating.high:.0f}]"
    if rating.preferred_low is not None and rating.preferred_high is not None:
        preferred += f" [{rating.preferred_low:.0%}, {rating.preferred_high:.0%}]"
    return rating.contestant, points, preferred, str(rating.votes)


def _agreement(found: RaterAgreement) -> tuple[str, ...]:
    kappa = "" if found.kappa is None else f"{found.kappa:.2f}"
    return " and ".join(found.between), found.what, f"{found.same} of {found.of}", kappa
