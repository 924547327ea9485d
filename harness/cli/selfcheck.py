"""`headlaws selfcheck`: is the instrument right on this machine?"""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.models import catalogue
from harness.records.words import SELFCHECKS

if TYPE_CHECKING:
    from harness.selfcheck.run import Result

NAMES = ("specimens", "device", "exactness", "determinism", "gauge", "controls", "calibration")


class _Name(click.Choice[str]):
    """The checks by the words that people read; a key is taken too."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the key of a check."""
        shown = super().convert(SELFCHECKS.get(value, value), param, ctx)
        return next((key for key, word in SELFCHECKS.items() if word == shown), shown)


@click.command(name="selfcheck")
@options.naming(
    default=None,
    help=f"Model to check.  [default: {catalogue.DEFAULT} if it is cached, else {catalogue.SPECIMENS[0]}]",
)
@click.option("--device", default="cpu", show_default=True, metavar="NAME", help="Device that runs the model.")
@click.option("--dtype", default="float32", show_default=True, type=click.Choice(catalogue.DTYPES))
@click.option(
    "--only",
    multiple=True,
    type=_Name([SELFCHECKS.get(name, name) for name in NAMES]),
    help="Make only this check; repeatable.",
)
@click.option("--full", is_flag=True, help="Make the whole calibration, which takes longer.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def selfcheck(model: str | None, device: str, dtype: str, only: tuple[str, ...], full: bool, as_json: bool) -> int:
    """Check that headlaws is right on this machine, on this device, and with these versions of the libraries.

    Exit status: 0 if all is right, 1 if a check fails (the last line says what to distrust), 4 for a wrong argument.
    """
    name = model or cached()
    from harness.readings.loading import load_model
    from harness.selfcheck.checks import CheckedModel
    from harness.selfcheck.run import examine, judgement

    subject = CheckedModel(
        load_model(name, dtype=dtype, device=device, checking=False),
        load_model(name, dtype="float64", device="cpu"),
        full=full,
    )
    results = []
    for result in examine(subject, only):
        results.append(result)
        if sys.stderr.isatty():
            click.echo(f"checked: {SELFCHECKS.get(result.name, result.name)}", err=True)
    said = judgement(results)
    right = all(result.right for result in results)
    if as_json:
        found = {"model": name, "device": device, "dtype": dtype, "right": right, "judgement": said}
        click.echo(json.dumps({**found, "checks": [{**asdict(one), "right": one.right} for one in results]}, indent=2))
    else:
        _table(results, f"{name}, {device}, {dtype}")
        click.echo(textwrap.fill(said, _width()))
    return 0 if right else 1


def cached() -> str:
    """Return the default model where it lies in the cache; nothing is downloaded unasked."""
    here = {entry.name: entry.cached for entry in catalogue.listing()}
    return catalogue.DEFAULT if here.get(catalogue.DEFAULT) else catalogue.SPECIMENS[0]


def _table(results: list[Result], title: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("check", "what it compares", box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in ("n", "result", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in results:
        result = "right" if one.right else f"{one.wrong} WRONG" if one.wrong else "FAILED"
        table.add_row(SELFCHECKS.get(one.name, one.name), one.compares, f"{one.n:,}", result, f"{one.seconds:.1f}")
    Console(width=_width(), highlight=False, markup=False).print(table)


def _width() -> int:
    return min(80, shutil.get_terminal_size().columns)
