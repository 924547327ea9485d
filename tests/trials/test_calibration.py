"""Are verdicts as sure as they say? Counted on simulated heads; and what is built wrongly must be caught.

The simulation says that draws are independent and that each sequence counts once. The last part holds `trial` to
that, on heads that violate a claim at a known rate.
"""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from scipy.stats import binom, binomtest, chi2

from harness import conjecture, constant, words
from harness.records.cell import Verdict
from harness.trials.calibration import (
    DEGREES,
    FAMILY,
    FULL,
    Instrument,
    at_least,
    at_most,
    calibrate,
    coverage_of_degree,
    coverage_of_rate,
    families_needed,
    filed,
)
from harness.trials.profile import Profile
from harness.trials.trial import trial
from harness.trials.verdict import figures
from tests.support.scripted import Scripted

pytestmark = pytest.mark.slow

PROFILE = Profile().counting(FAMILY)


def wrong(worse=0.5, **more):
    """What comes out wrong, as it is found, of families enough to see a worse share of false ones."""
    for finding in calibrate(families=families_needed(share=0.05, worse=worse), **more):
        if not finding.right:
            yield finding.what


def test_no_run_files_a_false_verdict_more_often_than_it_says():
    """The worst there is: every one of a thousand cells at epsilon. Families enough to tell 5 % from 8 %."""
    false, tally = filed([PROFILE.epsilon] * FAMILY, profile=PROFILE, families=FULL)
    assert at_most("false", false, FULL, share=0.05).right, false
    assert tally[0.05, Verdict.REFUTED] > 0.999 * FAMILY * FULL


def test_all_that_is_counted_is_right():
    assert list(wrong(worse=0.2)) == []


def test_so_it_is_where_satisfied_asks_for_more_than_mostly():
    assert list(wrong(profile=Profile(epsilon=0.02))) == []


# What a count may be


@pytest.mark.parametrize("n", [45, 1000, FULL])
@pytest.mark.parametrize("share", [0.05, 0.5])
def test_a_count_is_called_wrong_once_in_a_hundred_thousand_times_where_the_share_is_just_right(n, share):
    most, least = at_most("", 0, n, share=share).most, at_least("", 0, n, share=share).least
    assert binom.sf(most, n, share) <= 1e-5 < binom.sf(most - 1, n, share)
    assert binom.cdf(least - 1, n, share) <= 1e-5 < binom.cdf(least, n, share)


@pytest.mark.parametrize("worse", [0.08, 0.2])
def test_the_number_of_families_is_what_it_takes_to_see_a_worse_share(worse):
    n = families_needed(share=0.05, worse=worse)
    assert binom.cdf(at_most("", 0, n, share=0.05).most, n, worse) <= 1e-5
    few = n // 2
    assert binom.cdf(at_most("", 0, few, share=0.05).most, few, worse) > 1e-5
    assert families_needed(share=0.05, worse=0.08) == FULL


# What is built wrongly


def uncorrected(cell, **more):
    return figures(cell, **{**more, "family": 1})


def by_position(cell, *, counted, **more):
    """Twelve positions a sequence, all of which say the same, counted as twelve."""
    more_of_it = replace(
        counted, n=12 * counted.n, violations=12 * counted.violations, near_ties=12 * counted.near_ties
    )
    return figures(cell, counted=more_of_it, **more)


def narrow(cell, *, profile, **more):
    found = figures(cell, profile=replace(profile, confidence=0.9), **more)
    return replace(found, verdict=figures(cell, profile=profile, **more).verdict)


def charitable(cell, *, counted, **more):
    return figures(cell, counted=replace(counted, near_ties=0), **more)


def timid(cell, **more):
    found = figures(cell, **more)
    return replace(found, verdict=Verdict.UNDECIDED, p_value=1.0) if found.verdict is Verdict.SATISFIED else found


def bold(cells, *, alpha):
    """Every cell for itself."""
    return [
        replace(cell, verdict=Verdict.MOSTLY) if cell.verdict is Verdict.REFUTED and cell.p_value <= alpha else cell
        for cell in cells
    ]


@pytest.mark.parametrize(
    ("instrument", "caught"),
    [
        (Instrument(figures=uncorrected), "families all at 0.05"),
        (Instrument(corrected=bold), "families of rates from 0 to 0.1"),
        (Instrument(figures=by_position), "families all at 0.05"),
        (Instrument(figures=by_position), "rate 0.05 inside"),
        (Instrument(figures=by_position), "agreement, all ones and zeros"),
        (Instrument(figures=narrow), "rate 0.05 inside"),
        (Instrument(figures=charitable), "half of it near-ties"),
        (Instrument(figures=timid), "heads at rate 0 satisfied"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_built_wrongly_is_caught(instrument, caught):
    assert any(caught in what for what in wrong(instrument=instrument))  # and no further


def test_coverage_alone_is_judged_for_each_rate_and_each_distribution():
    assert coverage_of_rate(0.05, profile=PROFILE).right
    assert not coverage_of_rate(0.05, profile=PROFILE, instrument=Instrument(figures=narrow)).right
    for name in DEGREES:
        assert coverage_of_degree(name, profile=PROFILE, runs=200).right


# What is simulated is what a trial does


RATES = (0.0, 0.025, 0.05, 0.1)
HEADS = 12


@pytest.fixture(scope="module")
def is_constant():
    @conjecture(components="v", source="a test")
    @given(S=words())
    def a_reading_is_constant(head, S):
        """Every entry reads the same."""
        assert constant(head(S))

    return a_reading_is_constant.conjecture


def violates(ids, *, rate, salt):
    """By a digest of the ids: as good as chance, and the same whenever it is asked."""
    digest = hashlib.sha256(repr((salt, ids)).encode()).digest()
    return int.from_bytes(digest[:8], "big") < rate * 2**64


@pytest.fixture(scope="module")
def cells(is_constant):
    """Heads at each rate, counted and searched for real. Where a claim is violated, all entries but one are."""

    def head(rate, salt):
        return Scripted(lambda ids: [1] + [8 if violates(ids, rate=rate, salt=salt) else 1] * (len(ids) - 1))

    profile = Profile(first=0).counting(HEADS * len(RATES))
    return {
        rate: [trial(is_constant, head(rate, salt), profile, family=HEADS * len(RATES)) for salt in range(HEADS)]
        for rate in RATES
    }


@pytest.mark.thorough
@pytest.mark.parametrize("rate", RATES)
def test_a_trials_census_counts_sequences_and_its_count_is_binomial(cells, rate):
    found = cells[rate]
    assert {cell.census_n for cell in found} == {200}, "each of 2 to 24 positions, and each counts once"
    total = sum(cell.violations for cell in found)
    assert binomtest(total, HEADS * 200, rate).pvalue > 1e-4
    if rate:
        spread = sum((cell.violations - 200 * rate) ** 2 for cell in found) / (200 * rate * (1 - rate))
        assert 1e-4 < chi2.cdf(spread, HEADS) < 1 - 1e-4, "counts are spread as those of independent draws are"


@pytest.mark.thorough
@pytest.mark.parametrize("rate", RATES[1:])
def test_a_trials_search_meets_a_violation_as_early_as_independent_examples_would(cells, rate):
    """Examples tried up to the first violation, all heads together: as many tries as it takes for so many hits."""
    found = cells[rate]
    tried = sum(cell.search_n for cell in found)
    hits = sum(cell.search_n < 100 for cell in found)
    assert binomtest(hits, tried, rate).pvalue > 1e-4


@pytest.mark.thorough
def test_a_trials_verdicts_are_those_of_the_simulation(cells):
    assert {cell.verdict for cell in cells[0.0]} == {Verdict.SATISFIED}
    assert {cell.verdict for cell in cells[0.1]} == {Verdict.REFUTED}
    for rate, found in cells.items():
        assert all(cell.verdict not in (Verdict.SATISFIED, Verdict.MOSTLY) for cell in found if rate >= 0.05)
        covered = sum(cell.rate_low <= rate <= cell.rate_high for cell in found)
        assert at_least("", covered, HEADS, share=0.95).right
