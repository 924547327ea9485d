"""Holm's procedure against its definition and against a library's; sizes against the bound they are made for."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from harness.trials.intervals import upper_bound
from harness.trials.multiplicity import holm, p_value, sequences_needed
from harness.trials.profile import Profile

P_VALUES = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.005, 0.0125, 0.05 / 3, 0.025, 0.05, 1.0]), max_size=12)


def closed(p_values, alpha):
    """Holm's as the closed test of Bonferroni's: reject what every set of hypotheses that holds it rejects."""
    many = range(len(p_values))
    sets = [some for size in range(1, len(p_values) + 1) for some in itertools.combinations(many, size)]
    rejects = {some: min(p_values[i] for i in some) <= alpha / len(some) for some in sets}
    return tuple(all(rejects[some] for some in sets if i in some) for i in many)


@given(st.lists(st.sampled_from([0.001, 0.0125, 0.013, 0.02, 0.025, 0.03, 0.05, 0.5]), max_size=7))
def test_holm_is_the_closed_test_of_bonferroni(p_values):
    assert holm(p_values, alpha=0.05) == closed(p_values, 0.05)


@given(P_VALUES)
def test_holm_rejects_what_bonferroni_rejects_and_nothing_above_alpha(p_values):
    for p, rejected in zip(p_values, holm(p_values, alpha=0.05), strict=True):
        assert rejected or p > 0.05 / len(p_values)
        assert not rejected or p <= 0.05


@given(P_VALUES, st.randoms(use_true_random=False))
def test_holm_does_not_care_for_the_order(p_values, random):
    order = list(range(len(p_values)))
    random.shuffle(order)
    shuffled = holm([p_values[i] for i in order], alpha=0.05)
    assert [shuffled[order.index(i)] for i in range(len(order))] == list(holm(p_values, alpha=0.05))


def test_holm_keeps_the_chance_of_any_false_rejection_at_alpha():
    generator = np.random.default_rng(0)
    runs, false = 4000, 0
    for _ in range(runs):
        true = generator.uniform(size=15)  # hypotheses that are true
        found = holm([*true, *generator.uniform(0, 1e-4, size=5)], alpha=0.05)
        false += any(found[:15])
        assert all(found[15:])
    assert false / runs < 0.05 + 4 * (0.05 * 0.95 / runs) ** 0.5


@pytest.mark.parametrize("epsilon", [0.01, 0.05, 0.3])
@pytest.mark.parametrize("family", [1, 69, 5000])
def test_the_size_is_the_least_that_a_clean_census_needs(epsilon, family):
    n = sequences_needed(bound=epsilon, confidence=0.95, family=family)
    sure = 1 - 0.05 / family
    assert upper_bound(0, n, confidence=sure) <= epsilon
    assert n == 1 or upper_bound(0, n - 1, confidence=sure) > epsilon


def test_a_family_is_of_one_cell_unless_it_is_said_otherwise_and_needs_one_sequence_at_least():
    assert sequences_needed(bound=0.05, confidence=0.95) == 59
    assert sequences_needed(bound=0.96, confidence=0.95) == 1
    assert sequences_needed(bound=0.96, confidence=0.01) == 1


def test_a_census_grows_with_the_family_and_never_shrinks():
    assert Profile().counting(1).census == 200
    assert Profile(census=10).counting(1).census == 59
    assert Profile().counting(40_000).census == sequences_needed(bound=0.05, confidence=0.95, family=40_000) == 265


def test_a_p_value_is_a_sum_of_binomial_terms():
    assert p_value(1, 3, bound=0.5) == pytest.approx(0.5)
    assert p_value(3, 3, bound=0.5) == 1.0
    assert p_value(0, 0, bound=0.5) == 1.0
    for violations in range(201):
        assert p_value(violations, 200, bound=0.05) == pytest.approx(binom.cdf(violations, 200, 0.05), rel=1e-11)
