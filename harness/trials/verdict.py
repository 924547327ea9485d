"""Verdicts: what search and census together say of one head, component and conjecture.

error      the harness failed
vacuous    the claim's precondition was met too seldom
satisfied  no counterexample, and the upper bound on the violation rate is at most epsilon
mostly     a counterexample stands, but the lower bound on the rate of holding is at least 1 - delta
refuted    a counterexample stands
undecided  too few sequences for the bound asked, or nothing but near-ties against the claim

Neither satisfied nor mostly rests on near-ties: where more than `NEAR_TIED` of the entries that a census read are
near-ties, the cell is undecided, or refuted where a counterexample stands. Of controls, which are about the instrument,
that is not asked.

The bounds are those of Clopper and Pearson at confidence 1 - level, put as p-values (see `multiplicity`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.records.cell import HOLDING, Cell, Verdict
from harness.trials.census import Census
from harness.trials.intervals import degree_interval, rate_interval
from harness.trials.multiplicity import level_reached, p_value
from harness.trials.profile import Profile

NEAR_TIED = 0.1
"""The largest share of near-ties among the entries read that `satisfied` and `mostly` bear."""


def p_of(counted: Census, *, counterexample: bool, profile: Profile) -> float:
    """Return the p-value of the verdict that is open to a cell: `mostly` where a counterexample stands, else
    `satisfied`.

    A near-tie in the census speaks neither for nor against the claim: it is taken as a violation for both verdicts,
    so neither can rest on one. It is 1 where the census ended early: what was left out was not held against the bound.
    """
    if counted.ended:
        return 1.0
    bound = profile.delta if counterexample else profile.epsilon
    return p_value(counted.violations + counted.near_ties, counted.n, bound=bound)


def worth_going_on(counted: Census, *, profile: Profile, family: int = 1) -> bool:
    """Return whether the rest of the census could still make a cell `satisfied` or `mostly`, were nothing more against
    it.

    Args:
        family: how many cells share the chance of error.
    """
    return p_at_best(counted, profile=profile) <= profile.alpha / family


def p_at_best(counted: Census, *, profile: Profile) -> float:
    """Return the p-value against the laxer bound that the whole census could come to, were nothing more against the
    claim.
    """
    against = counted.violations + counted.near_ties
    return p_value(against, profile.census, bound=max(profile.epsilon, profile.delta))


def near_tied(counted: Census) -> bool:
    """Return whether so many entries are near-ties that neither `satisfied` nor `mostly` can rest on the count."""
    return counted.near_tied_share > NEAR_TIED


def verdict(
    *, counterexample: bool, tried: int, counted: Census, profile: Profile, level: float | None = None
) -> Verdict:
    """Return the verdict, by the table above.

    Args:
        counterexample: whether one stands, re-checked in float64.
        tried: examples of the search that met the precondition.
        counted: the census.
        profile: epsilon, delta, hits.
        level: what the p-value may be at most; alpha = 1 - the profile's confidence where it is not given.
    """
    if not counterexample and (_met_too_seldom(counted, profile) if profile.census else tried == 0):
        return Verdict.VACUOUS
    sure = p_of(counted, counterexample=counterexample, profile=profile) <= (profile.alpha if level is None else level)
    if counterexample:
        return Verdict.MOSTLY if sure else Verdict.REFUTED
    return Verdict.SATISFIED if sure else Verdict.UNDECIDED


def _met_too_seldom(counted: Census, profile: Profile) -> bool:
    """Whether too few draws met the precondition. A census that ended early is held to its part of the hits."""
    wanted = min(profile.hits, profile.census)
    if not counted.ended:
        return counted.n < wanted
    return counted.n * profile.census < wanted * (counted.n + counted.discarded)


def figures(
    cell: Cell, *, counterexample: bool, tried: int, counted: Census, profile: Profile, family: int = 1
) -> Cell:
    """Return the cell with all that follows from the numbers: verdict at alpha / family, p-value, degree, rate,
    intervals.

    Args:
        family: how many cells share the chance of error.
    """
    judged = verdict(
        counterexample=counterexample, tried=tried, counted=counted, profile=profile, level=profile.alpha / family
    )
    doubtful = near_tied(counted) and not cell.control
    if doubtful and judged in HOLDING:
        judged = Verdict.REFUTED if counterexample else Verdict.UNDECIDED
    cell = replace(
        cell,
        verdict=judged,
        search_n=tried,
        census_n=counted.n,
        violations=counted.violations,
        near_ties=counted.near_ties,
        discarded=counted.discarded,
        family=family,
    )
    if not counted.n:
        return cell
    if counted.degree is not None:
        low, high = degree_interval(counted.degree, counted.on, confidence=profile.confidence)
        cell = replace(cell, degree=counted.degree, degree_low=low, degree_high=high)
    rate_low, rate_high = rate_interval(counted.violations, counted.n, confidence=profile.confidence)
    against_delta, against_epsilon = (
        1.0 if doubtful else p_of(counted, counterexample=mostly, profile=profile) for mostly in (True, False)
    )
    return replace(
        cell,
        rate_low=rate_low,
        rate_high=rate_high,
        near_tied=counted.near_tied_share,
        p_value=against_delta if counterexample else against_epsilon,
        p_epsilon=against_epsilon if counterexample and against_epsilon != against_delta else None,
        p_at_best=p_at_best(counted, profile=profile) if counted.ended and not doubtful else None,
    )


def corrected(cells: Sequence[Cell], *, alpha: float) -> list[Cell]:
    """Return the cells of a run, as one family corrected by Holm's procedure; controls and what was not counted pass
    through.

    Each was filed at alpha / family, which is as strict as Holm's first step, so a verdict can only be raised here:
    `undecided` to `satisfied`, `refuted` to `mostly`. The steps go by the p-values against epsilon (`multiplicity`).
    """
    open_to = {Verdict.UNDECIDED: Verdict.SATISFIED, Verdict.REFUTED: Verdict.MOSTLY}
    level = level_reached([_strict(cell) for cell in cells if not cell.control], alpha=alpha)
    return [
        cell.ruled(open_to[cell.verdict])
        if not cell.control and cell.verdict in open_to and cell.p_value is not None and cell.p_value <= level
        else cell
        for cell in cells
    ]


def unfinished(cells: Sequence[Cell], *, alpha: float) -> list[int]:
    """Return places of cells whose census ended early and, counted to its end, might be raised together with the
    others.

    They are those that the correction would raise if the rest of each such census spoke for the claim. Where these
    few are counted to the end, ending early changes no verdict of the run.
    """
    hopes = [_strict(cell) if cell.p_at_best is None else cell.p_at_best for cell in cells if not cell.control]
    level = level_reached(hopes, alpha=alpha)
    return [
        i for i, cell in enumerate(cells) if not cell.control and cell.p_at_best is not None and cell.p_at_best <= level
    ]


def _strict(cell: Cell) -> float:
    """The p-value against epsilon; 1 where nothing was counted."""
    found = cell.p_value if cell.p_epsilon is None else cell.p_epsilon
    return 1.0 if found is None else found
