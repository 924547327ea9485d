"""`headlaws graph`: how one more token moves a head, as a graph with claims that are tried on other sequences."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import click

from harness.cli import options
from harness.errors import AddressError
from harness.output_paths import check_file
from harness.records.address import COMPONENTS
from harness.runs.request import Request
from harness.text import counted

FAMILIES = ("words", "repeats", "periodic")
ABSTRACTIONS = ("last", "alphabet", "pattern")
LABELS = ("token", "novelty", "kind")
NARROWEST = 40
"""Columns that are written even where the terminal has fewer."""

_POSITIVE = click.IntRange(min=1)


@click.command(name="graph")
@options.asking(default=None)
@click.option("--head", default="0.0", show_default=True, metavar="L.H", help="Head to draw.")
@click.option(
    "--component", type=click.Choice(COMPONENTS), default="z", show_default=True, help="Component of the head."
)
@click.option(
    "--abstraction",
    type=click.Choice(ABSTRACTIONS),
    default="last",
    show_default=True,
    help="Part of a reading that makes a node.",
)
@click.option(
    "--label",
    type=click.Choice(LABELS),
    default="token",
    show_default=True,
    help="Label of an edge: the token t, whether t is new in S, or the kind of t.",
)
@click.option(
    "--family",
    "families",
    type=click.Choice(FAMILIES),
    multiple=True,
    help="Family of sequences; repeatable, several are taken together.  [default: words]",
)
@click.option(
    "--sequences", type=_POSITIVE, default=200, show_default=True, help="Sequences per family to build the graph from."
)
@click.option(
    "--held-out", type=_POSITIVE, default=200, show_default=True, help="Sequences per family to test the claims on."
)
@click.option(
    "--alphabet", type=_POSITIVE, default=8, show_default=True, help="Number of tokens that sequences are made of."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all random draws.")
@click.option(
    "--out",
    "files",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="File to write, which ends in .graphml, .dot, .json or .svg; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the claims as one JSON object instead of the summary.")
def graph(
    request: Request,
    head: str,
    component: str,
    abstraction: str,
    label: str,
    families: tuple[str, ...],
    sequences: int,
    held_out: int,
    alphabet: int,
    seed: int,
    files: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Draw the graph S -> S + t of one head, and test what it claims.

    A node is a part of the reading of S: the last attention token, the alphabet of the last row, or its pattern. An
    edge leads to the node of S + t. Sequences are independent draws over a few tokens, so that nodes recur. Every
    claim is tried on sequences that the graph has not seen. Its interval holds at 0.95, and the unit is the sequence.
    """
    from harness.graphs import formats

    request.way.check(component)
    for path in files:
        formats.check(path)
        check_file(path, "--out")
    found = replace(request, heads=(head,)).addresses
    if len(found) != 1:
        raise AddressError(
            f"--head {head!r}: this names {counted(len(found), 'head')}; a graph needs one, as in '0.0'."
        )

    from harness.graphs.labels import Labelling
    from harness.graphs.plan import Plan, drawn
    from harness.graphs.states import Abstraction
    from harness.graphs.study import study
    from harness.graphs.summary import summary

    loaded = options.load(request)
    plan = Plan(
        abstraction=Abstraction(abstraction),
        labelling=Labelling(label),
        families=tuple(name for name in FAMILIES if name in (families or FAMILIES[:1])),
        sequences=sequences,
        held_out=held_out,
        alphabet=alphabet,
        seed=seed,
    )
    reader = loaded.component(found[0], component, projection=request.projection, bos=request.bos)
    data = study(reader, plan, drawn(plan, loaded.lexicon)).to_json()
    for path in files:
        formats.write(path, data)
    if as_json:
        claims = {name: value for name, value in data.items() if name not in ("nodes", "edges")}
        click.echo(json.dumps(claims, allow_nan=False))
        return
    for line in summary(data, width=max(NARROWEST, shutil.get_terminal_size().columns)):
        options.say(line)
    if files:
        click.echo(f"\nwritten: {' '.join(map(str, files))}")
