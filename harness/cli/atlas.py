"""`headlaws atlas`: what all heads of a model read, together, as pages and tables."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from harness.cli import options
from harness.output_paths import check_folder
from harness.runs.request import Request

_POSITIVE = click.IntRange(min=2)


@click.command(name="atlas")
@options.asking(default="all")
@click.option("--prompts", "number", type=_POSITIVE, default=32, show_default=True, help="Prompts from each source.")
@click.option("--length", type=_POSITIVE, default=32, show_default=True, help="Tokens per prompt, without BOS.")
@click.option(
    "--natural",
    default="reviews",
    show_default=True,
    metavar="NAME|FILE",
    help="Natural text: reviews, imdb, or a text file with one prompt per line.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all random draws.")
@click.option("--no-untrained", is_flag=True, help="Leave out the same architecture with random weights.")
@click.option(
    "--plane",
    type=click.Choice(["tsne", "pca", "umap"]),
    default="tsne",
    show_default=True,
    help="How to place tokens in the plane; umap needs umap-learn.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder for the pages.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the data sets; missing ones are made.  [default: data, in --out]",
)
def atlas(
    request: Request,
    number: int,
    length: int,
    natural: str,
    seed: int,
    no_untrained: bool,
    plane: str,
    out: Path,
    data: Path | None,
) -> None:
    """Write an atlas of all heads: pages that open from index.html, atlas.json, and a CSV file for each table.

    The atlas shows which attention tokens each head reads, and how often. It shows which tokens two heads share, and
    how the number of tokens grows. It compares natural text with random tokens and with random weights, draws token
    plots of every head, and judges each claim of the seed notebook.

    It uses the data sets of 'headlaws dataset', and those that are there already. Give the same command again to go on
    after an interruption.
    """
    way, chosen = request.way, request.addresses
    from harness.atlas.plane import Way
    from harness.dataset import sources

    Way(plane).check()
    sources.check(natural)
    place = data or out / "data"
    check_folder(out, "--out")
    check_folder(place, "--data" if data else "--out")

    from harness.atlas.making import AtlasRequest, make
    from harness.errors import HeadlawsError

    loaded = options.load(request)
    loaded.source.check((0,) * length, bos=request.bos)
    wanted = AtlasRequest(
        model=loaded,
        heads=chosen,
        number=number,
        length=length,
        natural=natural,
        seed=seed,
        way=way,
        bos=request.bos,
        untrained=not no_untrained,
        plane=Way(plane),
    )
    try:
        for folder in (out, place):
            folder.mkdir(parents=True, exist_ok=True)
        index = _pages(make(out, wanted, data=place))
    except OSError as error:
        raise HeadlawsError(f"--out '{out}': cannot be written ({error.strerror}); name another folder.") from error
    click.echo(str(index))


def _pages(document: Path) -> Path:
    """Write the pages, and show how far they are."""
    from harness.dataset.progress import HeadProgress
    from reports.atlas.pages import build

    with ExitStack() as stack:
        bar: list[HeadProgress] = []

        def written(files: int) -> None:
            if not bar:
                begun = HeadProgress(files, finished=0, unit="files", doing="writing")
                bar.append(stack.enter_context(begun))
            bar[0].advance()

        return build(document, written=written)
