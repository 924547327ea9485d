"""Timing: heads swept together against each by itself, and two workers against one, in one go.

Each figure is taken in a fresh process that has loaded the model; loading is not counted, nor the null models, whose
censuses are remembered from run to run. A single run is one of `pytest` on one head: it has the sizes of one,
and makes every counterexample small. What heads share, sequences, runs of the model and readings, is
seen from sweeps of single heads with the sweep's own sizes, which are timed beside it.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from harness.sweeps.plan import SweepOrder
from harness.sweeps.tasks import tasks
from harness.sweeps.worker import Worker
from harness.sweeps.workers_local import Processes, ThisProcess
from harness.trials.profile import Profile

DENSE = Profile()
"""The sizes of a run of one head."""


@dataclass(frozen=True)
class SweepTiming:
    """Seconds, of one machine in one state.

    Attributes:
        cells: how many the heads have together, controls apart.
        together: all heads swept by one process.
        alone: each head swept by itself, in order.
        single: each head by itself as `pytest` tries it.
        workers: all heads swept by two processes.
        load: of the machine when it began, over the last minute; by the number of its cores.
    """

    model: str
    heads: tuple[str, ...]
    chapters: tuple[str, ...]
    sizes: dict[str, int]
    cells: int
    together: float
    alone: tuple[float, ...]
    single: tuple[float, ...]
    workers: float
    load: float

    @property
    def together_over_single(self) -> float:
        """The share that sweeping together costs of single runs."""
        return self.together / sum(self.single)

    @property
    def together_over_alone(self) -> float:
        """The share that it costs of sweeps of single heads, with the same sizes."""
        return self.together / sum(self.alone)

    @property
    def workers_gain(self) -> float:
        """How many times as fast two workers are as one."""
        return self.together / self.workers

    def as_json(self) -> dict[str, Any]:
        """Return all of it, for programs."""
        return {
            **vars(self),
            "together_over_single": self.together_over_single,
            "together_over_alone": self.together_over_alone,
            "workers_gain": self.workers_gain,
        }


def timing(order: SweepOrder, *, said: Callable[[str], None] = lambda step: None) -> SweepTiming:
    """Time an order whose heads are named one by one.

    Raises:
        HeadlawsError: for an order that cannot be tried at all.
    """
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    session = order.session()
    session.request.check()
    heads = tuple(str(address) for address in session.request.addresses)
    said(f"{len(heads)} heads together")
    together = _in_a_process(order, 1)
    dense = replace(DENSE, seed=order.request.profile.seed, nulls=0)
    alone, single = [], []
    for head in heads:
        said(f"{head} by itself")
        alone.append(_in_a_process(_of(order, (head,)), 1))
        said(f"{head} as pytest tries it")
        whole = _of(order, (head,), profile=dense, census_given=False)
        single.append(_in_a_process(replace(whole, shrink=-1), 1))
    said("two workers")
    return SweepTiming(
        model=order.request.model,
        heads=heads,
        chapters=tuple(dict.fromkeys(chapter for chapter, _ in order.claims)),
        sizes={name: getattr(order.request.profile, name) for name in ("search", "first", "census")},
        cells=sum(len(session.request.in_play(claim)) for claim in order.claims.values() if not claim.control),
        together=together,
        alone=tuple(alone),
        single=tuple(single),
        workers=_in_a_process(order, 2),
        load=load,
    )


def _of(order: SweepOrder, heads: Sequence[str], **request: Any) -> SweepOrder:
    return replace(order, request=replace(order.request, heads=tuple(heads), **request))


def _in_a_process(order: SweepOrder, workers: int) -> float:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_seconds, order, workers).result()


def _seconds(order: SweepOrder, workers: int) -> float:
    """What the order's tasks take, in this process or in two of its own."""
    session = order.session()
    session.make_ready()
    worker = Worker(order, session)
    planned = tasks(order, session)
    doing = ThisProcess(worker) if workers == 1 else Processes(order, workers, worker)
    worker.share(planned)
    began = time.perf_counter()
    for _ in doing.do(planned, enough=lambda: False):
        pass
    return time.perf_counter() - began
