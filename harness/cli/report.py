"""`headlaws report`: the pages of a run, made from its store."""

from __future__ import annotations

from pathlib import Path

import click

from harness.errors import HeadlawsError
from reports.pages import build

REFUSED = 4
"""The exit code of an argument that cannot be followed."""


@click.command("report")
@click.option("--store", required=True, type=click.Path(path_type=Path), metavar="FILE", help="the store to read")
@click.option("--run", "run_id", metavar="ID", help="which run (default: the newest)")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="where the pages are written"
)
def report(store: Path, out: Path, run_id: str | None) -> None:
    """Write the report of a stored run: index.html, which opens from a file, and report.json."""
    try:
        page = build(store, out, run_id)
    except HeadlawsError as error:
        click.echo(f"headlaws report: {error}", err=True)
        raise SystemExit(REFUSED) from None
    click.echo(str(page))
