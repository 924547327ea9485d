"""A sweep runs the model for a block of layers from where it ran for the block below; no row depends on that."""

import os
import shutil

import pytest

from harness.models.own_scratch import own_scratch
from harness.profiling import Count, counted
from harness.runs import request
from harness.sweeps.sweep import alone, sweep
from harness.sweeps.tasks import Task, next_task, tasks
from harness.sweeps.worker import Worker
from harness.sweeps.workers_local import Processes
from tests.support.sweeping import ordered, plain

pytestmark = pytest.mark.slow


@pytest.fixture
def layers_apart(monkeypatch, tmp_path, network):
    """A block for each layer; and a cache folder of the test's own."""
    monkeypatch.setattr(request, "BLOCK", 1)
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))


def swept(order, store, make_workers=alone):
    counted()
    done = sweep(order, store, make_workers=make_workers, report=store.parent / "report")
    assert done.session.controls == "right"
    assert not done.errors
    return [plain(cell) for cell in done.session.cells], counted().get(Count.LAYER_RUNS, 0)


def test_rows_are_the_same_and_layers_are_run_less_often(few, tmp_path, tiny_llama, layers_apart, monkeypatch):
    order = ordered(few, heads="*.1", shrink=0, model=str(tiny_llama), fresh=True)
    found, layers = swept(order, tmp_path / "on.db")
    two, _ = swept(order, tmp_path / "two.db", lambda order, worker: Processes(order, 2, worker))
    assert not [*(tmp_path / "cache").glob("streams-*")], "what was kept is thrown away"
    monkeypatch.setattr(Worker, "_go_on", lambda worker, task: None)
    wanted, from_the_bottom = swept(order, tmp_path / "bottom.db")
    assert found == wanted == two
    assert layers < from_the_bottom


def test_forked_processes_share_what_was_found_out(few, tmp_path, tiny_llama, layers_apart):
    order = ordered(few, heads="*.1", model=str(tiny_llama)).keeping_streams(tmp_path)
    worker = Worker(order)
    worker.share(tasks(order, worker.session))
    for model in (worker.session.model, worker.session.model.in_float64):
        assert {"alike_in_company", "_continues"} <= model.backbone.__dict__.keys()


def test_what_a_family_left_is_thrown_away_when_it_is_through(few, tmp_path, tiny_llama, layers_apart, monkeypatch):
    there = []
    thrown = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", lambda path, **how: (there.append(path.is_dir()), thrown(path, **how)))
    swept(ordered(few, heads="*.1", shrink=0, model=str(tiny_llama), fresh=True), tmp_path / "on.db")
    assert there.count(True) > 1, "more than the folder as a whole"


def test_a_cache_that_cannot_be_written_costs_time_alone(few, tmp_path, tiny_llama, layers_apart, monkeypatch):
    order = ordered(few, heads="*.1", shrink=0, model=str(tiny_llama), fresh=True)
    wanted, _ = swept(order, tmp_path / "on.db")
    monkeypatch.setattr("harness.readings.streams.Path.write_bytes", _full)
    assert swept(order, tmp_path / "full.db")[0] == wanted


def _full(_path, _whole):
    raise OSError(28, "No space left on device")


def test_what_a_killed_process_left_goes_with_the_next_and_that_of_a_living_one_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path))
    with own_scratch("streams") as folder:
        assert folder.is_dir()
        dead = folder.with_name(folder.name.replace(str(os.getpid()), str(2**22 + 1)))
        living = folder.with_name(folder.name.replace(str(os.getpid()), str(os.getppid())))
    assert not folder.exists()
    for left in (dead, living):
        left.mkdir()
    with own_scratch("streams"):
        assert (dead.exists(), living.exists()) == (False, True)


def test_a_family_is_tried_from_the_bottom_upwards_by_one_worker_at_a_time():
    def task(family, layer):
        class Named(Task):
            family = property(lambda _self: _self.step)

        return Named((layer,), (), control=False, step=family)

    ahead = [task("one", 0), task("one", 1), task("other", 0)]
    assert next_task(ahead, []) is ahead[0]
    assert next_task(ahead[1:], [ahead[0]]) is ahead[2]
    assert next_task(ahead[1:2], [ahead[0]]) is ahead[1], "rather than idle"
    assert next_task([], ahead) is None
