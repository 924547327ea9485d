"""`headlaws prove`: theorems by exhaustion, from what a head reads of every token of the vocabulary."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from harness.cli import options
from harness.cli.ordering import typed
from harness.output_paths import check_folder
from harness.runs.request import Request

NARROWEST = 40
"""Columns that are written even where the terminal has fewer."""


@click.command(name="prove")
@options.asking(default="0.0")
@click.option(
    "--component", "components", multiple=True, metavar="NAME", help="v, q, k or z; repeatable.  [default: v]"
)
@click.option(
    "--place", type=click.IntRange(min=0), metavar="N", help="Place of the token, from 0, BOS apart: for q and k."
)
@click.option(
    "--context", metavar="TEXT|IDS", help="What stands before the token: a text, or ids as in 5,9,9. For any head."
)
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Where classes and page go.")
@click.option(
    "--book",
    type=click.Path(exists=True, path_type=Path),
    help="Chapters whose claims may follow.  [default: the book that comes with headlaws]",
)
def prove(
    request: Request,
    components: tuple[str, ...],
    out: Path,
    book: Path | None,
    place: int | None,
    context: str | None,
) -> None:
    """Read every token of the vocabulary, and say which tokens a head cannot tell apart.

    v of layer 0 sees the token alone if no place enters the residual stream. Its classes then hold in any context. q, k
    and v of layer 0 at one --place hold for all that may stand before. With --context, any head has classes for the
    next token. DIR/classes.json has all classes, and DIR/index.html shows them.
    """
    check_folder(out, "--out")
    request = replace(request, components=components or ("v",), command=typed())
    request.check()
    from harness.discovery.proving import Wanted
    from harness.discovery.proving import prove as proved
    from harness.laws.book import shipped

    wanted = Wanted(request, book or shipped(), out, place=place, context=context)
    options.warn_of_half_precision(request.dtype)
    found = proved(wanted, told=lambda line: click.echo(line, err=True))
    width = max(NARROWEST, shutil.get_terminal_size().columns)
    for row in lines(found, out, width):
        options.say(row)


def lines(found: dict[str, Any], out: Path, width: int) -> list[str]:
    """Return what was proved for people, in lines of a width; a character may take two columns."""
    from rich.console import Console
    from rich.text import Text

    told = [one["says"] for one in found["tables"]]
    if found["follows"]:
        told.append(f"{len(found['follows'])} claims of the book follow, whichever the classes are")
    told.append(f"page: {out / 'index.html'}")
    console = Console(width=width)
    return [row.plain.rstrip() for line in told for row in Text(line).wrap(console, width)]
