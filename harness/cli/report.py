"""`headlaws report`: the site of a run, made from its store."""

from __future__ import annotations

from pathlib import Path

import click

from reports.pages import build


@click.command("report")
@click.option("--store", required=True, type=click.Path(path_type=Path), metavar="FILE", help="the store to read")
@click.option("--run", "run_id", metavar="ID", help="which run (default: the newest)")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="where the pages are written"
)
def report(store: Path, out: Path, run_id: str | None) -> None:
    """Write the report of a stored run: a folder of pages, of which index.html opens from a file, and report.json."""
    click.echo(str(build(store, out, run_id)))
