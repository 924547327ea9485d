"""The cache against a plain list of what was used when."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.readings.recency import RecencyCache

STEPS = st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.integers(0, 6)), max_size=40)


@settings(max_examples=100, deadline=None)
@given(steps=STEPS, budget=st.integers(0, 10))
def test_it_keeps_what_was_used_last_and_never_more_than_its_budget(steps, budget):
    cache = RecencyCache[tuple[str, int]](budget=budget)
    reference: list[tuple[str, int, int]] = []  # key, step at which it was put, size; the least recent first
    for step, (key, size) in enumerate(steps):
        held = next((entry for entry in reference if entry[0] == key), None)
        if held:
            reference.remove(held)
        if size is None:
            assert cache.get(key) == (held[:2] if held else None)
            reference += [held] if held else []
        else:
            cache.put(key, (key, step), size=size)
            reference += [(key, step, size)] if size <= budget else []
            while sum(entry[2] for entry in reference) > budget:
                reference.pop(0)
        assert cache.size == sum(entry[2] for entry in reference) <= budget
        assert len(cache) == len(reference)
    assert [cache.get(key) for key, _, _ in reference] == [entry[:2] for entry in reference]


def test_a_value_put_anew_takes_the_place_of_the_old_one():
    cache = RecencyCache[int](budget=4)
    cache.put("a", 1, size=3)
    cache.put("a", 2, size=1)
    assert (cache.get("a"), cache.size) == (2, 1)


@pytest.mark.parametrize("size", [5, 500])
def test_what_is_larger_than_the_budget_drives_nothing_out(size):
    cache = RecencyCache[int](budget=4)
    cache.put("a", 1, size=4)
    cache.put("b", 2, size=size)
    assert (cache.get("a"), cache.get("b")) == (1, None)
