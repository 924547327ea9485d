"""What time is spent on: a part inside another one is counted by itself."""

import time
from contextlib import suppress

import pytest

from harness.profiling import Part, spent_on, taken


@pytest.fixture(autouse=True)
def nothing_before():
    taken()


def test_a_part_inside_another_is_not_counted_with_it():
    began = time.perf_counter()
    with spent_on(Part.REST):
        time.sleep(0.02)
        for _ in range(2):
            with spent_on(Part.READING):
                time.sleep(0.01)
                with spent_on(Part.FORWARDS):
                    time.sleep(0.05)
    passed = time.perf_counter() - began
    found = taken()
    assert set(found) == {Part.REST, Part.READING, Part.FORWARDS}
    assert found[Part.FORWARDS] >= 0.1
    assert 0.02 <= found[Part.READING] < 0.1
    assert 0.02 <= found[Part.REST] < 0.1
    assert sum(found.values()) == pytest.approx(passed, abs=0.01)


def test_what_was_asked_for_is_counted_anew():
    with spent_on(Part.STORE):
        pass
    assert set(taken()) == {Part.STORE}
    assert taken() == {}


def test_what_raises_has_taken_time_too():
    with suppress(ValueError), spent_on(Part.PREDICATES):
        time.sleep(0.01)
        raise ValueError
    assert taken()[Part.PREDICATES] >= 0.01
