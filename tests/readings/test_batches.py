"""Which sequences share a run of the model."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.readings.batches import RUN, batches, filled

LENGTHS = st.lists(st.integers(1, 40), max_size=8)


def of(lengths):
    return [(number,) * length for number, length in enumerate(lengths)]


def cost(groups):
    return sum(RUN + len(group) * (1 + max(map(len, group))) for group in groups)


def cheapest(lengths):
    """By trying every way to cut what is sorted by length."""
    ordered = sorted(lengths)
    found = []
    for cuts in range(len(ordered)):
        for ends in combinations(range(1, len(ordered)), cuts):
            edges = [0, *ends, len(ordered)]
            parts = [ordered[a:b] for a, b in pairwise(edges)]
            found.append(sum(RUN + len(part) * (1 + part[-1]) for part in parts))
    return min(found, default=0)


@given(LENGTHS)
def test_each_sequence_goes_through_once_and_no_other_way_costs_less(lengths):
    sequences = of(lengths)
    made = batches(sequences, most=10_000)
    assert sorted(ids for batch in made for ids in batch) == sorted(sequences)
    assert cost(made) == cheapest(lengths)


@given(LENGTHS, st.integers(1, 100))
def test_no_batch_is_larger_than_allowed_but_one_of_a_single_sequence(lengths, most):
    for batch in batches(of(lengths), most=most):
        assert len(batch) == 1 or len(batch) * (1 + max(map(len, batch))) <= most


@given(LENGTHS.filter(bool))
def test_what_is_filled_begins_as_it_was(lengths):
    sequences = of(lengths)
    whole = filled(sequences)
    assert {len(ids) for ids in whole} == {max(lengths)}
    assert all(ids[: len(short)] == short for ids, short in zip(whole, sequences, strict=True))


@pytest.mark.parametrize("bos", [True, False])
def test_filling_changes_nothing_that_is_read(specimen, bos):
    """One after another, and all together: the same readings."""
    source = type(specimen.source)
    sequences = [(5,), (5, 6), (5, 6, 7, 8, 9, 10, 11), (7, 7, 7)]
    together = source(specimen.backbone).of(sequences, 0, bos=bos)
    for ids, made in zip(sequences, together, strict=True):
        (alone,) = source(specimen.backbone).of([ids], 0, bos=bos)
        for part in ("q", "k", "v", "z", "pattern"):
            left, right = getattr(made, part), getattr(alone, part)
            assert left.shape == right.shape
            assert (left - right).abs().max() < 1e-5
