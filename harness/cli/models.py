"""`headlaws models`: which models there are, which of them lie in the cache, how large they and their readings are."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from harness.models import cache, catalogue
from harness.readings import room


@click.command(name="models")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for programs.")
def models(as_json: bool) -> None:
    """List the models: name, description, size on this machine, and place."""
    entries = catalogue.listing()
    size, most = cache.size(room.folder()), room.room()
    if as_json:
        found = {
            "cache": str(cache.root()),
            "default": catalogue.DEFAULT,
            "models": [asdict(entry) for entry in entries],
            "readings": {"bytes": size, "at_most": most},
        }
        click.echo(json.dumps(found, indent=2))
        return
    table = Table(box=None, pad_edge=False, show_edge=False)
    for column in ("model", "what", "cached"):
        table.add_column(column, overflow="fold")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("where", overflow="fold")
    for entry in entries:
        table.add_row(entry.name, entry.what, "yes" if entry.cached else "no", _readable(entry.size_bytes), entry.where)
    console = Console()
    console.print(table, highlight=False, markup=False)
    console.print(
        "\nA folder made by save_pretrained (safetensors) is a model too: --model ./folder\n"
        "If a hub can be reached, so is any name there that TransformerLens knows: --model gpt2",
        highlight=False,
        markup=False,
    )
    console.print(
        f"Remembered readings: {size / 1e6:,.0f} of at most {most / 1e6:,.0f} MB ('headlaws forget' deletes them)",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    unprepared = cache.size(cache.root() / catalogue.DEFAULT)
    if unprepared:
        console.print(
            f"{catalogue.DEFAULT} in the cache ({_readable(unprepared)}) holds unprepared weights.\n"
            "Only --preparation none needs them, and it makes them again: you may delete them.",
            highlight=False,
            markup=False,
        )
    console.print(f"All of the cache: {_readable(cache.size(cache.root()))}", highlight=False, markup=False)
    console.print(f"Cache: {cache.root()} (HEADLAWS_CACHE overrides it)", highlight=False, markup=False, soft_wrap=True)


def _readable(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size else "-"
