"""ETA: what each task of a sweep takes, and so how long the rest will.

What a cell of each task took is remembered in a file beside the store, by the model's fingerprint and the task's name.
A later sweep reckons with that, times what its own tasks took over what they took then: the machine, its load and the
sizes may be others. A task that was never met is taken to be like those of its family, and where there is none, like
all others of its kind, controls or not; where nothing of its kind is known, nothing is said.

It says when, and decides nothing: what cannot be read or written is not remembered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from statistics import fmean, median

from harness import files
from harness.sweeps.tasks import Step, Task

FILE = "pace.json"

ROUGHLY = {Step.NULL_MODELS: 40.0, Step.NULLS: 0.5, Step.SHOWN: 10.0}
"""How many times the seconds of a cell's verdict each of these takes, for want of anything better."""


class TaskTimes:
    """The seconds that a worker spends on a cell, by task."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        """Of one model, from a file that need not be there.

        Args:
            fingerprint: of the model's weights.
        """
        self.path, self.fingerprint = path, fingerprint
        self._before = _numbers(_read(path).get(fingerprint))
        self._now: dict[str, float] = {}
        self._met: dict[tuple[Step, bool, str], list[float]] = {}

    def took(self, task: Task, seconds: float) -> None:
        """Remember what a task took, in seconds of the worker that did it."""
        each = seconds / len(task)
        self._now[task.name] = each
        self._met.setdefault((task.step, task.control, task.family), []).append(each)
        whole = _read(self.path)
        whole[self.fingerprint] = _numbers(whole.get(self.fingerprint)) | self._now
        with suppress(OSError):
            files.write(self.path, json.dumps(whole))

    def left(self, rest: Iterable[Task], workers: int) -> float | None:
        """Return seconds that that number of workers will spend on these tasks; None where there is nothing to tell
        it from.
        """
        slower = self._slower()
        each = [self._each(task, slower) for task in rest]
        known = [seconds for seconds in each if seconds is not None]
        return sum(known) / workers if len(known) == len(each) else None

    def _slower(self) -> float:
        """So many times as long as then do tasks take now."""
        again = [name for name in self._now if self._before.get(name)]
        return sum(self._now[name] for name in again) / sum(self._before[name] for name in again) if again else 1.0

    def _each(self, task: Task, slower: float) -> float | None:
        if task.name in self._before:
            return self._before[task.name] * slower * len(task)
        alike = self._met.get((task.step, task.control, task.family))
        each = fmean(alike) if alike else self._like_others(task)
        return None if each is None else each * len(task)

    def _like_others(self, task: Task) -> float | None:
        """What a cell of its kind took; of a later step, whose first task may have loaded a model, the median."""
        met = self._of(task.step, task.control)
        if task.step not in ROUGHLY:
            return fmean(met) if met else None
        cells = self._of(Step.CELLS, False) or self._of(Step.VERDICTS, False)
        if cells:
            met.append(ROUGHLY[task.step] * fmean(cells))
        return median(met) if met else None

    def _of(self, step: Step, control: bool) -> list[float]:
        """What cells of a kind took, a mean for each family."""
        return [fmean(met) for (kind, of, _), met in self._met.items() if (kind, of) == (step, control)]


def _read(path: Path) -> dict[str, object]:
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _numbers(found: object) -> dict[str, float]:
    """What is a number of seconds of it; the file may have been written by anybody."""
    if not isinstance(found, dict):
        return {}
    return {name: float(each) for name, each in found.items() if isinstance(each, int | float) and each >= 0}
