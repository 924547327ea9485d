"""Roles against the attention that they are about, written by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.laws import roles
from harness.laws.agreement import literally
from harness.readings.attention import by_hand, of_weights

ROLES = [
    roles.the_token_before,
    roles.an_earlier_copy,
    roles.what_followed_an_earlier_copy,
    roles.the_first_position,
    roles.itself,
]


@pytest.mark.parametrize("role", ROLES)
@given(
    S=st.lists(st.integers(0, 3), min_size=1, max_size=7), bos=st.booleans(), seed=st.integers(0, 99), data=st.data()
)
def test_the_degree_is_the_mean_attention_on_the_claimed_positions(role, S, bos, seed, data):
    first = -1 if bos else 0
    weights = np.random.default_rng(seed).uniform(size=(len(S), len(S) - first))
    for i in range(len(S)):
        weights[i, i + 1 - first :] = 0
    weights /= weights.sum(1, keepdims=True)
    found = roles.attends(of_weights(tuple(S), weights, relative=0.0), role)
    claims = [(i, role(S, i, first)) for i in range(len(S))]
    given_to = [sum(weights[i, place - first] for place in claimed) for i, claimed in claims if claimed]
    if not given_to:
        assert found.compared == 0
        return
    assert found.share == pytest.approx(np.mean(given_to))
    if abs(np.mean(given_to) - 0.5) > 1e-3:
        assert bool(found) == (np.mean(given_to) > 0.5)


@pytest.mark.parametrize("role", ROLES)
@given(S=st.lists(st.integers(0, 3), min_size=1, max_size=7), bos=st.booleans())
def test_a_role_claims_only_what_a_query_may_see(role, S, bos):
    first = -1 if bos else 0
    for i in range(len(S)):
        assert role(S, i, first) <= set(range(first, i + 1))


def test_a_mean_at_a_half_is_a_near_tie():
    even = by_hand([[1.0], [0.5, 0.5]])
    found = roles.attends(even, roles.the_token_before)
    assert found
    with literally():
        assert not found


def test_the_query_that_gives_least_is_shown():
    found = roles.attends(by_hand([[1.0], [0.9, 0.1], [0.0, 0.1, 0.9]]), roles.the_token_before)
    assert found.first_difference == (2,)
    assert not roles.attends(by_hand([[1.0], [0.3, 0.7], [0.0, 0.1, 0.9]]), roles.the_token_before)
