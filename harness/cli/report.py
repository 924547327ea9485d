"""`headlaws report`: the site of a run, made from its store, or the page of several checkpoints."""

from __future__ import annotations

from pathlib import Path

import click

from harness.errors import StoreError
from harness.output_paths import check_folder
from harness.records.queries import opened
from reports.analysis.difference import run_named
from reports.pages import series
from reports.pages.site_writer import build
from reports.urls import run_folder


@click.command("report")
@click.option("--store", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Store to read.")
@click.option("--run", "run_id", metavar="ID", help="Run to show.  [default: the newest]")
@click.option("--checkpoints", is_flag=True, help="Show the RUNs as checkpoints of one training run, in this order.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder for the pages.")
@click.argument("runs", nargs=-1, metavar="[RUN]...")
def report(store: Path, out: Path, run_id: str | None, checkpoints: bool, runs: tuple[str, ...]) -> None:
    """Write the report of a stored run: a folder of pages that opens from index.html, and report.json.

    With --checkpoints it writes checkpoints.html, with one column per RUN (its id, the beginning of it, last, last~1),
    checkpoints.json, and the report of each run in a folder of its own.
    """
    check_folder(out, "--out")
    if not checkpoints:
        if runs:
            raise StoreError(f"{runs[0]!r}: name one run with --run; write --checkpoints to compare several.")
        click.echo(str(build(store, out, run_id)))
        return
    if run_id is not None or not runs:
        came = "--run" if run_id is not None else "no run"
        raise StoreError(f"--checkpoints with {came}: name the runs after it, as in --checkpoints last~1 last.")
    with opened(store) as connection:
        ids = list(dict.fromkeys(run_named(connection, name) for name in runs))
    for one in ids:
        build(store, out / run_folder(one), one)
    click.echo(str(series.build(store, out, ids)))
