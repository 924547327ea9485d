"""What is seen of a sweep under way: a bar on a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from harness.sweeps.progress import Progress, said_of
from harness.text import counted

EVERY = 30.0
"""Seconds between lines, where there is no terminal."""


@contextmanager
def shown() -> Iterator[Callable[[Progress], None]]:
    """Show progress on stderr, so that stdout has the result alone; yields the function to call."""
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
    ends: list[str] = []

    def told(progress: Progress) -> None:
        ending = progress.step if progress.done >= progress.cells else ""
        if time.monotonic() - last[0] >= EVERY or (progress.done >= progress.cells and ending not in ends):
            last[0] = time.monotonic()
            ends.append(ending)
            click.echo(f"{progress.done:,} of {counted(progress.cells, 'cell')}, {said_of(progress)}", err=True)

    return told
