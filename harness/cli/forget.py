"""`headlaws forget`: throw away what runs have read of heads and remember."""

from __future__ import annotations

import click

from harness.readings import room


@click.command(name="forget")
def forget() -> None:
    """Throw away the readings that runs remember, of all models: the next run reads everything anew.

    Models, null models and stored runs stay. --fresh makes one run read everything anew and throws nothing away.
    """
    size = room.forget()
    click.echo(f"{size / 1e6:,.0f} MB of readings thrown away." if size else "No readings are remembered.")
