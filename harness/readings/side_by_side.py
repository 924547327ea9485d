"""Side by side: jobs that run in turn, and whose readings are made together.

A network takes hardly longer for a hundred positions than for ten, since it mostly waits for its weights. A job that
tries a claim asks for few sequences at a time, each in the light of the one before. So several jobs are begun, each in
a thread of its own; one runs until it asks for readings, then the next one does. When all of them wait, the model that
most of them wait for makes what they ask for together, in the thread that began them. Never do two run at a time, so
that each may use what they share as if it were alone; the state of the random generators goes with the job.
"""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from threading import Semaphore, Thread
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch

from harness.profiling import Part, elsewhere, spent_on
from harness.readings.activations import Ids
from harness.readings.projection import Projection
from harness.readings.reading import Reading
from harness.records.address import Address

Result = TypeVar("Result")
Made = dict[Ids, Reading]


@dataclass(frozen=True)
class ReadingRequest:
    """Sequences that one component of one head is to read; see `PreparedModel.read`."""

    ids: tuple[Ids, ...]
    address: Address
    component: str
    way: Projection
    bos: bool
    afresh: bool
    own: bool


class Reads(Protocol):
    """A model, which makes what several ask for together."""

    def make(self, requests: Sequence[ReadingRequest]) -> list[Made]:
        """Return the readings that each asks for."""
        ...


class _AbandonedError(BaseException):
    """Raised in a job whose result nobody waits for any more."""


@dataclass
class _Waiting:
    """What a job waits for, and what it is answered."""

    model: Reads
    request: ReadingRequest
    made: Made = field(default_factory=dict)
    error: BaseException | None = None
    answered: bool = False


class _Job(Generic[Result]):
    """A job, which runs in a thread of its own whenever it is told to go on."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self.waiting: _Waiting | None = None
        self.done = False
        self._work = work
        self._abandoned = False
        self._result: list[Result] = []
        self._error: BaseException | None = None
        self._going, self._stopped = Semaphore(0), Semaphore(0)
        self._grad = torch.is_grad_enabled()
        self._randomness = _randomness()
        self._thread = Thread(target=copy_context().run, args=(self._run,), daemon=True)
        self._thread.start()

    def go_on(self) -> None:
        """Let it run until it waits for readings, or is done."""
        with self._randomness_of_its_own(), elsewhere():
            self._going.release()
            try:
                self._stopped.acquire()
            except BaseException:  # Ctrl-C reaches the thread that waits: what runs is told, and ended first
                self._abandoned = True
                thread = ctypes.c_ulong(self._thread.ident or 0)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(_AbandonedError))
                self._stopped.acquire()
                raise

    def ask(self, model: Reads, request: ReadingRequest) -> Made:
        """Wait for readings; called in the job's own thread."""
        if self._abandoned:  # whatever it made of being told so
            raise _AbandonedError
        self.waiting = waiting = _Waiting(model, request)
        with elsewhere():
            self._stopped.release()
            self._going.acquire()
        if self._abandoned:
            raise _AbandonedError
        if waiting.error is not None:
            raise waiting.error
        return waiting.made

    def result(self) -> Result:
        """Return what came of it, or raise its error."""
        if self._error is not None:
            raise self._error
        return self._result[0]

    def abandon(self) -> None:
        """End it where it stands."""
        self._abandoned = True
        with self._randomness_of_its_own():
            self._going.release()
            self._thread.join()

    @contextmanager
    def _randomness_of_its_own(self) -> Iterator[None]:
        """Put the random generators in the job's state inside the block."""
        with _randomness_kept():
            _set_randomness(self._randomness)
            try:
                yield
            finally:
                self._randomness = _randomness()

    def _run(self) -> None:
        self._going.acquire()
        try:
            if not self._abandoned:
                _job.set(self)
                torch.set_grad_enabled(self._grad)
                with spent_on(Part.REST):
                    self._result.append(self._work())
        except BaseException as error:  # whoever began it is told
            self._error = error
        finally:
            self.done, self.waiting = True, None
            self._stopped.release()


_job: ContextVar[_Job[Any] | None] = ContextVar("job", default=None)


def made_for(model: Reads, request: ReadingRequest) -> Made:
    """Return the readings asked for: in a job when those of the others are made, elsewhere at once."""
    job = _job.get()
    return model.make([request])[0] if job is None else job.ask(model, request)


def side_by_side(jobs: Sequence[Callable[[], Result]], *, most: int) -> Iterator[Result]:
    """Do jobs, and give their results in order.

    Args:
        most: so many are under way at a time; 1 does one after another, in this thread.
    """
    if most == 1:
        yield from (job() for job in jobs)
        return
    waiting = [*jobs]
    under_way: list[_Job[Result]] = []
    results: list[_Job[Result]] = []
    try:
        while waiting or under_way:
            while waiting and len(under_way) < most:
                under_way.append(_Job(waiting.pop(0)))
                results.append(under_way[-1])
            for job in under_way:
                if job.waiting is None or job.waiting.answered:
                    job.go_on()
            under_way = [job for job in under_way if not job.done]
            while results and results[0].done:
                yield results.pop(0).result()
            _answer_most([job.waiting for job in under_way if job.waiting is not None])
    finally:
        for job in under_way:
            job.abandon()


def _answer_most(asked: Sequence[_Waiting]) -> None:
    """Make what is asked of the model that most wait for; the others wait until more do."""
    if not asked:
        return
    by_model: dict[Reads, list[_Waiting]] = {}
    for one in asked:
        by_model.setdefault(one.model, []).append(one)
    model, together = max(by_model.items(), key=lambda found: len(found[1]))
    with spent_on(Part.READING):
        try:
            for one, made in zip(together, model.make([one.request for one in together]), strict=True):
                one.made = made
        except (Exception, SystemExit):
            for one in together:  # each by itself, so that nobody has another one's error
                try:
                    (one.made,) = model.make([one.request])
                except (Exception, SystemExit) as error:
                    one.error = error
    for one in together:
        one.answered = True


@contextmanager
def seeded(what: str) -> Iterator[None]:
    """Let the random generators begin at a place of its own inside the block, and go on after it where they were."""
    with _randomness_kept():
        random.seed(what)
        np.random.seed(random.getrandbits(32))
        yield


@contextmanager
def _randomness_kept() -> Iterator[None]:
    outside = _randomness()
    try:
        yield
    finally:
        _set_randomness(outside)


def _randomness() -> tuple[Any, Any]:
    return random.getstate(), np.random.get_state()


def _set_randomness(state: tuple[Any, Any]) -> None:
    random.setstate(state[0])
    np.random.set_state(state[1])
