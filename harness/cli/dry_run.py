"""What `--dry-run` says of a sweep or a night."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

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

    said = f"no times of an earlier sweep of this model beside {store}; the first one leaves them"
    if found.seconds is not None:
        said = f"about {duration(found.seconds)} with {workers} workers, by the times of an earlier sweep"
    return [
        f"{found.model}: {found.heads} heads in {found.blocks} blocks of layers, {found.cells:,} cells and"
        f" {found.controls:,} of controls, in {found.tasks:,} tasks",
        f"at least  {_amount(found.least)}: every cell stops after its first stage",
        f"census    {_amount(found.most)}: every cell goes through all of it",
        "Beyond that come searches, readings of readings, and null models.",
        said,
    ]


def _amount(amount: Amount) -> str:
    return f"{amount.sequences:>9,} sequences, {amount.positions:>11,} positions, {amount.vectors:>13,} vectors"
