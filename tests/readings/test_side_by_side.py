"""Jobs side by side give what each gives by itself, whoever fails among them."""

import random
import signal
import threading
import time
from contextlib import suppress
from functools import partial

import numpy as np
import pytest

from harness.profiling import Part, spent_on, taken
from harness.readings.side_by_side import seeded, side_by_side
from harness.records.address import Address


@pytest.fixture
def model(specimen):
    specimen.forget()
    return specimen


def reading(model, component, sequences):
    head = model.component(Address(0, 1), component, projection="output", bos=False)
    return [[one.tokens.tolist() for one in head.read(some)] for some in sequences]


SEQUENCES = [[(1, 2, 3), (1, 2)], [(4, 5), (1, 2)], [(6, 6, 6, 6)]]


def test_results_come_in_order_and_are_those_of_each_alone(model):
    asked = [(component, SEQUENCES[:rounds]) for component in ("q", "v", "qk") for rounds in (3, 0, 1, 2)]
    alone = [reading(model, *one) for one in asked]
    model.forget()
    assert list(side_by_side([partial(reading, model, *one) for one in asked], most=5)) == alone


def test_what_several_wait_for_is_run_together(model, monkeypatch):
    made = model.make
    asked = []
    monkeypatch.setattr(model, "make", lambda requests: asked.append(len(requests)) or made(requests))
    list(side_by_side([partial(reading, model, "q", [[(n, 1)], [(n, 2)], [(n, 1)]]) for n in range(3)], most=3))
    assert asked == [3, 3]


def test_no_more_than_so_many_are_under_way(model, monkeypatch):
    made = model.make
    asked = []
    monkeypatch.setattr(model, "make", lambda requests: asked.append(len(requests)) or made(requests))
    list(side_by_side([partial(reading, model, "q", [[(n, n + 1)]]) for n in range(1, 6)], most=2))
    assert asked == [2, 2, 1]


def test_one_at_a_time_is_done_in_the_thread_that_asks(model):
    assert list(side_by_side([threading.get_ident] * 2, most=1)) == [threading.get_ident()] * 2
    assert threading.get_ident() not in list(side_by_side([threading.get_ident] * 2, most=2))


def test_each_has_its_own_error(model):
    asked = [partial(reading, model, "q", [[(1, 2)]]), partial(reading, model, "q", [[()]])]
    found = side_by_side(asked, most=2)
    assert next(found) == reading(model, "q", [[(1, 2)]])
    with pytest.raises(Exception, match="a sequence of 0 ids"):
        next(found)


def test_what_one_asks_for_in_vain_is_no_concern_of_the_others(model, monkeypatch):
    made = model.make

    def make(requests):
        if any((9, 9) in request.ids for request in requests):
            raise ArithmeticError("nines")
        return made(requests)

    monkeypatch.setattr(model, "make", make)
    found = side_by_side([partial(reading, model, "q", [[(1, 2)]]), partial(reading, model, "q", [[(9, 9)]])], most=2)
    assert next(found) == reading(model, "q", [[(1, 2)]])
    with pytest.raises(ArithmeticError, match="nines"):
        next(found)


def test_who_is_left_is_ended(model):
    ended = []

    def long(n):
        try:
            return reading(model, "q", [[(n, n, step)] for step in range(1, 9)])
        finally:
            ended.append(n)

    found = side_by_side([partial(reading, model, "q", [[(1, 2)]]), partial(long, 1), partial(long, 2)], most=3)
    next(found)
    found.close()
    assert ended == [1, 2]


def test_one_that_will_not_be_told_so_is_ended_as_well(model):
    def stubborn():
        for step in range(1, 9):
            with suppress(BaseException):
                reading(model, "q", [[(1, 1, step)]])

    found = side_by_side([partial(reading, model, "q", [[(1, 2)]]), stubborn], most=2)
    next(found)
    before = threading.active_count()
    found.close()
    assert threading.active_count() == before - 1


@pytest.fixture
def interruptible():
    """Ctrl-C raises KeyboardInterrupt here, also where whoever began this process has it ignored, as nohup does."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="a thread cannot be sent a signal here")
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_what_runs_and_what_waits(model):
    ended = []

    def long(n):
        try:
            reading(model, "q", [[(n, n)]])
            if n == 2:
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                for _ in range(1000):
                    time.sleep(0.01)
        finally:
            ended.append(n)

    outside = random.getstate()
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        list(side_by_side([partial(long, n) for n in (3, 2, 1)], most=3))
    assert sorted(ended) == [1, 2, 3]
    assert threading.active_count() == before
    assert random.getstate() == outside


def test_a_block_draws_the_same_whatever_was_drawn_before():
    def drawn():
        with seeded("7 a cell"):
            return random.random(), np.random.rand()

    outside = random.getstate()
    first = drawn()
    assert random.getstate() == outside
    random.random()
    assert drawn() == first


def test_chance_is_each_ones_own(model):
    def drawn(seed):
        random.seed(seed)
        first = random.random()
        reading(model, "q", [[(seed, 1)]])
        return first, random.random()

    random.seed(7)
    outside = random.getstate()
    assert list(side_by_side([partial(drawn, seed) for seed in (1, 2)], most=2)) == [
        (one.random(), one.random()) for one in (random.Random(1), random.Random(2))
    ]
    assert random.getstate() == outside


def test_waiting_is_counted_with_nobody(model):
    taken()
    with spent_on(Part.REST):
        list(side_by_side([partial(_predicate, model, n) for n in (1, 2, 3)], most=3))
    found = taken()
    assert found[Part.PREDICATES] < found[Part.READING] + found[Part.FORWARDS]


def _predicate(model, n):
    with spent_on(Part.PREDICATES):
        return reading(model, "q", [[(n, step)] for step in range(1, 20)])
