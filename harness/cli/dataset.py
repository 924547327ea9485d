"""`headlaws dataset`: the attention tokens of many prompts by all heads, as a table."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import options
from harness.models import catalogue
from harness.output_paths import check_file

_POSITIVE = click.IntRange(min=1)


@click.command(name="dataset")
@options.model
@options.heads(default="all")
@click.option("--prompts", "number", type=_POSITIVE, default=32, show_default=True, help="How many prompts.")
@click.option("--length", type=_POSITIVE, default=32, show_default=True, help="Tokens of each, BOS not counted.")
@click.option(
    "--source",
    default="reviews",
    show_default=True,
    metavar="NAME|FILE",
    help="reviews, imdb, random, repeat, periodic, or a text file with one prompt a line.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="What is drawn is drawn with it; a file is not.")
@options.projection
@options.no_bos
@options.preparation
@options.dtype
@options.device
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Parquet, or CSV where it ends in .csv.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["headlaws", "seed"]),
    default="headlaws",
    show_default=True,
    help="seed: the seed notebook's columns, as CSV.",
)
@click.option("--force", is_flag=True, help="Replace the file and unfinished work of other arguments.")
def dataset(
    model: str,
    heads: tuple[str, ...],
    number: int,
    length: int,
    source: str,
    seed: int,
    projection: str,
    no_bos: bool,
    preparation: str,
    dtype: str,
    device: str,
    out: Path,
    form: str,
    force: bool,
) -> None:
    """Write a table with one row for each prompt, layer, head, query and key, the key not after the query.

    Columns: prompt, layer, head, query, key, token (the input token at the query's position), attn, the attention
    tokens qk, q, k, v and z, and the margin of each (qk_margin ...). q and z are those of the query's position, k and
    v those of the key's; so a row repeats what was read once a position. Rows come in order of layer, head, prompt,
    query, key.

    A text that is shorter than --length is passed over and the next is taken. Sentences of the reviews are put one
    after another until they are long enough.

    Killed, it goes on where it was when the same command is given again, and ends with the same file byte for byte;
    until then its work lies in FILE.unfinished. A file that is there already is left alone.

    With --format seed the table is the notebook's: columns layer, head, Input token, attn, hp (which is qk), q, k and
    v; a row for every query and key, -1 in all columns where the key is after the query; BOS is position 0, so of
    --length 32 tokens 31 are text. The same data lie beside it in Parquet. With --projection seed and --preparation
    seed of gpt2 the tokens are the notebook's too.
    """
    from harness.dataset import output, sources
    from harness.readings.projection import Projection
    from harness.records.address import addresses

    way = Projection.named(projection)
    wanted = out
    if form == "seed":
        from harness.dataset import seed_format

        out = seed_format.beside(wanted, way, length=length, bos=not no_bos)
    outline = catalogue.outline(model)
    chosen = addresses(heads or ("all",), n_layers=outline.n_layers, n_heads=outline.n_heads, model=model)
    sources.check(source)
    output.check(out, force=force)
    if form == "seed":
        check_file(wanted, "--out")

    from harness.dataset.making import make
    from harness.dataset.order import Order
    from harness.readings.loading import load_model

    loaded = load_model(model, dtype=dtype, device=device, preparation=preparation)
    options.warn_of_half_precision(dtype)
    loaded.source.check((0,) * length, bos=not no_bos)
    if form == "seed":
        found = seed_format.prompts(loaded, source, number=number, length=length, seed=seed)
    else:
        found = sources.prompts(loaded, source, number=number, length=length, seed=seed)
    front = not no_bos and form != "seed"
    order = Order(model=loaded, heads=chosen, prompts=found, source=source, seed=seed, way=way, bos=front)
    try:
        made = make(out, order, force=force)
    except KeyboardInterrupt:
        click.echo("headlaws: what is finished is kept; the same command goes on from there", err=True)
        raise
    if form == "seed":
        seed_format.write(wanted, out)
    state = "" if made else "there already: "
    many = f"{len(chosen)} {'head' if len(chosen) == 1 else 'heads'}"
    click.echo(f"{wanted}: {state}{order.rows:,} rows of {len(found)} prompts x {length} tokens x {many}")
