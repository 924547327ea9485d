"""The sweep: an order, from its tasks to a run in the store.

Controls come first; where one comes out wrong nothing else is tried. What is finished is in the journal at once, and
whoever gives the same order again goes on from there. Rows are filed in the order of the book, whoever did them and
when. Where a budget is spent, what there is is filed as a run that says what it left out; the same order given again
goes on, and files a fuller run, with the same rows and those that were missing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from harness.models.own_scratch import own_scratch
from harness.output_paths import FOLDER, check_folder
from harness.profiling import Part, spent_on, taken
from harness.records.cell import Cell, Exhibit, Verdict
from harness.records.journal import FOLDER as SWEEPS
from harness.records.journal import Journal, journal
from harness.records.store import Store
from harness.runs import filing
from harness.runs.correction import correct
from harness.runs.session import Session
from harness.sweeps.budget import by_need
from harness.sweeps.eta import FILE, TaskTimes
from harness.sweeps.plan import SweepOrder
from harness.sweeps.progress import Progress
from harness.sweeps.tasks import Step, Task, exhibit_tasks, placed, tasks
from harness.sweeps.worker import TaskResult, Worker
from harness.sweeps.workers_local import Enough, ThisProcess, Workers

Told = Callable[[Progress], None]

MakeWorkers = Callable[[SweepOrder, Worker], Workers]
"""Makes the workers, given a worker that has loaded the model."""


@dataclass(frozen=True)
class SweepResult:
    """The result of a sweep.

    Attributes:
        session: the run, with its cells in the order of the book, filed.
        run_id: of the run in the store.
        page: the report's first page.
        left_out: names of tasks that were not done, and how many cells they have.
        why: the reason why they were not done.
        seconds: what this process and its workers spent on each part, of what was done this time; by `Part`.
    """

    session: Session
    run_id: str
    page: Path
    left_out: dict[str, int]
    why: str
    seconds: dict[str, float]

    @property
    def errors(self) -> list[Cell]:
        """The cells that are errors."""
        return [cell for cell in self.session.cells if cell.verdict is Verdict.ERROR]


def alone(_order: SweepOrder, worker: Worker) -> Workers:
    """Return one worker, in this process."""
    return ThisProcess(worker)


def sweep(
    order: SweepOrder,
    store: Path,
    *,
    make_workers: MakeWorkers = alone,
    minutes: float | None = None,
    report: Path | None = None,
    reports: Path = FOLDER / "reports",
    told: Told = lambda progress: None,
    waiting: Told = lambda progress: None,
    concluded: Callable[[SweepResult], None] | None = None,
    keeping: bool = False,
) -> SweepResult:
    """Try all cells of an order, or go on where an earlier process stopped, and file the run.

    Args:
        make_workers: who does the tasks.
        minutes: begin no task after so many; what decides most comes first then.
        report: the folder of the report; one in `reports` that is named by the run where it is not given.
        told: is told of the progress after each task, and before the report is written.
        waiting: is told of it again and again while a task is under way.
        concluded: does what remains to be done when the run is filed; until it has, the same order comes back to it.
            What a budget did not suffice for is then left for good.
        keeping: the same order comes back to this run, whole as it is, until `forget` is called.

    Raises:
        HeadlawsError: for an order that cannot be tried at all, or a store that cannot be written.
    """
    session = _ready(order, store, report or reports)
    ends = None if minutes is None else time.monotonic() + 60 * minutes

    def enough() -> bool:
        return ends is not None and time.monotonic() >= ends

    digest = order.digest(session.model.backbone.fingerprint)
    with journal(store, digest) as kept, own_scratch("streams") as folder:
        order = order.keeping_streams(folder)
        doing = _Doing(order, session, kept, make_workers, told, waiting)
        finished, planned = doing.finished, doing.planned
        if Store(store).has(kept.run_id) and len(finished) < len(planned) and _right(finished):
            kept.renew()  # a budget was spent then; what there was is filed
        told(doing.progress)
        doing.cells((task for task in planned if task.control), enough)
        right = _right(finished)
        if right:
            others = [task for task in planned if not task.control]
            doing.cells(by_need(others, store, session) if ends is not None else others, enough)
        why = f"the time of {minutes} min was up" if right else "a known-answer check failed"
        left_out = {task.name: len(task) for task in planned if task.name not in finished}
        _take(session, order, planned, finished, left_out, why)
        shown = [] if Store(store).has(kept.run_id) else doing.exhibits()
        run_id, page = doing.filed(store, report, reports, shown)
        done = SweepResult(session, run_id, page, left_out, why if left_out else "", dict(doing.progress.seconds))
        if concluded is not None:
            concluded(done)
        if not keeping and (concluded is not None or not left_out or not right):
            kept.drop()
    return done


def _ready(order: SweepOrder, store: Path, report: Path) -> Session:
    """The session of an order that can be tried and filed."""
    session = order.session()
    order.request.check()
    Store.check(store)
    check_folder(store.with_name(f"{store.name}.{SWEEPS}"), "--store")
    check_folder(report, "--report")
    session.make_ready()
    return session


class _Doing:
    """A sweep while it is done: which tasks are over, and their results.

    Attributes:
        planned: the tasks that make cells, controls first.
        finished: the cells of those that are over, by their names.
    """

    def __init__(
        self,
        order: SweepOrder,
        session: Session,
        kept: Journal,
        make_workers: MakeWorkers,
        told: Told,
        waiting: Told,
    ) -> None:
        self._order, self._session, self._kept, self._make_workers = order, session, kept, make_workers
        self._told, self._waiting = told, waiting
        self._worker = Worker(order, session)
        self._fingerprint = session.model.backbone.fingerprint
        self._times = TaskTimes(kept.path.with_name(FILE), self._fingerprint)
        self.planned, self._looking = tasks(order, session), exhibit_tasks(session)
        self.finished = kept.finished()
        self._over = {*self.finished}
        self.progress = Progress(cells=sum(map(len, self.planned)), tasks=len(self.planned))
        for cells in self.finished.values():
            self.progress.count(cells)
        self.progress.found = self.progress.done

    def cells(self, some: Iterable[Task], enough: Enough) -> None:
        """Do tasks, and keep the cells of each at once; begin none once `enough()` says so."""
        for task, work in self._done(some, enough):
            self._kept.add(task.name, work.cells)
            self.finished[task.name] = work.cells
            self.progress.count(work.cells)

    def exhibits(self) -> list[Exhibit]:
        """Give what is to be looked at of the heads, whatever the budget."""
        self.progress.step = Step.SHOWN
        self._over |= {task.name for task in self.planned}  # nobody waits for those that were left out
        shown = {task.name: work.shown for task, work in self._done(self._looking, lambda: False)}
        return [exhibit for task in self._looking for exhibit in shown.get(task.name, ())]

    def filed(self, store: Path, report: Path | None, reports: Path, shown: list[Exhibit]) -> tuple[str, Path]:
        """Write the run to the store and its report, which takes no time to speak of; gives its id and the page."""
        self.progress.step = "writing the report"
        self.progress.expect(0.0)
        self._told(self.progress)
        with spent_on(Part.STORE):
            begun = {"run_id": self._kept.run_id, "started": self._kept.started}
            found = filing.keep(self._session, store, report, reports=reports, shown=shown, **begun)
        self.progress.spent(taken())
        return found

    def _done(self, some: Iterable[Task], enough: Enough) -> Iterator[tuple[Task, TaskResult]]:
        """The results of tasks, each taken note of before the next."""
        if not (ahead := [task for task in some if task.name not in self._over]):
            return
        workers = self._make_workers(self._order.of_model(self._fingerprint), self._worker)
        with closing(workers.do(ahead, enough=enough, waiting=lambda: self._waiting(self.progress))) as done:
            for task, work in done:
                self._over.add(task.name)
                yield task, work
                self.progress.spent(work.seconds)
                if work.seconds:  # none where no worker survived it
                    self._times.took(task, sum(work.seconds.values()))
                rest = (other for other in (*self.planned, *self._looking) if other.name not in self._over)
                self.progress.expect(self._times.left(rest, workers.number))
                self.progress.doing = task.name
                self._told(self.progress)
                self._forget_streams(task, (other for other in ahead if other.name not in self._over))

    def _forget_streams(self, task: Task, rest: Iterable[Task]) -> None:
        """Throw away where the model's runs stopped for a family that is through."""
        if self._order.streams is not None and all(other.folder != task.folder for other in rest):
            shutil.rmtree(self._order.streams / task.folder, ignore_errors=True)


def forget(order: SweepOrder, store: Path, fingerprint: str) -> None:
    """Have an order whose run was kept begin anew when it is given again."""
    with journal(store, order.digest(fingerprint)) as kept:
        kept.drop()


def _right(finished: Mapping[str, Sequence[Cell]]) -> bool:
    """Whether no control among these came out wrong."""
    return all(not cell.wrong for cells in finished.values() for cell in cells)


def _take(
    session: Session,
    order: SweepOrder,
    planned: Sequence[Task],
    finished: dict[str, list[Cell]],
    left_out: dict[str, int],
    why: str,
) -> None:
    """Put the cells into the session, in the order of the book, and close it."""
    cells = {placed(cell): cell for task in planned for cell in finished.get(task.name, ())}
    for place, claim in order.claims.items():
        for head, component in session.request.in_play(claim):
            found = cells.get((str(head), component, *place))
            if found is not None:
                session.file(claim.entry, found)
    session.left_out = {"tasks": left_out, "why": why} if left_out else {}
    correct(session)
