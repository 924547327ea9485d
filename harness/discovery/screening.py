"""Screening: the heads' tables, by one process or several; those that an earlier process kept are taken as they are."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence

from harness.discovery.countdown import Countdown
from harness.discovery.screen import Screen, Table, screen
from harness.errors import ModelError
from harness.readings.malloc import give_back
from harness.readings.streams import Streams
from harness.records.address import Address
from harness.runs.session import Session
from harness.sweeps.plan import SweepOrder
from harness.sweeps.tasks import Step, Task
from harness.sweeps.worker import TaskResult, Worker
from harness.sweeps.workers_local import Processes, ThisProcess

HEADS_AT_ONCE = 9
"""Heads whose vectors are held at a time: those of a head take some 60 MB."""

STREAMS = "streams"
"""Where runs of the model stopped, in the folder of the tables: the next layers go on from there."""

STREAMS_ROOM = 16 << 30
"""Bytes that a process writes there at most; what is there at a time is one layer's, some 200 MB."""


class Screener(Worker):
    """A worker that screens the heads of a task's layers that have no table yet."""

    def __init__(self, wanted: Screen, session: Session) -> None:
        super().__init__(SweepOrder.of_claims(session.request, ()), session)
        self.wanted = wanted
        last = max(session.request.addresses).layer
        self._streams = Streams(wanted.folder / STREAMS, below=last, room=STREAMS_ROOM)

    def share(self, tasks: Sequence[Task]) -> None:
        """Load the null models, which forked processes then share."""
        if self.wanted.nulls:
            for kind in self.session.model.nulls:
                _ = self.session.model.nulls[kind]

    def do(self, task: Task, *, each: Callable[[], None] = lambda: None) -> TaskResult:
        """Make the tables of a task's heads."""
        model = self.session.model
        ahead = [head for head in missing(self.wanted, self.session) if head.layer in task.layers]
        model.decoder.one_head_at_a_time()
        model.go_on_from(self._streams)
        for _ in screen(self.wanted, model, ahead):
            each()
        model.forget()
        give_back()
        return TaskResult([])


def screened(
    wanted: Screen, session: Session, *, workers: int, told: Callable[[str], None]
) -> Mapping[Address, Mapping[str, Table]]:
    """Return the tables of all heads asked for.

    Raises:
        ModelError: where a process that screened some died and left them without a table.
    """
    heads = session.request.addresses
    tasks = _tasks(missing(wanted, session), workers)
    worker = Screener(wanted, session)
    team = Processes(worker.order, workers, worker, threads=1) if workers > 1 else ThisProcess(worker)

    def done() -> int:
        return len(heads) - len(missing(wanted, session))

    count = Countdown(told, "heads screened:", len(heads), done())
    for _ in team.do(tasks, enough=lambda: False, waiting=lambda: count(done())):
        count(done())
    shutil.rmtree(wanted.folder / STREAMS, ignore_errors=True)
    left = missing(wanted, session)
    if left:
        raise ModelError(
            f"{', '.join(map(str, left))}: the process that screened them died; was memory too small? Give the same "
            "command again to go on, with fewer --workers."
        )
    return {head: wanted.table(head) for head in heads}


def missing(wanted: Screen, session: Session) -> list[Address]:
    """Return the heads that have no table yet."""
    return [head for head in session.request.addresses if not wanted.file(head).exists()]


def _tasks(heads: Sequence[Address], workers: int) -> list[Task]:
    """Layers whose heads are screened together: few enough at once, and at least a task for each worker."""
    by_layer: dict[int, int] = {}
    for head in heads:
        by_layer[head.layer] = by_layer.get(head.layer, 0) + 1
    most = min(HEADS_AT_ONCE, max(1, -(-len(heads) // workers)))
    blocks: list[list[int]] = []
    room = 0
    for layer, number in sorted(by_layer.items()):
        if not blocks or number > room:
            blocks.append([])
            room = most
        blocks[-1].append(layer)
        room -= number
    return [Task(tuple(layers), (), control=False, step=Step.SHOWN) for layers in blocks]
