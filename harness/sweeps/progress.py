"""Progress: how far a sweep, or a run that somebody waits for, has come, and how that is said."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.records.cell import Cell, Verdict
from harness.text import counted


@dataclass
class Progress:
    """How far it has come.

    Attributes:
        cells, tasks: how many there are.
        done: cells that are finished.
        found: cells that were in the journal when it began.
        errors: cells that are errors.
        doing: the task that was finished last.
        step: what is done when the cells are there; nothing before.
        seconds: what workers spent on each part of what was done since it began.
        left: seconds that the rest will take, all steps, from `seen` on; None where there is nothing to tell it from.
    """

    cells: int
    tasks: int
    done: int = 0
    found: int = 0
    errors: int = 0
    doing: str = ""
    step: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    left: float | None = None
    began: float = field(default_factory=time.monotonic)
    seen: float = field(default_factory=time.monotonic)

    def spent(self, seconds: Mapping[str, float]) -> None:
        """Add to what each part has taken."""
        for part, more in seconds.items():
            self.seconds[part] = self.seconds.get(part, 0.0) + more

    def count(self, cells: Sequence[Cell]) -> None:
        """Add cells that are finished."""
        self.done += len(cells)
        self.errors += sum(cell.verdict is Verdict.ERROR for cell in cells)

    def expect(self, left: float | None) -> None:
        """Be told how long the rest will take from now on."""
        self.left, self.seen = left, time.monotonic()

    @property
    def rate(self) -> float:
        """Cells a second, of those done since it began."""
        return (self.done - self.found) / max(1e-9, time.monotonic() - self.began)

    @property
    def still(self) -> float | None:
        """Seconds that are left now; None where that is not known, or was said to be over."""
        left = None if self.left is None else self.left - (time.monotonic() - self.seen)
        return left if left is not None and left >= 1 else None


def said_of(progress: Progress) -> str:
    """Return the rate, the time left and what went wrong; then the step.

    >>> said_of(Progress(cells=10, tasks=2))
    'begun'
    >>> said_of(Progress(cells=10, tasks=2, done=10, step="writing the report"))
    'writing the report'
    """
    left = "" if progress.still is None else f", {duration(progress.still)} left"
    errors = f", {counted(progress.errors, 'error')}" if progress.errors else ""
    if progress.step:
        return f"{progress.step}{left}{errors}"
    if progress.done == progress.found:
        return f"{progress.found:,} done before{left}" if progress.found else f"begun{left}"
    return f"{progress.rate:.1f} a second{left}{errors}"


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it.

    >>> duration(75), duration(600), duration(9000)
    ('75 s', '10 min', '2 h 30 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
