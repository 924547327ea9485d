"""Phases of a sweep: what each takes, what share of this machine's rates it reaches, and what bounds it.

Two rates are measured beside it, on the one thread that a worker computes on: of a float32 matrix product as large as
one in a layer, and of copying memory. A phase that needs so many operations and so many bytes cannot take less than
the longer of the two would; that time by the seconds that passed is its share. Decoding is counted as one plain
product of all vectors would need it; where a screen spares most of that, its share may be above 1. Runs in float64
are counted as those in float32, and of the highest layer of a run, of which the attention alone is run, the whole.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from harness.models.threads import threads
from harness.profiling import Count, Part, counted
from harness.readings.batch_size import positions_at_once
from harness.runs.session import Session
from harness.sweeps.plan import SweepOrder
from harness.sweeps.tasks import tasks
from harness.sweeps.worker import Worker

_REPEATS = 20
_COPIED = 64 << 20
_BOUND = 0.5
"""A phase that reaches less than this share of what bounds it is held up by something else."""


@dataclass(frozen=True)
class Phase:
    """One phase.

    Attributes:
        operations, bytes: what it needs at least; 0 where it multiplies nothing to speak of.
        share: of the attainable rate; None where that says nothing.
        bound: what bounds it, in words.
    """

    name: str
    seconds: float
    operations: float = 0.0
    bytes: float = 0.0
    share: float | None = None
    bound: str = "Python"


@dataclass(frozen=True)
class SweepPhases:
    """A sweep by one worker.

    Attributes:
        matrix_rate: operations a second of a float32 product.
        memory_rate: bytes a second that are read and written.
        layer_runs: of the model, one for each sequence and layer.
        from_the_bottom: as many as there would have been, had every run begun at the bottom.
        cpu: seconds of the processor.
    """

    phases: tuple[Phase, ...]
    matrix_rate: float
    memory_rate: float
    sequences: int
    layer_runs: int
    from_the_bottom: int
    cpu: float

    def as_json(self) -> dict[str, Any]:
        """Return all of it, for programs."""
        return asdict(self)


def phases(order: SweepOrder) -> SweepPhases:
    """Sweep in a fresh process, and tell what its time went to.

    Raises:
        HeadlawsError: for an order that cannot be tried at all.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_swept, order).result()


def phase(
    name: str, seconds: float, operations: float, size: float, *, matrix_rate: float, memory_rate: float
) -> Phase:
    """Describe one phase that multiplies."""
    computing, moving = operations / matrix_rate, size / memory_rate
    share = max(computing, moving) / seconds if seconds else None
    bound = "matrix products" if computing >= moving else "memory"
    if share is not None and share < _BOUND:
        bound = f"many small steps, then {bound}"
    return Phase(name, seconds, operations, size, share, bound)


def _swept(order: SweepOrder) -> SweepPhases:
    session = order.session()
    session.make_ready()
    with tempfile.TemporaryDirectory() as folder, threads(1):
        worker = Worker(order.keeping_streams(Path(folder)), session)
        planned = tasks(order, session)
        worker.share(planned)
        rates = _rates(session)
        counted()
        began, seconds = time.process_time(), Counter[str]()
        for task in planned:
            seconds.update(worker.do(task).seconds)
        cpu = time.process_time() - began
    return summed_up(session, seconds, counted(), rates, cpu)


def summed_up(
    session: Session, seconds: Mapping[str, float], counts: Mapping[str, int], rates: tuple[float, float], cpu: float
) -> SweepPhases:
    """Sum up the times and counts of a sweep."""
    backbone = session.model.backbone
    shape, weights = backbone.shape, backbone.weights_of_a_layer
    some = Counter(counts)
    needs = {
        Part.FORWARDS: (
            2.0 * weights * some[Count.LAYER_POSITIONS],
            4.0 * weights * some[Count.LAYER_BATCHES] + 16.0 * shape.d_model * some[Count.LAYER_POSITIONS],
        ),
        Part.READING: (
            2.0 * shape.d_head * shape.vocab * some[Count.VECTORS],
            4.0 * shape.d_head * some[Count.VECTORS],
        ),
    }
    made = []
    for name, spent in sorted(seconds.items(), key=lambda one: -one[1]):
        if name in needs:
            operations, size = needs[Part(name)]
            made.append(phase(name, spent, operations, size, matrix_rate=rates[0], memory_rate=rates[1]))
        else:
            made.append(Phase(name, spent))
    return SweepPhases(
        phases=tuple(made),
        matrix_rate=rates[0],
        memory_rate=rates[1],
        sequences=some[Count.SEQUENCES],
        layer_runs=some[Count.LAYER_RUNS],
        from_the_bottom=some[Count.LAYER_RUNS] + some[Count.LAYERS_SPARED],
        cpu=cpu,
    )


def _rates(session: Session) -> tuple[float, float]:
    backbone = session.model.backbone
    width, positions = backbone.shape.d_model, positions_at_once(backbone)
    left, right = torch.randn(positions, width), torch.randn(width, 4 * width)
    source = torch.empty(_COPIED, dtype=torch.uint8)
    target = torch.zeros_like(source)
    return (
        2.0 * positions * 4 * width * width / _best(lambda: left @ right),
        2.0 * _COPIED / _best(lambda: target.copy_(source)),
    )


def _best(trial: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_REPEATS):
        began = time.perf_counter()
        trial()
        best = min(best, time.perf_counter() - began)
    return best
