"""What a run does ahead of its items: workers try their cells, and each item waits for its own.

Verdicts come first, in the order of the items. When all are there, the cells are counted on the null models, and what
is to be looked at is drawn. A process of pytest-xdist is one of several already: it tries each cell by itself.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace

import pytest

from harness.errors import HeadlawsError
from harness.laws.conjecture import Conjecture
from harness.plugin.options import given
from harness.plugin.run import conjecture_of, is_worker, session_of, store_of
from harness.plugin.status import Status
from harness.records.address import Address, Pair
from harness.records.cell import Cell, Exhibit, Verdict
from harness.records.journal import FOLDER as SWEEPS
from harness.runs.remembered_cells import RememberedCells
from harness.sweeps.eta import FILE, TaskTimes
from harness.sweeps.plan import SweepOrder
from harness.sweeps.progress import Progress, said_of
from harness.sweeps.tasks import MOST as MOST_AT_ONCE
from harness.sweeps.tasks import Place, Step, Task, exhibit_tasks, null_tasks, placed, small_tasks
from harness.sweeps.worker import TaskResult, Worker
from harness.sweeps.workers_local import Processes, ThisProcess, can_fork, cores
from harness.text import counted
from harness.trials.trial import null_counts_remembered

Asked = tuple[Conjecture, Address | Pair, str]
"""A claim, the head or the pair that it is tried on, and the component."""

WRITING = "writing the report"
INTERRUPTED = "left out, since the run was interrupted"
NOTHING = "left out, since there was nothing to count on them"

MOST = 8
"""Processes at the most, where their number is not given: each keeps what it read, and nothing of its neighbours'."""


class Ahead:
    """The cells of a run's items."""

    def __init__(self, config: pytest.Config, items: Sequence[pytest.Item]) -> None:
        """Plan them; nothing is begun before the first is waited for."""
        self.session = session_of(config)
        asked = [_asked(item) for item in items]
        self.order = SweepOrder.of_claims(self.session.request, [claim for claim, _, _ in asked])
        debugged = config.option.usepdb or config.option.trace
        self.worker = Worker(self.order, self.session, at_once=1 if debugged else MOST_AT_ONCE)
        self.number = processes(config)
        self._asked = {_place(*one): one for one in asked}
        self._remembered = RememberedCells(self.session, used=not debugged)
        self._found = self._of_earlier_runs()
        left = [one for place, one in self._asked.items() if place not in self._found]
        self.tasks = small_tasks(left, self.session, workers=self.number)
        times = (store := store_of(config)).with_name(f"{store.name}.{SWEEPS}") / FILE
        self.times = TaskTimes(times, self.session.model.backbone.fingerprint)
        self.progress = Progress(cells=len(asked), tasks=len(self.tasks), done=len(self._found), found=len(self._found))
        self.status = Status(config)
        self._rest = {task.name: task for task in (*self.tasks, *exhibit_tasks(self.session), *self._uncounted())}
        self.progress.expect(self.times.left(self._rest.values(), self.number))
        self._doing = self._done(self.tasks, self.number)

    def cell(self, item: pytest.Item) -> Cell:
        """Return an item's cell, as soon as it is there; not yet counted on the null models."""
        place = _place(*_asked(item))
        while place not in self._found:
            if (done := next(self._doing, None)) is None:
                pytest.fail("the processes that try the cells ended before this one was tried", pytrace=False)
            _, work = done
            self._found |= {placed(cell): cell for cell in work.cells}
            self.progress.count(work.cells)
        self.status.clear()
        return self._found[place]

    def _of_earlier_runs(self) -> dict[Place, Cell]:
        """The cells that need not be tried, since an earlier run has tried them."""
        found: dict[Place, Cell] = {}
        for place, (claim, address, component) in self._asked.items():
            with suppress(HeadlawsError):  # such a head cannot be made: whoever tries it will say so
                cell = self._remembered.get(claim, self.session.head(address, component))
                if cell is not None:
                    found[place] = cell
        return found

    def _remember(self) -> None:
        """Leave the cells that were tried to later runs."""
        for place, cell in self._found.items():
            if not cell.remembered and cell.verdict is not Verdict.ERROR:  # the head of such a one may not be there
                claim, address, component = self._asked[place]
                self._remembered.put(claim, self.session.head(address, component), cell)

    def stop(self) -> None:
        """Try nothing more."""
        self._doing.close()
        self.status.clear()

    def finish(self, *, interrupted: bool) -> list[Exhibit]:
        """Count the cells of the session on the null models, and give what is to be looked at.

        Where somebody has interrupted the run, or does so now, neither is waited for.
        """
        waiting = self.session.on_nulls()
        if not waiting:
            self.session.uncounted = NOTHING
        try:
            if self.session.controls != "wrong":  # a broken instrument leaves nothing to later runs
                self._remember()
            if not interrupted:
                return self._finished(waiting)
        except KeyboardInterrupt:
            self.status.clear()
        self.session.uncounted = INTERRUPTED
        return []

    def _finished(self, waiting: Sequence[Cell]) -> list[Exhibit]:
        looking = exhibit_tasks(self.session)
        counting: tuple[Task, ...] = ()
        if waiting:
            self._say(Step.NULL_MODELS)
            for _ in self._done([self._null_models], 1):
                pass
            counting = self._of_what_is_not_remembered(waiting)
        self._rest = {task.name: task for task in (*counting, *looking)}
        self._say(Step.NULLS if counting else Step.SHOWN)
        shown: dict[str, list[Exhibit]] = {}
        for task, work in self._done([*looking, *counting], self.number):
            self._put_counted(work.cells, task.cells)
            shown[task.name] = work.shown
        self.progress.expect(None)
        self._say(WRITING)
        return [exhibit for task in looking for exhibit in shown[task.name]]

    def _put_counted(self, cells: Sequence[Cell], before: Mapping[Place, Cell]) -> None:
        """Take cells that were counted on the null models, and remember them."""
        self.session.put(cells)
        for cell in cells:
            uncounted = before[placed(cell)]
            if cell.verdict is not Verdict.ERROR and cell.message == uncounted.message:  # all went well
                claim, address, component = self._asked[placed(cell)]
                self._remembered.put_counted(claim, self.session.head(address, component), uncounted, cell)

    @property
    def _null_models(self) -> Task:
        return Task(self.session.request.blocks[0], (), control=False, step=Step.NULL_MODELS)

    def _uncounted(self) -> list[Task]:
        """What remains to be done of null models when the verdicts are there, for all that is known before."""
        if not self.session.request.profile.nulls:
            return []
        claims = [task for task in self.tasks if not task.control]
        return [self._null_models, *(replace(task, step=Step.NULLS) for task in claims)]

    def _of_what_is_not_remembered(self, cells: Iterable[Cell]) -> tuple[Task, ...]:
        """The tasks of what was never counted on these null models; what was, is taken at once."""
        waiting = {}
        for cell in cells:
            claim, address, component = self._asked[placed(cell)]
            head = self.session.head(address, component)
            if (counted := self._remembered.counted(claim, head, cell)) is not None:
                self.session.put([counted])
            elif null_counts_remembered(claim, head, self.session.profile(claim), cell):
                self._put_counted([self.session.beside_nulls(claim, head, cell)], {placed(cell): cell})
            else:
                waiting[placed(cell)] = cell
            self._wait()
        return null_tasks((self._asked[place] for place in waiting), self.session, waiting, workers=self.number)

    def _done(self, tasks: Sequence[Task], number: int) -> Generator[tuple[Task, TaskResult]]:
        """The results of tasks, each taken note of before it is given."""
        alone = self.number == 1
        workers = ThisProcess(self.worker) if alone else Processes(self.order, number, self.worker, threads=1)
        with closing(workers.do(tasks, enough=lambda: False, waiting=self._wait)) as doing:
            for task, work in doing:
                self._rest.pop(task.name, None)
                if work.seconds:  # none where no process survived it
                    self.times.took(task, sum(work.seconds.values()))
                self.progress.expect(self.times.left(self._rest.values(), self.number))
                yield task, work

    def _say(self, step: str) -> None:
        self.progress.step = step
        self._wait()

    def _wait(self) -> None:
        cells = f"{self.progress.done:,} of {counted(self.progress.cells, 'cell')}"
        self.status.show(f"headlaws: {cells}, {said_of(self.progress)}")


def processes(config: pytest.Config) -> int:
    """Return how many processes try the cells: as many as there are cores, where they can share the model, and be
    watched.
    """
    option = config.option
    here = option.usepdb or option.trace or is_worker(config) or not can_fork()
    if here or session_of(config).request.device != "cpu":
        return 1
    return int(given(config).workers or min(cores(), MOST))


def _asked(item: pytest.Item) -> Asked:
    """What an item tries."""
    claim = conjecture_of(item)
    assert claim is not None, f"{item.nodeid} tries no conjecture"
    address, component = item.callspec.params[claim.subject]  # type: ignore[attr-defined]  # of a function
    return claim, address, component


def _place(claim: Conjecture, head: Address | Pair, component: str) -> Place:
    return str(head), component, claim.chapter, claim.name
