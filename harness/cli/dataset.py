"""`headlaws dataset`: the attention tokens of many prompts by all heads, as a table."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import options
from harness.output_paths import check_file
from harness.runs.request import Request
from harness.text import counted

_POSITIVE = click.IntRange(min=1)


@click.command(name="dataset")
@options.asking(default="all")
@click.option("--prompts", "number", type=_POSITIVE, default=32, show_default=True, help="Number of prompts.")
@click.option("--length", type=_POSITIVE, default=32, show_default=True, help="Tokens per prompt, without BOS.")
@click.option(
    "--source",
    default="reviews",
    show_default=True,
    metavar="NAME|FILE",
    help="reviews, imdb, random, repeat, periodic, or a text file with one prompt per line.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of random prompts; files need none.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File to write: CSV if it ends in .csv, else Parquet.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["headlaws", "seed"]),
    default="headlaws",
    show_default=True,
    help="seed gives the seed notebook's columns, as CSV.",
)
@click.option("--force", is_flag=True, help="Replace the file, and unfinished work with other arguments.")
def dataset(
    request: Request, number: int, length: int, source: str, seed: int, out: Path, form: str, force: bool
) -> None:
    """Write a table with one row for each prompt, layer, head, query and key. The key never comes after the query.

    The columns are prompt, layer, head, query, key, token (the input at the query's position), attn, the attention
    tokens qk, q, k, v and z, and the margin of each (qk_margin ...). q and z belong to the query's position, k and v
    to the key's, so rows repeat them. Rows are sorted by layer, head, prompt, query and key.

    A text shorter than --length is skipped. Sentences of the reviews are joined until they are long enough.

    Give the same command again to go on after an interruption. The file is then the same, byte for byte. Until it is
    finished, the work lies in FILE.unfinished. A file that exists is left alone.

    With --format seed the columns are the notebook's: layer, head, Input token, attn, hp (which is qk), q, k and v.
    There is a row for every query and key, with -1 where the key comes after the query. BOS is position 0, so 31 of
    --length 32 tokens are text. A Parquet file with the same data lies beside it. With --projection seed and
    --preparation seed on gpt2, the tokens are the notebook's too.
    """
    from harness.dataset import output, sources

    way, wanted = request.way, out
    if form == "seed":
        from harness.dataset import seed_format

        out = seed_format.beside(wanted, way, length=length, bos=request.bos)
    chosen = request.addresses
    sources.check(source)
    output.check(out, force=force)
    if form == "seed":
        check_file(wanted, "--out")

    from harness.dataset.making import make
    from harness.dataset.order import Order

    loaded = options.load(request)
    loaded.source.check((0,) * length, bos=request.bos)
    if form == "seed":
        found = seed_format.prompts(loaded, source, number=number, length=length, seed=seed)
    else:
        found = sources.prompts(loaded, source, number=number, length=length, seed=seed)
    front = request.bos and form != "seed"
    order = Order(model=loaded, heads=chosen, prompts=found, source=source, seed=seed, way=way, bos=front)
    try:
        made = make(out, order, force=force)
    except KeyboardInterrupt:
        click.echo("headlaws: interrupted. Finished work is kept: give the same command again to go on.", err=True)
        raise
    if form == "seed":
        seed_format.write(wanted, out)
    state = "" if made else "there already: "
    parts = f"{counted(len(found), 'prompt')} x {counted(length, 'token')} x {counted(len(chosen), 'head')}"
    click.echo(f"{wanted}: {state}{counted(order.rows, 'row')} of {parts}")
