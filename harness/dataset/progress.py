"""Progress: how far a data set is, on stderr; a bar with the time left at a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

SECONDS_PER_LINE = 10


class HeadProgress:
    """Counts heads; of those found finished already, none counts towards the time left."""

    def __init__(
        self,
        total: int,
        *,
        finished: int,
        unit: str = "heads",
        doing: str = "reading",
        console: Console | None = None,
    ) -> None:
        self.total, self.finished, self.before = total, finished, finished
        self.unit = unit
        self.console = console or Console(stderr=True)
        self.started = self.said = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit))
        times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
        self.bar = Progress(
            *columns,
            *times,
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
            speed_estimate_period=600,
        )
        self.task = self.bar.add_task(doing, total=total, completed=finished)

    def __enter__(self) -> Self:
        self.bar.start()
        if self.before:
            self.say(f"Going on: {self.before} of {self.total} {self.unit} are finished.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def say(self, text: str) -> None:
        """Print one line, above the bar if there is one."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def advance(self) -> None:
        """Count one more head as finished."""
        self.finished += 1
        self.bar.update(self.task, completed=self.finished)
        now = time.monotonic()
        if not self.console.is_terminal and (now - self.said >= SECONDS_PER_LINE or self.finished == self.total):
            self.said = now
            gone = now - self.started
            left = gone / (self.finished - self.before) * (self.total - self.finished)
            self.say(f"{self.finished} of {self.total} {self.unit}, {clock(gone)} gone, about {clock(left)} left")


def clock(seconds: float) -> str:
    """Return minutes and seconds.

    >>> clock(61.6), clock(3600)
    ('1:02', '60:00')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
