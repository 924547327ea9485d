"""Confirming: candidates on sequences that no screen has seen, by the verdict code of every other claim.

They are written down as a chapter, and the cells of law and head that the funnel kept are tried as those of a sweep:
search, census, re-check in float64, the null models, Holm. A law is *confirmed* of a head where its degree lies above
`ABOVE`, by Holm's procedure over all cells; whether it stands out above all three nulls is told beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.discovery.chapter import chapter
from harness.discovery.countdown import Countdown
from harness.discovery.funnel import Candidate
from harness.discovery.law import Law
from harness.files import write
from harness.models.fingerprint import code_sha256
from harness.records.cell import FLAGS, Cell, Verdict
from harness.records.journal import journal
from harness.records.store import Store
from harness.runs import filing
from harness.runs.correction import correct
from harness.runs.request import Request
from harness.runs.session import Session
from harness.sweeps.plan import SweepOrder
from harness.sweeps.tasks import Shard, Step, Task, placed
from harness.sweeps.worker import Worker
from harness.sweeps.workers_local import Processes, ThisProcess
from harness.trials.intervals import degree_p_value
from harness.trials.multiplicity import holm
from harness.trials.standing_out import standing_out

FIRST = 90
"""Fresh sequences that give each cell its degree; a cell that may stand out gets a few more."""

ABOVE = 0.8
"""What the degree of a confirmed law surely exceeds."""

CHAPTER = "discovered"
GAUGE = "gauge"


@dataclass(frozen=True)
class Confirmation:
    """A candidate, and what came of it on fresh sequences.

    Attributes:
        n: the sequences that its degree is the mean of.
        confirmed: whether its degree exceeds `ABOVE`, by Holm's procedure over all candidates.
        stands_out: as of a cell, but what depends on the basis inside the head is not left out.
    """

    candidate: Candidate
    cell: Cell
    n: int
    confirmed: bool
    stands_out: str

    @property
    def above_by(self) -> float:
        """How far it lies above the nearest of its nulls; 0 where it was compared with none."""
        return min((beside.excess for beside in self.cell.comparisons.values()), default=0.0)

    @property
    def stands(self) -> bool:
        """Whether it is confirmed, and stands out above all three nulls."""
        return self.confirmed and self.stands_out == "above"


@dataclass(frozen=True)
class Confirmed:
    """All candidates, and the run that they were filed as.

    Attributes:
        report: the first page of the run's report.
    """

    found: tuple[Confirmation, ...]
    session: Session
    run_id: str
    report: Path


def confirm(
    candidates: Sequence[Candidate],
    request: Request,
    *,
    work: Path,
    store: Path,
    report: Path,
    workers: int,
    told: Callable[[str], None],
) -> Confirmed:
    """Try all candidates on fresh sequences and file them as a run; goes on where an earlier process stopped.

    Args:
        work: a folder for the chapter of candidates.
    """
    file = work / f"{CHAPTER}.py"
    write(file, chapter({one.law: [] for one in candidates}))
    order = SweepOrder(request, file.absolute(), kind="discovery")
    session = order.session()
    tasks = _tasks(candidates)
    numbers = {shard.conjecture: 0 for task in tasks for shard in task.shards}
    for task in tasks:
        for shard in task.shards:
            numbers[shard.conjecture] += len(shard.heads)
    session.expect((claim, numbers[claim.name]) for claim in order.claims.values())
    digest = hashlib.sha256(
        f"{order.digest(session.model.backbone.fingerprint)} {code_sha256('discovery')} {tasks}".encode()
    ).hexdigest()
    with journal(store, digest) as kept:
        finished = kept.finished()
        worker = Confirmer(order, session)
        team = Processes(order, workers, worker, threads=1) if workers > 1 else ThisProcess(worker)
        count = Countdown(told, "cells tried:", len(candidates), sum(map(len, finished.values())))
        ahead = [task for task in tasks if task.name not in finished]
        for task, work_done in team.do(ahead, enough=lambda: False):
            kept.add(task.name, work_done.cells)
            finished[task.name] = work_done.cells
            count(sum(map(len, finished.values())))
        _file(session, order, candidates, [cell for cells in finished.values() for cell in cells])
        begun = {"run_id": kept.run_id, "started": kept.started}
        run_id, page = filing.keep(session, store, report, shown=[], **begun)
        assert Store(store).has(run_id), "a run that was kept is in its store"
        kept.drop()
    return Confirmed(_held(session, candidates), session, run_id, page)


def _tasks(candidates: Sequence[Candidate]) -> list[Task]:
    """A task for each law and layer: its heads share their sequences."""
    places: dict[tuple[str, int], dict[str, list[str]]] = {}
    for one in candidates:
        layer = int(one.head.partition(".")[0])
        places.setdefault((one.law.name, layer), {}).setdefault(one.component, []).append(one.head)
    return [
        Task(
            (layer,),
            tuple(Shard(CHAPTER, name, part, tuple(heads)) for part, heads in parts.items()),
            control=False,
        )
        for (name, layer), parts in places.items()
    ]


class Confirmer(Worker):
    """A worker that compares with the nulls as far as it takes what depends on the basis inside the head as well."""

    def _cell(self, task: Task, shard: Shard, written: str) -> Cell:
        cell = super()._cell(replace(task, step=Step.VERDICTS), shard, written)
        if cell.verdict is Verdict.ERROR:
            return cell
        claim = self.order.claims[shard.chapter, shard.conjecture]
        address, _ = self._heads(claim)[written, shard.component]
        found = self.session.beside_nulls(claim, self.session.head(address, shard.component), _bare(cell))
        kept = " ".join(flag for flag in FLAGS if flag in cell.flags.split() or flag in found.flags.split())
        return replace(found, flags=kept)


def _bare(cell: Cell) -> Cell:
    """The cell without the flag that it depends on the basis, which alone would keep it from standing out.

    The readings of q, k and pairs depend on a basis that training does not fix; what they obey is a fact of the model
    as it is all the same. The flag is shown wherever the law is.
    """
    return replace(cell, flags=" ".join(flag for flag in cell.flags.split() if flag != GAUGE))


def _file(session: Session, order: SweepOrder, candidates: Sequence[Candidate], cells: Sequence[Cell]) -> None:
    """Put the cells into the session in the order of the candidates, and correct them together."""
    known = {placed(cell): cell for cell in cells}
    for one in candidates:
        claim = order.claims[CHAPTER, one.law.name]
        session.file(claim.entry, known[one.head, one.component, CHAPTER, one.law.name])
    correct(session)


def _held(session: Session, candidates: Sequence[Candidate]) -> tuple[Confirmation, ...]:
    profile = session.request.profile
    numbers = [min(cell.census_n, profile.opening) for cell in session.cells]
    p_values = [
        degree_p_value(cell.degree or 0.0, n, least=ABOVE) for cell, n in zip(session.cells, numbers, strict=True)
    ]
    rejected = holm(p_values, alpha=profile.alpha)
    out = [cell.stands_out for cell in standing_out([_bare(cell) for cell in session.cells], alpha=profile.alpha)]
    found = zip(candidates, session.cells, numbers, rejected, out, strict=True)
    return tuple(Confirmation(*one) for one in found)


def by_law(found: Sequence[Confirmation]) -> dict[Law, list[Confirmation]]:
    """Return confirmations by law, those with the most heads first."""
    laws: dict[Law, list[Confirmation]] = {}
    for one in found:
        laws.setdefault(one.candidate.law, []).append(one)
    return dict(sorted(laws.items(), key=lambda pair: (-len(pair[1]), pair[0].name)))


def in_source(one: Confirmation) -> str:
    """Return what a law's source says of a head: its degree now and at the screen, and beside its nulls.

    The nulls are those of the confirmation, the mean of each one's heads.
    """
    beside = ", ".join(f"{name} {found.degree:.2f}" for name, found in one.cell.comparisons.items())
    nulls = f", nulls {beside}{', stands out' if one.stands else ''}" if beside else ""
    return (
        f"{one.cell.head} {one.cell.component} {one.cell.degree or 0.0:.3f} (screen {one.candidate.degree:.3f}{nulls})"
    )


def for_confirming(request: Request, heads: Sequence[str]) -> Request:
    """Return the request of a confirmation: the heads that have candidates, and a first stage that gives sure
    degrees.
    """
    return replace(request, heads=tuple(heads), profile=replace(request.profile, first=FIRST))
