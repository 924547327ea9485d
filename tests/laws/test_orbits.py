"""Orbits and the periods of readings beside those of their sequences."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.laws.agreement import literally
from harness.laws.relations import iterated, needs_at_most, needs_no_more_than, repeats_no_sooner
from harness.readings.reading import line, triangle

quick = settings(max_examples=60, deadline=None)
FEW = st.integers(0, 2)
SOME = st.lists(FEW, min_size=1, max_size=6)


@quick
@given(SOME, st.integers(1, 5), st.permutations(range(3)))
def test_iterating_a_renaming_renames_so_often(S, times, names):
    expected = list(S)
    for _ in range(times):
        expected = [names[t] for t in expected]
    found = iterated(lambda ids: line([names[t] for t in ids]), S, times)
    assert found.tokens.tolist() == expected
    assert not found.near_ties.any()


def test_doubt_is_handed_on_to_all_that_comes_after_it_and_to_nothing_before():
    doubts = iter([(2,), (), ()])
    found = iterated(lambda ids: line(list(ids), near_ties=next(doubts)), (4, 5, 6, 7), 3)
    assert np.flatnonzero(found.near_ties).tolist() == [2, 3]


def smallest_period(tokens):
    return next((p for p in range(1, len(tokens)) if tokens[p:] == tokens[:-p]), len(tokens))


@quick
@given(SOME.flatmap(lambda ids: st.tuples(st.just(ids), st.lists(FEW, min_size=len(ids), max_size=len(ids)))))
def test_a_line_repeats_no_sooner_just_where_its_smallest_period_is_no_smaller(both):
    ids, tokens = both
    found = repeats_no_sooner(replace(line(tokens), ids=tuple(ids)))
    assert bool(found) == (smallest_period(tokens) >= smallest_period(ids))
    assert 0 <= found.share <= 1


def test_a_triangle_repeats_when_query_and_key_both_move():
    same = triangle([[1], [2, 1], [3, 2, 1]])
    assert not repeats_no_sooner(replace(same, ids=(7, 8, 9)))
    assert repeats_no_sooner(replace(same, ids=(7, 7, 7)))
    assert repeats_no_sooner(replace(triangle([[1], [2, 4], [3, 2, 1]]), ids=(7, 8, 7)))


def test_a_period_that_rests_on_a_near_tie_is_no_period_for_certain():
    found = repeats_no_sooner(replace(line([1, 1, 1], near_ties=(0,)), ids=(7, 8, 9)))
    assert found
    assert found.near_ties > 0
    with literally():
        assert not found


def distinct(tokens):
    return len(set(tokens))


@quick
@given(SOME, SOME, st.integers(0, 3))
def test_tokens_are_counted_once_each(left, right, number):
    assert bool(needs_at_most(line(left), number)) == (distinct(left) <= number)
    assert bool(needs_no_more_than(line(left), line(right))) == (distinct(left) <= distinct(right))
    assert needs_at_most(line(left), number).share == min(1, number / distinct(left))


def test_what_may_be_a_token_that_is_there_anyway_is_not_too_many_for_certain():
    doubtful = line([1, 2, 3], near_ties=(2,), runner_up=1)
    assert needs_at_most(doubtful, 2)
    assert needs_at_most(doubtful, 2).near_ties == 1
    assert not needs_at_most(doubtful, 1)
    assert needs_no_more_than(line([1, 2]), line([1, 1], near_ties=(0,), runner_up=2))
    with literally():
        assert not needs_at_most(doubtful, 2)
        assert not needs_no_more_than(line([1, 2]), line([1, 1], near_ties=(0,), runner_up=2))
