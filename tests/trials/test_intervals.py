"""Intervals: that they cover, by counting every outcome where that can be done and by simulation where not."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom, binomtest

from harness.trials.intervals import degree_interval, lower_bound, rate_interval, upper_bound

quick = settings(max_examples=60, deadline=None)
RATES = (0.001, 0.05, 0.3, 0.5, 0.999)


@pytest.mark.parametrize("n", [1, 7, 60])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_clopper_pearson_covers_at_least_as_often_as_it_says(n, confidence):
    """Exactly: every outcome of n draws, weighed with its probability."""
    counts = range(n + 1)
    lows, highs = np.array([rate_interval(c, n, confidence=confidence) for c in counts]).T
    upper = np.array([upper_bound(c, n, confidence=confidence) for c in counts])
    lower = np.array([lower_bound(c, n, confidence=confidence) for c in counts])
    for p in RATES:
        chance = binom.pmf(counts, n, p)
        for covered in ((lows <= p) & (p <= highs), p <= upper, lower <= p):
            assert chance[covered].sum() >= confidence - 1e-12, p


@pytest.mark.parametrize("n", [1, 20, 59, 200, 10_000])
def test_without_a_violation_the_bound_is_in_closed_form(n):
    assert upper_bound(0, n, confidence=0.95) == pytest.approx(1 - 0.05 ** (1 / n), rel=1e-9)
    assert rate_interval(0, n, confidence=0.95) == (0.0, pytest.approx(1 - 0.025 ** (1 / n), rel=1e-9))


@quick
@given(n=st.integers(1, 400), data=st.data())
def test_bounds_are_one_anothers_mirror_and_hold_the_count_between_them(n, data):
    count = data.draw(st.integers(0, n))
    low, high = lower_bound(count, n, confidence=0.95), upper_bound(count, n, confidence=0.95)
    assert 0 <= low <= count / n <= high <= 1
    assert low == pytest.approx(1 - upper_bound(n - count, n, confidence=0.95), abs=1e-12)
    wide = rate_interval(count, n, confidence=0.95)
    assert wide[0] <= low <= high <= wide[1], "two sides cost more than one"


@pytest.mark.parametrize("n", [1, 30, 200])
def test_bounds_grow_with_the_count_and_tighten_with_n(n):
    for bound in (lower_bound, upper_bound):
        values = [bound(count, n, confidence=0.95) for count in range(n + 1)]
        assert all(a < b or a == b == 1 for a, b in pairwise(values))
    assert upper_bound(0, n + 1, confidence=0.95) < upper_bound(0, n, confidence=0.95)
    assert upper_bound(0, n, confidence=0.99) > upper_bound(0, n, confidence=0.95)


def test_of_nothing_nothing_is_known():
    assert rate_interval(0, 0, confidence=0.95) == degree_interval(0.0, 0, confidence=0.95) == (0.0, 1.0)
    assert upper_bound(0, 0, confidence=0.95) == 1
    assert lower_bound(0, 0, confidence=0.95) == 0


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.99])
def test_the_two_sided_interval_is_as_wide_as_its_confidence_asks(confidence):
    tail = (1 - confidence) / 2
    expected = (beta.ppf(tail, 3, 8), beta.ppf(1 - tail, 4, 7))
    assert rate_interval(3, 10, confidence=confidence) == pytest.approx(expected, rel=1e-9)


# The degree


@pytest.mark.parametrize("n", [1, 20, 200, 5000])
def test_where_all_shares_are_1_the_degree_has_the_bound_of_a_count(n):
    low, high = degree_interval(1.0, n, confidence=0.95)
    assert (low, high) == (pytest.approx(rate_interval(n, n, confidence=0.95)[0], rel=1e-9), 1.0)
    mirrored = degree_interval(0.0, n, confidence=0.95)
    assert mirrored == (0.0, pytest.approx(1 - low, rel=1e-9))


@pytest.mark.parametrize(
    ("name", "draw", "mean"),
    [
        ("Bernoulli, rare", lambda g, size: g.random(size) < 0.03, 0.03),
        ("Bernoulli, even", lambda g, size: g.random(size) < 0.5, 0.5),
        ("Bernoulli, nearly always", lambda g, size: g.random(size) < 0.995, 0.995),
        ("Beta, two humps", lambda g, size: g.beta(0.2, 0.1, size), 2 / 3),
        ("Beta, one hump", lambda g, size: g.beta(20, 5, size), 0.8),
        ("nearly all one", lambda g, size: 1 - (g.random(size) < 0.01) / 300, 1 - 0.01 / 300),
    ],
)
@pytest.mark.parametrize("n", [20, 200])
def test_the_degrees_interval_covers_the_mean(name, draw, mean, n):
    runs = draw(np.random.default_rng(7), (400, n)).mean(axis=1)
    found = {value: degree_interval(float(value), n, confidence=0.95) for value in set(runs.tolist())}
    covered = np.mean([found[value][0] <= mean <= found[value][1] for value in runs.tolist()])
    assert covered >= 0.95, name


@quick
@given(
    mean=st.floats(0, 1)
    | st.sampled_from([math.nextafter(1, 0), 1 - 1e-12, 1 - 1 / 60_000, 1e-300, 1e-12, 1 / 60_000]),
    n=st.integers(1, 10_000),
)
def test_the_degrees_interval_holds_the_mean_wherever_it_lies(mean, n):
    """One entry of 300 in one sequence of 200 makes a mean of 0.99998; the interval has to bear that as well."""
    low, high = degree_interval(mean, n, confidence=0.95)
    assert 0 <= low <= mean <= high <= 1
    wider = degree_interval(mean, n, confidence=0.99)
    assert wider[0] <= low + 1e-12
    assert wider[1] >= high - 1e-12


@quick
@given(mean=st.floats(0.001, 0.999), n=st.integers(2, 2000))
def test_the_degrees_interval_lies_within_the_looser_one_that_needs_no_logarithm(mean, n):
    """KL(x || mu) >= 2 (x - mu)^2 (Pinsker), so Hoeffding's simple bound contains this one."""
    low, high = degree_interval(mean, n, confidence=0.95)
    half = math.sqrt(math.log(2 / 0.05) / (2 * n))
    assert low >= mean - half - 1e-9
    assert high <= mean + half + 1e-9


@pytest.mark.parametrize("n", [1, 32, 200])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_intervals_are_those_of_scipy(n, confidence):
    for count in range(0, n + 1, max(1, n // 20)):
        found = binomtest(count, n).proportion_ci(confidence_level=confidence, method="exact")
        assert rate_interval(count, n, confidence=confidence) == pytest.approx((found.low, found.high), abs=1e-11)
