"""One correction for two bounds: how many families hold a false verdict, whatever epsilon, delta and the census are.

Simulated heads violate at known rates. A census and a search are binomial counts, as in `harness.trials.calibration`,
and the rule is that of `corrected`, for many families at once; that both rule alike is tested here too.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.records.cell import Cell, Verdict
from harness.trials.calibration import at_most, filed
from harness.trials.census import Census
from harness.trials.multiplicity import holm, level_reached, p_value
from harness.trials.profile import Profile
from harness.trials.verdict import corrected, figures, p_of

BOUNDS = (0.005, 0.01, 0.02, 0.05, 0.1)
PAIRS = [(epsilon, delta) for delta in BOUNDS for epsilon in BOUNDS if epsilon <= delta]
CENSUSES = ("own", 100, 200, 400, 800)
CELLS = 200


def profile_of(epsilon, delta, census, *, cells=CELLS):
    if census == "own":
        return Profile(epsilon=epsilon, delta=delta, census=1).counting(cells)
    return Profile(epsilon=epsilon, delta=delta, census=census)


@lru_cache(maxsize=64)
def table(n, bound):
    return np.array([p_value(violations, n, bound=bound) for violations in range(n + 1)])


def ruled(violations, broken, profile):
    """Which cells are satisfied and which are mostly: a row a family."""
    n, alpha = profile.census, profile.alpha
    strict, lax = table(n, profile.epsilon)[violations], table(n, profile.delta)[violations]
    cells = violations.shape[1]
    steps = alpha / (cells - np.arange(cells))
    fails = np.sort(strict, axis=1) > steps
    level = np.where(fails.any(1), steps[fails.argmax(1)], alpha)[:, None]
    return ~broken & (strict <= level), broken & (lax <= level)


def counted(rates, profile, *, families, seed):
    generator = np.random.default_rng([seed, len(rates), families])
    violations = generator.binomial(profile.census, rates, size=(families, len(rates)))
    broken = (violations > 0) | (generator.binomial(profile.search, rates, size=violations.shape) > 0)
    return violations, broken


def scenarios(epsilon, delta, cells=CELLS):
    """True rates: the worst that there are for each of the two verdicts, and mixtures that loosen the steps most."""
    between = (epsilon + delta) / 2
    some = cells // 10
    yield "all at epsilon", np.full(cells, epsilon)
    yield "all at delta", np.full(cells, delta)
    yield "between, where only satisfied is false", np.full(cells, between)
    yield "most at zero, the rest at epsilon", np.r_[np.zeros(cells - some), np.full(some, epsilon)]
    yield "most at zero, the rest at delta", np.r_[np.zeros(cells - some), np.full(some, delta)]
    yield "most just under epsilon, one of each bound", np.r_[np.full(cells - 2, epsilon / 8), epsilon, delta]


def false_families(epsilon, delta, census, rates, *, families, seed=0):
    profile = profile_of(epsilon, delta, census)
    satisfied, mostly = ruled(*counted(rates, profile, families=families, seed=seed), profile)
    false = (satisfied & (rates >= epsilon)) | (mostly & (rates >= delta))
    return int(false.any(1).sum())


def check(epsilon, delta, census, families):
    for what, rates in scenarios(epsilon, delta):
        hits = false_families(epsilon, delta, census, rates, families=families)
        found = at_most(f"{what}, epsilon {epsilon}, delta {delta}, census {census}", hits, families, share=0.05)
        assert found.right, str(found)


@pytest.mark.parametrize(
    ("epsilon", "delta", "census"),
    [
        (0.01, 0.05, 400),
        (0.01, 0.05, 600),
        (0.005, 0.1, 800),
        (0.02, 0.05, "own"),
        (0.05, 0.05, 200),
        (0.01, 0.02, 100),
    ],
)
def test_false_verdicts_are_as_rare_as_is_said(epsilon, delta, census):
    check(epsilon, delta, census, families=400)


@pytest.mark.thorough
@pytest.mark.parametrize("census", CENSUSES)
@pytest.mark.parametrize(("epsilon", "delta"), PAIRS)
def test_false_verdicts_are_as_rare_as_is_said_over_the_whole_grid(epsilon, delta, census):
    check(epsilon, delta, census, families=5000)


def by_the_open_p_value(violations, broken, profile):
    """The correction as it was: Holm's steps by the p-value of whichever verdict is open."""
    n = profile.census
    p = np.where(broken, table(n, profile.delta)[violations], table(n, profile.epsilon)[violations])
    rejected = np.array([holm(row.tolist(), alpha=profile.alpha) for row in p])
    return rejected & ~broken, rejected & broken


def test_the_simulation_catches_steps_by_the_open_p_value():
    profile, rates = profile_of(0.01, 0.05, 400), np.full(CELLS, 0.01)
    satisfied, _ = by_the_open_p_value(*counted(rates, profile, families=200, seed=0), profile)
    assert not at_most("by the open p-value", int(satisfied.any(1).sum()), 200, share=0.05).right


@settings(deadline=None, max_examples=60)
@given(
    data=st.data(),
    pair=st.sampled_from(PAIRS),
    census=st.sampled_from([60, 100, 400]),
    cells=st.integers(1, 12),
)
def test_the_simulation_rules_as_a_run_does(data, pair, census, cells):
    profile = profile_of(*pair, census)
    violations = data.draw(st.lists(st.integers(0, 12), min_size=cells, max_size=cells))
    found = [violation > 0 or data.draw(st.booleans()) for violation in violations]
    blank = Cell("0.0", "z", "output", "simulated", "a_claim", Verdict.UNDECIDED)
    filed_cells = [
        figures(
            blank,
            counterexample=broken,
            tried=100,
            counted=Census(census, violation, 0, 0, 1.0, (), constant=False),
            profile=profile,
            family=cells,
        )
        for violation, broken in zip(violations, found, strict=True)
    ]
    verdicts = [cell.verdict for cell in corrected(filed_cells, alpha=profile.alpha)]
    satisfied, mostly = ruled(np.array([violations]), np.array([found]), profile)
    assert [one is Verdict.SATISFIED for one in verdicts] == satisfied[0].tolist()
    assert [one is Verdict.MOSTLY for one in verdicts] == mostly[0].tolist()


def test_calibration_goes_the_same_way():
    profile = replace(profile_of(0.01, 0.05, 400), search=100)
    false, tally = filed([0.01] * 100, profile=profile, families=60)
    assert at_most("all at epsilon", false, 60, share=0.05).right
    assert tally[0.01, Verdict.MOSTLY] > 1000


P_VALUES = st.lists(st.sampled_from([0.0, 0.001, 0.0125, 0.013, 0.02, 0.025, 0.03, 0.05, 0.5, 1.0]), max_size=9)


@given(P_VALUES)
def test_what_is_at_most_the_last_level_is_what_holm_rejects(p_values):
    level = level_reached(p_values, alpha=0.05)
    assert tuple(p <= level for p in p_values) == holm(p_values, alpha=0.05)


def test_a_cell_that_is_mostly_loosens_nothing_for_the_others():
    # of two cells one holds at delta for certain and not at epsilon; the other is held against 0.05 / 2 as before
    blank = Cell("0.0", "z", "output", "c", "c", Verdict.REFUTED, p_value=1e-9, p_epsilon=0.5, family=2)
    other = Cell("0.1", "z", "output", "c", "c", Verdict.UNDECIDED, p_value=0.03, family=2)
    assert [cell.verdict for cell in corrected([blank, other], alpha=0.05)] == [Verdict.MOSTLY, Verdict.UNDECIDED]
    sure = replace(blank, p_epsilon=0.001)
    assert [cell.verdict for cell in corrected([sure, other], alpha=0.05)] == [Verdict.MOSTLY, Verdict.SATISFIED]


def test_a_cell_keeps_the_p_value_that_the_correction_goes_by():
    profile = Profile(epsilon=0.01, delta=0.05, census=400)
    some = Census(400, 3, 0, 0, 1.0, (), constant=False)
    blank = Cell("0.0", "z", "output", "c", "c", Verdict.UNDECIDED)
    broken = figures(blank, counterexample=True, tried=1, counted=some, profile=profile)
    assert broken.p_value == p_of(some, counterexample=True, profile=profile) < broken.p_epsilon
    assert broken.p_epsilon == p_of(some, counterexample=False, profile=profile)
    unbroken = figures(blank, counterexample=False, tried=1, counted=some, profile=profile)
    assert (unbroken.p_value, unbroken.p_epsilon) == (broken.p_epsilon, None)
