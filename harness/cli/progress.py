"""What is seen of a sweep under way: a bar on a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from harness.sweep.sweep import Progress

EVERY = 30.0
"""Seconds between lines, where there is no terminal."""


@contextmanager
def shown() -> Iterator[Callable[[Progress], None]]:
    """Gives what is to be told of the progress; it goes to stderr, so that stdout is the result's."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.completed:.0f} of {task.total:.0f} cells"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
    )
    # refreshed by hand: a thread that draws would be in the way of processes that are forked
    with Bar(*columns, console=Console(stderr=True), auto_refresh=False, transient=True) as bar:
        line = bar.add_task("", total=0, said="", visible=False)  # nothing is known before it is told

        def told(progress: Progress) -> None:
            bar.update(line, total=progress.cells, completed=progress.done, said=said_of(progress), visible=True)
            bar.refresh()

        yield told


def _lines() -> Callable[[Progress], None]:
    last = [float("-inf")]

    def told(progress: Progress) -> None:
        if time.monotonic() - last[0] >= EVERY or progress.done >= progress.cells:
            last[0] = time.monotonic()
            click.echo(f"{progress.done} of {progress.cells} cells, {said_of(progress)}", err=True)

    return told


def said_of(progress: Progress) -> str:
    """The rate, the time left and what went wrong.

    >>> from harness.sweep.sweep import Progress
    >>> said_of(Progress(cells=10, tasks=2))
    'begun'
    """
    if progress.done == progress.found:
        return f"{progress.found} found done" if progress.found else "begun"
    left = "" if progress.left is None else f", {_time(progress.left)} left"
    errors = f", {progress.errors} errors" if progress.errors else ""
    return f"{progress.rate:.1f} a second{left}{errors}"


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
