"""`headlaws forget`: throw away what runs have read of heads and remember."""

from __future__ import annotations

import click

from harness.readings import room


@click.command(name="forget")
def forget() -> None:
    """Throw away the readings that earlier runs left, for all models: the next run reads everything anew.

    Models, null models and stored runs stay. To read everything anew in one run only, use --fresh.
    """
    size = room.forget()
    click.echo(f"{size / 1e6:,.0f} MB of readings thrown away." if size else "No readings are remembered.")
