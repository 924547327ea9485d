"""`headlaws plot`: token plots of a sequence as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import options, sequence
from harness.errors import HeadlawsError
from harness.output_paths import check_file
from harness.runs.request import Request
from harness.text import counted


@click.command(name="plot")
@options.asking(default="0.0")
@sequence.text
@sequence.ids
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="File that ends in .png or .svg."
)
def plot(request: Request, text: str | None, written: str | None, out: Path) -> None:
    """Draw the token plot of a head for --text or --ids. Several heads, such as '0.*', make small plots side by side.

    Each square is a pair of query and key. Its colour shows when its attention token first appeared, dark for early.
    White borders show attention. Around it stand, clockwise from the top, queries, values, keys and the input.
    """
    from reports.atlas import figure

    figure.check(out)
    check_file(out, "--out")
    if (text is None) == (written is None):
        raise HeadlawsError("a plot takes one sequence; give either --text, or --ids as in 5,9,9.")
    found = request.addresses
    request.way.check("qk")
    given = None if written is None else sequence.parsed(written)
    from reports import stored_documents

    loaded = options.load(request)
    ids = sequence.encoded(loaded, text or "") if given is None else given
    plots = [
        (f"{loaded.backbone.name} {address}", stored_documents.token_plot("", head(ids).token_plot()))
        for address, head in ((one, loaded.head(one, projection=request.projection, bos=request.bos)) for one in found)
    ]
    drawn = figure.small(plots) if len(plots) > 1 else figure.large(plots[0][1], plots[0][0])
    figure.save(drawn, out)
    click.echo(f"{out}: {counted(len(plots), 'head')}, {counted(len(ids), 'position')}")
