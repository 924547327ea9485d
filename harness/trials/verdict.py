"""Verdicts: what search and census together say of one head, component and conjecture.

error      the harness failed
vacuous    the claim's precondition was met too seldom
satisfied  no counterexample, and the upper bound on the violation rate is at most epsilon
mostly     a counterexample stands, but the lower bound on the rate of holding is at least 1 - delta
refuted    a counterexample stands
undecided  too few sequences for the bound asked, or nothing but near-ties against the claim
"""

from __future__ import annotations

from harness.trials.cell import Verdict
from harness.trials.census import Census
from harness.trials.intervals import lower_bound, upper_bound
from harness.trials.profile import Profile


def verdict(
    *, counterexample: bool, tried: int, counted: Census, profile: Profile, confidence: float | None = None
) -> Verdict:
    """The verdict, by the table above.

    A near-tie in the census speaks neither for nor against the claim: for `satisfied` it is taken as a violation, for
    `mostly` as well, so neither verdict can rest on one.

    Args:
        counterexample: whether one stands, re-checked in float64.
        tried: examples of the search that met the precondition.
        counted: the census.
        profile: epsilon, delta, hits.
        confidence: of the bounds; the profile's where it is not given.
    """
    sure = profile.confidence if confidence is None else confidence
    asked = profile.census > 0
    if not counterexample and (counted.n < min(profile.hits, profile.census) if asked else tried == 0):
        return Verdict.VACUOUS
    against = counted.violations + counted.near_ties
    if counterexample:
        holding = lower_bound(counted.n - against, counted.n, confidence=sure) if counted.n else 0.0
        return Verdict.MOSTLY if holding >= 1 - profile.delta else Verdict.REFUTED
    if counted.n and upper_bound(against, counted.n, confidence=sure) <= profile.epsilon:
        return Verdict.SATISFIED
    return Verdict.UNDECIDED
