"""Workers: who does the tasks of a sweep. This process alone, several processes of this machine, or a Ray cluster.

Workers are given tasks and give back the results, in whatever order they are finished. Where a process dies, what
was under way is tried again, each task by itself. A task that kills its process every time is halved until one cell is
left, and that cell is filed as an error. One process, the one that asks the workers, writes.

Processes that compute on one thread each are forked, where the system can: they share the model's weights with the one
that loaded them. OpenMP's threads do not live through a fork (a process that asks for several waits for ever), so where
a sweep has more cores than processes, each is begun anew and loads the model itself.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Thread
from typing import Protocol

from harness.sweeps.plan import SweepOrder
from harness.sweeps.tasks import Step, Task, next_task
from harness.sweeps.worker import TaskResult, Worker, failed
from harness.text import counted

DEATHS = 2
"""So often a task may take the process down that does nothing else, before it is halved, or given up."""

Done = tuple[Task, TaskResult]
Doing = Generator[Done, None, None]
Enough = Callable[[], bool]
Waiting = Callable[[], None]

OFTEN = 0.5
"""Seconds after which workers that wait say so again."""


def nothing_said() -> None:
    """Say nothing while waiting: nobody watches."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Return whether processes are forked here, so that they share what is loaded."""
    return sys.platform == "linux"


class Workers(Protocol):
    """Does tasks.

    Attributes:
        number: how many it does at a time.
    """

    number: int

    def do(self, tasks: Sequence[Task], *, enough: Enough, waiting: Waiting = nothing_said) -> Doing:
        """Return the tasks with their results, as they are finished; none is begun once `enough()` says so.

        Args:
            waiting: is called again and again while nothing is finished: in this process, after each cell.
        """
        ...


class ThisProcess:
    """This process."""

    number = 1

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    def do(self, tasks: Sequence[Task], *, enough: Enough, waiting: Waiting = nothing_said) -> Doing:
        """Return the tasks in order."""
        for task in tasks:
            if enough():
                return
            yield task, self.worker.do(task, each=waiting)


class Processes:
    """Several processes of this machine, each with its share of the cores."""

    def __init__(
        self, order: SweepOrder, number: int, worker: Worker | None = None, *, threads: int | None = None
    ) -> None:
        """Take a loaded worker along, where processes are forked from this one.

        Args:
            worker: with the model loaded, so that forked processes share it; without it each loads its own.
            threads: on which each of them computes; its share of the cores where it is not given.
        """
        self.order, self.number = order, number
        self.threads = threads or max(1, (os.cpu_count() or 1) // number)
        forking = can_fork() and self.threads == 1
        self.context = multiprocessing.get_context("fork" if forking else "spawn")
        self._loaded = worker if forking else None

    def do(self, tasks: Sequence[Task], *, enough: Enough, waiting: Waiting = nothing_said) -> Doing:
        """Return the tasks, several at a time; those that were under way when a process died are tried by
        themselves.
        """
        global _inherited
        if self._loaded is not None:
            self._loaded.share(tasks)
        ahead = list(tasks)
        _inherited = self._loaded
        frozen = gc.get_freeze_count()
        gc.freeze()  # to look through what is there for garbage would write to the pages that forked processes share
        try:
            while ahead and not enough():
                suspects = yield from self._together(ahead, enough, waiting)
                for task in suspects:
                    ahead.remove(task)
                    yield task, self._by_itself(task, waiting)
        finally:
            _inherited = None  # the next model may need its room
            if not frozen:
                gc.unfreeze()  # all: what whoever runs this had frozen before cannot be told apart, and stays so

    def _together(self, ahead: list[Task], enough: Enough, waiting: Waiting) -> Generator[Done, None, list[Task]]:
        """Do what is ahead until a process dies; gives what was under way then."""
        running: dict[Future[TaskResult], Task] = {}
        coming = list(ahead)
        with self._pool(self.number) as pool:
            while True:
                while len(running) < self.number and not enough() and (task := next_task(coming, running.values())):
                    coming.remove(task)
                    with _uninterrupted(), suppress(BrokenProcessPool):  # what is under way will say so as well
                        running[pool.submit(_do, task)] = task
                if not running:
                    return []
                for future in _finished(running, waiting):
                    try:
                        work = future.result()
                    except BrokenProcessPool:
                        return list(running.values())
                    task = running.pop(future)
                    ahead.remove(task)
                    yield task, work

    def _by_itself(self, task: Task, waiting: Waiting) -> TaskResult:
        """Do a task with nothing beside it; where that takes the process down, each half of its cells by itself."""
        for _ in range(DEATHS):
            with self._pool(1) as pool, suppress(BrokenProcessPool):
                with _uninterrupted():
                    doing = pool.submit(_do, task)
                _finished([doing], waiting)
                return doing.result()
        if len(task) == 1:
            return given_up(task, self.order)
        one, other = (self._by_itself(half, waiting) for half in task.halves)
        return TaskResult([*one.cells, *other.cells])  # without seconds, since a task that was given up has none

    @contextmanager
    def _pool(self, number: int) -> Iterator[ProcessPoolExecutor]:
        others = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(
            number, mp_context=self.context, initializer=_begin, initargs=(self.order, self.threads, os.getpid())
        )
        try:
            yield pool
        finally:
            for process in set(multiprocessing.active_children()) - others:  # nothing under way is wanted any more
                process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)


def given_up(task: Task, order: SweepOrder) -> TaskResult:
    """Return the cells of a task that no worker survived."""
    said = f"the process that tried it died, and died {counted(DEATHS, 'more time')} when it tried this cell alone; "
    "memory may be too small"
    if task.step is Step.NULLS:  # which is nothing against the head
        untold = f"not counted on the null models: {said}"
        return TaskResult(
            [replace(cell, message="; ".join(filter(None, (cell.message, untold)))) for cell in task.cells.values()]
        )
    return TaskResult([failed(shard, head, order, said) for shard in task.shards for head in shard.heads])


def _finished(running: Iterable[Future[TaskResult]], waiting: Waiting) -> set[Future[TaskResult]]:
    """The first that are finished of these."""
    while not (done := wait(running, timeout=OFTEN, return_when=FIRST_COMPLETED).done):
        waiting()
    return done


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes begun in the block are never told of Ctrl-C; this one is told after it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_inherited: Worker | None = None
_worker: Worker | None = None


def _begin(order: SweepOrder, threads: int, parent: int) -> None:
    """In a new process: the worker that the parent loaded, or one of its own."""
    global _worker
    from harness.models.threads import share

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told as well, and ends it
    Thread(target=_end_with, args=(parent,), daemon=True).start()
    share(threads)
    _worker = _inherited or Worker(order)


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, which may have been killed without a word."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _do(task: Task) -> TaskResult:
    assert _worker is not None, "a process that was not begun does no task"
    try:
        return _worker.do(task)
    finally:
        sys.stdout.flush()  # what a claim has printed; the parent may end this process without a word
