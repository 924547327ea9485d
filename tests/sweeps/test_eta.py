"""How long the rest of a sweep will take."""

import json
from dataclasses import replace

import pytest

from harness.sweeps.eta import FILE, TaskTimes
from harness.sweeps.sweep import sweep
from harness.sweeps.tasks import Shard, Step, Task
from tests.support.sweeping import ordered

WEIGHTS = "a" * 64


def task(family, layers, cells=10, *, control=False):
    heads = tuple(f"{layers[0]}.{number}" for number in range(cells))
    return Task(layers, (Shard("chapter", family, "v", heads),), control)


SLOW, FAST = [task("slow", (0,)), task("slow", (1,))], [task("fast", (0,)), task("fast", (1,))]


@pytest.fixture
def path(tmp_path):
    return tmp_path / FILE


def test_nothing_is_said_while_nothing_of_the_kind_is_known(path):
    times = TaskTimes(path, WEIGHTS)
    assert times.left(SLOW, 1) is None
    times.took(task("rereading", (0,), control=True), 1000.0)
    assert times.left(SLOW, 1) is None, "controls tell nothing of the others"
    assert times.left([], 1) == 0.0


def test_in_a_first_sweep_a_task_is_taken_to_be_like_its_family_and_else_like_all_others(path):
    times = TaskTimes(path, WEIGHTS)
    times.took(SLOW[0], 90.0)
    assert times.left([SLOW[1]], 1) == pytest.approx(90.0)
    assert times.left([SLOW[1], *FAST], 2) == pytest.approx(3 * 90.0 / 2)
    times.took(FAST[0], 10.0)
    assert times.left([SLOW[1], FAST[1]], 1) == pytest.approx(100.0)
    assert times.left([task("other", (0,), cells=20)], 1) == pytest.approx(2 * 50.0), "a cell counts, not a task"


def test_a_first_count_that_waited_for_the_null_models_does_not_tell_how_long_the_others_take(path):
    times = TaskTimes(path, WEIGHTS)
    loading, quick, other, rest = (replace(task(name, (0,)), step=Step.NULLS) for name in ("a", "b", "c", "d"))
    times.took(SLOW[0], 80.0)
    assert times.left([rest], 1) == pytest.approx(40.0), "half of a verdict"
    times.took(loading, 900.0)
    times.took(quick, 20.0)
    assert times.left([rest], 1) == pytest.approx(40.0)
    times.took(other, 10.0)
    assert times.left([rest], 1) == pytest.approx(30.0)


def test_a_later_sweep_knows_each_task_and_how_much_slower_the_machine_is_now(path):
    first = TaskTimes(path, WEIGHTS)
    for one, seconds in zip([*SLOW, *FAST], [80.0, 100.0, 8.0, 12.0], strict=True):
        first.took(one, seconds)
    later = TaskTimes(path, WEIGHTS)
    assert later.left([*SLOW, *FAST], 2) == pytest.approx(100.0), "at once, before anything is done"
    later.took(SLOW[0], 160.0)
    assert later.left([SLOW[1], *FAST], 2) == pytest.approx(2 * 120.0 / 2)


def test_another_model_knows_nothing_of_it_and_takes_nothing_from_it(path):
    TaskTimes(path, WEIGHTS).took(SLOW[0], 80.0)
    other = TaskTimes(path, "b" * 64)
    assert other.left(SLOW[:1], 1) is None
    other.took(SLOW[0], 8.0)
    assert TaskTimes(path, WEIGHTS).left(SLOW[:1], 1) == pytest.approx(80.0)


@pytest.mark.parametrize(
    "found", ["", "{", "[]", "\x00", json.dumps({WEIGHTS: 7}), json.dumps({WEIGHTS: {SLOW[0].name: "long"}})]
)
def test_what_cannot_be_read_is_as_good_as_not_there(path, found):
    path.write_text(found)
    times = TaskTimes(path, WEIGHTS)
    assert times.left(SLOW[:1], 1) is None
    times.took(SLOW[0], 80.0)
    assert TaskTimes(path, WEIGHTS).left(SLOW[:1], 1) == pytest.approx(80.0)


def test_where_nothing_can_be_written_the_sweep_goes_on(path):
    path.mkdir()
    times = TaskTimes(path, WEIGHTS)
    times.took(SLOW[0], 80.0)
    assert times.left(SLOW[:1], 1) == pytest.approx(80.0)


@pytest.mark.slow
def test_a_second_sweep_says_from_its_first_task_on_how_long_the_rest_will_take(few, tmp_path):
    def told_in(store):
        said = []
        sweep(
            ordered(few, heads="0.1 1.1", shrink=0),
            store,
            report=tmp_path / "report",
            told=lambda progress: said.append(progress.left),
        )
        return said

    store = tmp_path / "results.db"
    first, again = told_in(store), told_in(store)
    assert first[:2] == [None, None], "controls come first, and tell nothing of the others"
    assert again[0] is None
    assert None not in again[1:]
    assert first[-1] == again[-1] == 0.0
    (kept,) = json.loads((tmp_path / "results.db.sweeps" / FILE).read_text()).values()
    assert len(kept) == len(again) - 2, "it is told of no task before the first, and before the report is written"
