"""What `--dry-run` prints about a sweep or a night."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.text import counted

if TYPE_CHECKING:
    from harness.sweeps.dry_run import Amount, DryRun
    from harness.sweeps.plan import SweepOrder


def say(order: SweepOrder, store: Path, *, workers: int, as_json: bool) -> None:
    """Count what an order asks for, and load nothing of the model.

    Raises:
        HeadlawsError: for an order that cannot be tried at all.
    """
    from harness.sweeps.dry_run import dry_run

    found = dry_run(order, store, workers=workers)
    click.echo(json.dumps(asdict(found), indent=2) if as_json else "\n".join(lines(found, store, workers)))


def lines(found: DryRun, store: Path, workers: int) -> list[str]:
    """Return the same, for people."""
    from harness.sweeps.progress import duration

    said = f"no estimate: {store} has no times of an earlier sweep of this model"
    if found.seconds is not None:
        said = f"about {duration(found.seconds)} with {counted(workers, 'worker')}, by the times of an earlier sweep"
    return [
        f"{found.model}: {counted(found.heads, 'head')} in {counted(found.blocks, 'block')} of layers, "
        f"{counted(found.cells, 'cell')} and {counted(found.controls, 'verdict')} of known-answer checks, "
        f"in {counted(found.tasks, 'task')}",
        f"at least  {_amount(found.least)}: every cell stops after its first stage",
        f"census    {_amount(found.most)}: every cell goes through all of it",
        "Searches, readings of readings, and null models come on top.",
        said,
    ]


def _amount(amount: Amount) -> str:
    return f"{amount.sequences:>9,} sequences, {amount.positions:>11,} positions, {amount.vectors:>13,} vectors"
