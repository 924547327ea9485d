"""Functions: what is settled by what, against a dictionary."""

from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.laws.agreement import literally
from harness.laws.relations import goes_on_from_the_last, reads_equal_tokens_alike, settled_by
from harness.readings.reading import line, triangle

quick = settings(max_examples=60, deadline=None)
FEW = st.integers(0, 2)


def marks(draw, size):
    return tuple(i for i in range(size) if draw(st.integers(0, 3)) == 0)


@st.composite
def lines(draw, n, sure=False):
    tokens = [draw(FEW) for _ in range(n)]
    ids = tuple(draw(FEW) for _ in range(n))
    return replace(line(tokens, near_ties=() if sure else marks(draw, n), runner_up=9), ids=ids)


@st.composite
def triangles(draw, n, sure=False):
    size = n * (n + 1) // 2
    rows = [[draw(FEW) for _ in range(i + 1)] for i in range(n)]
    ids = tuple(draw(FEW) for _ in range(n))
    return replace(triangle(rows, near_ties=() if sure else marks(draw, size), runner_up=9), ids=ids)


def is_function(pairs):
    table = {}
    return all(table.setdefault(key, value) == value for key, value in pairs)


def alike(tokens, ids, triangular):
    keys = [(ids[i], ids[j]) for i in range(len(ids)) for j in range(i + 1)] if triangular else ids
    return is_function(zip(keys, tokens, strict=True))


def goes_on(tokens, ids):
    return is_function(((tokens[i - 1], ids[i]), tokens[i]) for i in range(1, len(ids)))


def settled(pairs, queries, keys):
    n = len(queries)
    both = [(queries[i], keys[j]) for i in range(n) for j in range(i + 1)]
    return is_function(zip(both, pairs, strict=True))


def worlds(reading):
    """Every reading that a near-tied one may be: a near-tie is any of the tokens there are."""
    choices = [
        (0, 1, 2, 9) if tie else (t,)
        for t, tie in zip(reading.tokens.tolist(), reading.near_ties.tolist(), strict=True)
    ]
    return product(*choices)


@quick
@given(st.integers(1, 5).flatmap(lambda n: st.one_of(lines(n), triangles(n, sure=True))))
def test_equal_tokens_alike_is_a_function_of_the_token(reading):
    found = reads_equal_tokens_alike(reading)
    with literally():
        assert bool(found) == alike(reading.tokens.tolist(), reading.ids, reading.triangle)
    if not found:
        assert not any(alike(world, reading.ids, reading.triangle) for world in worlds(reading))
        assert found.first_difference is not None
        assert found.margin > 0


@quick
@given(st.integers(1, 5).flatmap(lines))
def test_going_on_is_a_function_of_what_was_read_and_the_token(reading):
    found = goes_on_from_the_last(reading)
    assert found.compared == len(reading) - 1
    with literally():
        assert bool(found) == goes_on(reading.tokens.tolist(), reading.ids)
    if not found:
        assert not any(goes_on(world, reading.ids) for world in worlds(reading))


@quick
@given(st.integers(1, 3).flatmap(lambda n: st.tuples(triangles(n), lines(n), lines(n))))
def test_a_multiplication_table_is_a_function_of_query_and_key(three):
    pairs, queries, keys = three
    found = settled_by(pairs, queries, keys)
    with literally():
        assert bool(found) == settled(*(reading.tokens.tolist() for reading in three))
    if not found:
        assert not any(settled(*world) for world in product(*(list(worlds(reading)) for reading in three)))


def test_the_share_is_that_of_the_commonest_token_of_each_group():
    reading = replace(line([5, 5, 6, 7]), ids=(1, 1, 1, 2))
    assert reads_equal_tokens_alike(reading).share == 0.75
    assert reads_equal_tokens_alike(reading).first_difference == (2,)


def test_an_entry_after_a_doubtful_one_is_doubtful():
    reading = replace(line([5, 6, 5, 7], near_ties=(2,)), ids=(1, 2, 1, 2))
    found = goes_on_from_the_last(reading)
    assert found
    assert found.near_ties == 1
    assert np.isclose(found.share, 1)
