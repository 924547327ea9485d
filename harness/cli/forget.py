"""`headlaws forget`: throw away what runs have read of heads, and their verdicts."""

from __future__ import annotations

import click

from harness.readings import room


@click.command(name="forget")
def forget() -> None:
    """Delete the readings and verdicts that earlier runs left, for all models. The next run tries everything again.

    Models, null models and stored runs stay. To leave them out of one run only, use --fresh.
    """
    size = room.forget()
    click.echo(f"{size / 1e6:,.0f} MB of readings and verdicts deleted." if size else "Nothing is remembered.")
