"""Who does the tasks: how processes are begun, and what is handed to them."""

import pickle

import pytest

from harness.sweeps import workers_local
from harness.sweeps.tasks import Shard, Step, Task
from harness.sweeps.workers_local import Processes
from tests.support.sweeping import ordered


@pytest.mark.parametrize(
    ("cores", "number", "threads", "way"), [(2, 2, 1, "fork"), (8, 2, 4, "spawn"), (1, 4, 1, "fork"), (7, 4, 1, "fork")]
)
@pytest.mark.skipif(workers_local.sys.platform != "linux", reason="processes are forked on Linux alone")
def test_only_processes_of_one_thread_are_forked(few, monkeypatch, cores, number, threads, way):
    """A forked process that asks OpenMP for several threads waits for ever."""
    monkeypatch.setattr(workers_local.os, "cpu_count", lambda: cores)
    made = Processes(ordered(few), number)
    assert (made.threads, made.context.get_start_method()) == (threads, way)


def test_an_order_travels_as_it_was_made_whatever_was_looked_up_in_it(few):
    order = ordered(few)
    assert len(order.claims) == 4
    there = pickle.loads(pickle.dumps(order))
    assert there == order
    assert "claims" not in vars(there)
    assert list(there.claims) == list(order.claims)
    assert there.digest("x") == order.digest("x")


@pytest.mark.parametrize("shards", [(1,) * 5, (3,), (2, 1), (1, 4)])
def test_a_task_is_halved_until_each_cell_is_alone(shards):
    made = tuple(
        Shard("a", f"law {number}", "z", tuple(f"0.{head}" for head in range(heads)))
        for number, heads in enumerate(shards)
    )
    places = [place for shard in made for place in shard.places]
    whole = Task((0,), made, control=False, step=Step.NULLS, cells={place: object() for place in places})
    waiting, alone = [whole], []
    while waiting:
        task = waiting.pop()
        assert set(task.cells) == set(task.places)
        (alone if len(task) == 1 else waiting).extend([task] if len(task) == 1 else task.halves)
    assert sorted(task.places[0] for task in alone) == sorted(places)
