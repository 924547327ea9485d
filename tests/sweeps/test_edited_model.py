"""A model whose config.json was edited is another model, though its weights are the same bytes."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.diff import lines
from harness.errors import BeliefError
from harness.records import beliefs
from harness.records.queries import opened
from harness.runs import session
from harness.sweeps.plan import SweepOrder
from harness.sweeps.sweep import SweepResult, sweep
from harness.sweeps.worker import Worker
from harness.sweeps.workers_local import Done, ThisProcess
from reports.analysis.difference import compared
from tests.support.sweeping import ordered

CLAIMS = """
    from hypothesis import given
    from harness import conjecture, words

    @conjecture(components="qk", source="a test")
    @given(S=words(max_length=6))
    def the_last_pair_reads_as_the_first(head, S):
        '''A claim.'''
        assert head(S).rows[-1][-1:] == head(S).rows[0][:1]

    @conjecture(components="z", source="a test")
    @given(S=words(max_length=5))
    def the_last_reads_as_the_first(head, S):
        '''Another.'''
        assert head(S)[-1:] == head(S)[:1]
"""


class Counted(ThisProcess):
    """This process, which is interrupted after so many tasks."""

    def __init__(self, worker: Worker, most: int) -> None:
        super().__init__(worker)
        self.most, self.asked = most, list[str]()

    def do(self, tasks, **how) -> Iterator[Done]:  # type: ignore[no-untyped-def, override]
        self.asked += [task.name for task in tasks]
        for number, done in enumerate(super().do(tasks, **how)):
            if number == self.most:
                raise KeyboardInterrupt
            yield done


@pytest.fixture
def order(tiny_llama: Path, tmp_path: Path, book) -> SweepOrder:  # type: ignore[no-untyped-def]
    folder = shutil.copytree(tiny_llama, tmp_path / "m")
    return ordered(book(mine=CLAIMS), model=str(folder), heads="1.0", components=("qk", "z"))


def edit(order: SweepOrder) -> None:
    """Change rope_theta, as people do."""
    file = Path(order.request.model, "config.json")
    config = json.loads(file.read_text())
    config["rope_parameters"]["rope_theta"] = 2.0
    file.write_text(json.dumps(config))


def swept(order: SweepOrder, store: Path, most: int = 99) -> tuple[SweepResult, list[str]]:
    made: list[Counted] = []

    def make_workers(_order: SweepOrder, worker: Worker) -> Counted:
        made.append(Counted(worker, most))
        return made[-1]

    done = sweep(order, store, make_workers=make_workers, report=store.parent / "report")
    return done, [name for workers in made for name in workers.asked if "drawing" not in name]


@pytest.mark.slow
def test_a_sweep_that_was_stopped_begins_anew(order: SweepOrder, tmp_path: Path) -> None:
    """Else half of the filed run would be the old model's."""
    stopped, fresh = tmp_path / "stopped.db", tmp_path / "fresh.db"
    with pytest.raises(KeyboardInterrupt):
        swept(order, stopped, most=1)
    edit(order)
    (after, asked), (right, all_tasks) = swept(order, stopped), swept(order, fresh)
    assert asked == all_tasks
    assert len(asked) > 1
    blank = {"started": "", "seconds": 0.0}
    assert [replace(cell, **blank) for cell in after.session.cells] == [
        replace(cell, **blank) for cell in right.session.cells
    ]


@pytest.mark.slow
def test_the_difference_of_two_runs_is_named(order: SweepOrder, tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    before, _ = swept(order, store)
    edit(order)
    after, _ = swept(order, store)
    with opened(store) as connection:
        found = compared(connection, before.run_id, after.run_id)
    assert found.between == ("configuration rope_parameters.rope_theta 10000.0 → 2.0",)
    assert "differs: configuration rope_parameters.rope_theta 10000.0 → 2.0" in lines(found)
    assert all(change.causes == found.between for change in found.changes)


def test_it_does_not_pass_as_the_model_that_something_is_believed_of(order: SweepOrder, tmp_path: Path) -> None:
    file = tmp_path / "beliefs.toml"
    believed = session.identity(order.session().model.backbone)
    beliefs.write(file, beliefs.Beliefs(order.request.model, believed, {}))
    assert replace(order, beliefs=file).session().model
    edit(order)
    with pytest.raises(
        BeliefError, match=r"the beliefs are about the configuration \w{12}, but this model has \w{12}; delete the"
    ):
        _ = replace(order, beliefs=file).session().model
