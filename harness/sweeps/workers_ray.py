"""Workers on a Ray cluster: actors that keep the model loaded, on this machine or on many.

Ray retries a task whose actor died, on an actor that it starts anew; one that kills every actor it is given to is
filed as errors. The process that asks the workers is the only one that writes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from harness.errors import HeadlawsError
from harness.sweeps.plan import SweepOrder
from harness.sweeps.tasks import Task, next_task
from harness.sweeps.worker import TaskResult, Worker
from harness.sweeps.workers_local import DEATHS, OFTEN, Doing, Enough, Waiting, given_up, nothing_said


class RayWorkers:
    """Actors of a Ray cluster."""

    def __init__(self, order: SweepOrder, number: int, *, address: str | None = None) -> None:
        """Connect to a cluster, or start one of this machine's own where no address is given.

        Raises:
            HeadlawsError: where Ray is not installed, or there is no cluster at the address.
        """
        self._ray, self._started = _ray(address)
        self.order, self.number = order, number

    def do(self, tasks: Sequence[Task], *, enough: Enough, waiting: Waiting = nothing_said) -> Doing:
        """Return the tasks, one at a time for each actor."""
        ray = self._ray
        cores = 1 if (os.cpu_count() or 1) >= self.number else 0
        actor = ray.remote(num_cpus=cores, max_restarts=-1, max_task_retries=DEATHS)(Worker)
        idle = [actor.remote(self.order) for _ in range(self.number)]
        running: dict[Any, tuple[Any, Task]] = {}
        ahead = list(tasks)
        try:
            while True:
                while idle and not enough() and (task := next_task(ahead, (task for _, task in running.values()))):
                    ahead.remove(task)
                    worker = idle.pop()
                    running[worker.do.remote(task)] = (worker, task)
                if not running:
                    return
                while not (done := ray.wait(list(running), num_returns=1, timeout=OFTEN)[0]):
                    waiting()
                (finished,) = done
                worker, task = running.pop(finished)
                idle.append(worker)
                yield task, self._work(finished, task)
        finally:
            for worker in [*idle, *(worker for worker, _ in running.values())]:
                ray.kill(worker)
            if self._started:  # while what it says of its end still goes where a sweep's words go
                ray.shutdown()

    def _work(self, finished: Any, task: Task) -> TaskResult:
        try:
            found: TaskResult = self._ray.get(finished)
        except self._ray.exceptions.RayTaskError:  # raised by our own code: nothing to try again
            raise
        except self._ray.exceptions.RayError:
            return given_up(task, self.order)
        return found


def check() -> None:
    """Refuse Ray where Ray is not installed; imports nothing.

    Raises:
        HeadlawsError: in one line.
    """
    if find_spec("ray") is None:
        raise HeadlawsError("--engine ray: Ray is not installed; pip install 'headlaws[ray]'.")


def _ray(address: str | None) -> tuple[Any, bool]:
    """Ray, connected, and whether it was this that did so."""
    check()
    import ray

    if ray.is_initialized():
        return ray, False
    try:
        ray.init(address=address, log_to_driver=False, include_dashboard=False if address is None else None)
    except ConnectionError as error:
        said = " ".join(str(error).split())[:160]
        raise HeadlawsError(
            f"--address {address!r}: no Ray cluster answers ({said}); start one with 'ray start --head', and give the "
            "address that it prints."
        ) from None
    return ray, True
