"""The sweep: an order, from its tasks to a run in the store.

Controls come first; where one comes out wrong nothing else is tried. What is finished is in the journal at once, and
whoever gives the same order again goes on from there. Rows are filed in the order of the book, whoever did them and
when. Where a budget is spent, what there is is filed as a run that says what it left out; the same order given again
goes on, and files a fuller run, with the same rows and those that were missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from harness.output_paths import FOLDER, check_folder
from harness.profiling import Part, spent_on, taken
from harness.records.cell import Cell, Exhibit, Verdict
from harness.records.journal import FOLDER as SWEEPS
from harness.records.journal import journal
from harness.records.past import needs
from harness.records.store import Store
from harness.runs import filing
from harness.runs.correction import correct
from harness.runs.session import Session
from harness.sweeps.eta import FILE, Pace
from harness.sweeps.plan import Order
from harness.sweeps.progress import Progress
from harness.sweeps.tasks import Place, Step, Task, keyed, looks, placed, tasks
from harness.sweeps.worker import Work, Worker
from harness.sweeps.workers_local import Alone, Crew

Told = Callable[[Progress], None]

Hire = Callable[[Order, Worker], Crew]
"""Makes a crew, given a worker that has loaded the model."""


@dataclass(frozen=True)
class Swept:
    """What came of a sweep.

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


def alone(_order: Order, worker: Worker) -> Crew:
    """A crew of this process."""
    return Alone(worker)


def sweep(
    order: Order,
    store: Path,
    *,
    hire: Hire = alone,
    minutes: float | None = None,
    report: Path | None = None,
    reports: Path = FOLDER / "reports",
    told: Told = lambda progress: None,
    waiting: Told = lambda progress: None,
    concluded: Callable[[Swept], None] | None = None,
    keeping: bool = False,
) -> Swept:
    """Try all cells of an order, or go on where an earlier process stopped, and file the run.

    Args:
        hire: who does the tasks.
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
    session = order.session()
    order.request.check()
    Store.check(store)
    check_folder(store.with_name(f"{store.name}.{SWEEPS}"), "--store")
    check_folder(report or reports, "--report")
    session.make_ready()
    worker = Worker(order, session)
    planned, looking = tasks(order, session), looks(session)
    ends = None if minutes is None else time.monotonic() + 60 * minutes
    with journal(store, order.digest(session.model.backbone.fingerprint)) as kept:
        finished = kept.finished()
        if Store(store).has(kept.run_id) and len(finished) < len(planned) and _right(finished):
            kept.renew()  # a budget was spent then; what there was is filed
        progress = Progress(cells=sum(map(len, planned)), tasks=len(planned))
        for cells in finished.values():
            progress.count(cells)
        progress.found = progress.done
        pace = Pace(kept.path.with_name(FILE), session.model.backbone.fingerprint)
        told(progress)

        def enough() -> bool:
            return ends is not None and time.monotonic() >= ends

        over = set[str](finished)

        def done_of(some: Iterable[Task], stop: Callable[[], bool]) -> Iterator[tuple[Task, Work]]:
            """What came of tasks, each taken note of before the next."""
            if not (ahead := [task for task in some if task.name not in over]):
                return
            crew = hire(order.of_model(session.model.backbone.fingerprint), worker)
            with closing(crew.do(ahead, enough=stop, waiting=lambda: waiting(progress))) as done:
                for task, work in done:
                    over.add(task.name)
                    yield task, work
                    progress.spent(work.seconds)
                    if work.seconds:  # none where no worker survived it
                        pace.took(task, sum(work.seconds.values()))
                    rest = (other for other in (*planned, *looking) if other.name not in over)
                    progress.expect(pace.left(rest, crew.number))
                    progress.doing = task.name
                    told(progress)

        def doing(some: Iterable[Task]) -> None:
            for task, work in done_of(some, enough):
                kept.add(task.name, work.cells)
                finished[task.name] = work.cells
                progress.count(work.cells)

        doing(task for task in planned if task.control)
        right = _right(finished)
        if right:
            others = [task for task in planned if not task.control]
            doing(_by_need(others, store, session) if ends is not None else others)
        why = f"the budget of {minutes} minutes was spent" if right else "a control came out wrong"
        left_out = {task.name: len(task) for task in planned if task.name not in finished}
        _take(session, order, planned, finished, left_out, why)
        shown: dict[str, list[Exhibit]] = {}
        if not Store(store).has(kept.run_id):
            progress.step = Step.SHOWN
            over |= set(left_out)  # nobody waits for those
            shown = {task.name: work.shown for task, work in done_of(looking, lambda: False)}
        progress.step = "writing the report"
        progress.expect(0.0)
        told(progress)
        with spent_on(Part.STORE):
            looked = [exhibit for task in looking for exhibit in shown.get(task.name, ())]
            begun = {"run_id": kept.run_id, "started": kept.started}
            run_id, page = filing.keep(session, store, report, reports=reports, shown=looked, **begun)
        progress.spent(taken())
        done = Swept(session, run_id, page, left_out, why if left_out else "", dict(progress.seconds))
        if concluded is not None:
            concluded(done)
        if not keeping and (concluded is not None or not left_out or not right):
            kept.drop()
    return done


def forget(order: Order, store: Path, fingerprint: str) -> None:
    """Have an order whose run was kept begin anew when it is given again."""
    with journal(store, order.digest(fingerprint)) as kept:
        kept.drop()


def _right(finished: Mapping[str, Sequence[Cell]]) -> bool:
    """Whether no control among these came out wrong."""
    return all(not cell.wrong for cells in finished.values() for cell in cells)


def _by_need(some: Sequence[Task], store: Path, session: Session) -> list[Task]:
    """Those first whose cells were never tried, then those with undecided ones; by their share."""
    request = session.request
    known = needs(store, session.model.backbone.fingerprint, bos=request.bos)
    weight = {"never": 2.0, "undecided": 1.0}

    def weighed(place: Place) -> float:
        return weight.get(known.get(keyed(place, request.projection), "never"), 0.0)

    need = {task.name: sum(map(weighed, task.places)) / len(task) for task in some}
    return sorted(some, key=lambda task: -need[task.name])


def _take(
    session: Session,
    order: Order,
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
