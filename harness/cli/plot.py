"""`headlaws plot`: token plots of a sequence as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import options
from harness.errors import HeadlawsError
from harness.models import catalogue
from harness.output_paths import check_file
from harness.records.address import addresses
from harness.text import counted

FIRST_HEAD = "0.0"


@click.command(name="plot")
@options.model
@options.heads(default=FIRST_HEAD)
@click.option("--text", help="Sequence as text.")
@click.option("--ids", "written", metavar="5,9,9", help="Sequence as ids.")
@options.projection
@options.no_bos
@options.preparation
@options.dtype
@options.device
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="File that ends in .png or .svg."
)
def plot(
    model: str,
    heads: tuple[str, ...],
    text: str | None,
    written: str | None,
    projection: str,
    no_bos: bool,
    preparation: str,
    dtype: str,
    device: str,
    out: Path,
) -> None:
    """Draw the token plot of a head for --text or --ids. Several heads, such as '0.*', make small plots side by side.

    Each square is a pair of query and key. Its colour shows when its attention token first appeared, dark for early.
    White borders show attention. Around it stand, clockwise from the top, queries, values, keys and the input.
    """
    from reports.atlas import figure

    figure.check(out)
    check_file(out, "--out")
    if (text is None) == (written is None):
        raise HeadlawsError("a plot takes one sequence; give either --text, or --ids as in 5,9,9.")
    outline = catalogue.outline(model)
    found = addresses(heads or (FIRST_HEAD,), n_layers=outline.n_layers, n_heads=outline.n_heads, model=model)

    from harness.readings.loading import load_model
    from harness.readings.projection import Projection
    from reports import stored_documents

    Projection.named(projection).check("qk")
    loaded = load_model(model, dtype=dtype, device=device, preparation=preparation)
    ids = _ids(written) if written is not None else loaded.encode(text or "")
    if not ids:
        raise HeadlawsError(f"--text {text!r}: has no tokens; give at least one word, or --ids.")
    plots = [
        (f"{loaded.backbone.name} {address}", stored_documents.token_plot("", head(ids).token_plot()))
        for address, head in ((one, loaded.head(one, projection=projection, bos=not no_bos)) for one in found)
    ]
    drawn = figure.small(plots) if len(plots) > 1 else figure.large(plots[0][1], plots[0][0])
    figure.save(drawn, out)
    click.echo(f"{out}: {counted(len(plots), 'head')}, {counted(len(ids), 'position')}")


def _ids(written: str) -> tuple[int, ...]:
    parts = written.replace(",", " ").split()
    if not parts or not all(part.isascii() and part.isdecimal() for part in parts):
        raise HeadlawsError(f"--ids {written!r}: these are not ids; give whole numbers from 0, as in 5,9,9.")
    return tuple(map(int, parts))
