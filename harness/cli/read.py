"""`headlaws read`: the attention tokens of one sequence, as a grid for people or as JSON for programs."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from harness.cli import options, sequence
from harness.cli.grid import NEAR_TIE, Row, line_grid, triangle_grid
from harness.cli.sequence import Ids
from harness.errors import SequenceError
from harness.models import catalogue
from harness.readings.projection import Projection
from harness.records.address import COMPONENTS, Address, components
from harness.runs.request import Request
from harness.text import word

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from harness.readings.model import Model
    from harness.readings.reading import Reading

FAMILIES = ("words", "repeats", "periodic", "extensions", "passages")
NARROWEST = 40
"""Columns that are written even where the terminal has fewer."""


@click.command(name="read")
@options.asking(default="0.0")
@click.option(
    "--component",
    "names",
    multiple=True,
    metavar="q|k|v|z|qk",
    help="Component; repeatable.  [default: all that are defined]",
)
@sequence.text
@sequence.ids
@click.option("--family", type=click.Choice(FAMILIES), help="Draw the sequence from this family.")
@click.option("--seed", type=int, help="Seed for --family.  [default: 0]")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, one object per head and component.")
def read(
    request: Request,
    names: tuple[str, ...],
    text: str | None,
    written: str | None,
    family: str | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Read one sequence, given by exactly one of --text, --ids and --family.

    q, k, v and z have a token at each position. qk has one for each query and each key up to it: a triangle with one
    row per query. BOS stands in front of the sequence, but is not a position of the reading. A ~ marks a near-tie:
    numeric noise could swap this token with the runner-up.
    """
    way, bos = request.way, request.bos
    asked = components(names) if names else tuple(part for part in COMPONENTS if way.defined_for(part))
    for component in asked:
        way.check(component)
    found = request.addresses
    _check_input(text, written, family, seed)
    given = None if written is None else sequence.parsed(written)
    loaded = options.load(request)
    if given is None:
        given = _drawn(loaded, family, seed) if text is None else sequence.encoded(loaded, text)
    ids = loaded.source.check(given, bos=bos)
    readings = {
        address: {name: loaded.read([ids], address, name, way=way, bos=bos)[0] for name in asked} for address in found
    }
    if as_json:
        entries = [
            _entry(loaded, address, name, way, reading)
            for address, by_name in readings.items()
            for name, reading in by_name.items()
        ]
        click.echo(json.dumps(entries, allow_nan=False))
        return
    width = max(NARROWEST, shutil.get_terminal_size().columns)
    for line in _page(loaded, readings, ids=ids, front=loaded.source.in_front(bos), way=way, width=width):
        options.say(line)


def _check_input(text: str | None, written: str | None, family: str | None, seed: int | None) -> None:
    given = [name for name, value in (("--text", text), ("--ids", written), ("--family", family)) if value is not None]
    if len(given) != 1:
        came = "no sequence" if not given else " and ".join(given)
        raise SequenceError(f"{came}: a reading takes one sequence; give --text, or --ids as in 5,9,9, or --family.")
    if seed is not None and family is None:
        raise SequenceError(f"--seed {seed} with {given[0]}: a seed needs --family; leave one of the two out.")


def _drawn(model: Model, family: str | None, seed: int | None) -> Ids:
    from harness.laws import families
    from harness.laws.sampling import sample

    strategies: dict[str, Callable[[], SearchStrategy[Any]]] = {
        "words": families.words,
        "repeats": families.repeats,
        "periodic": families.periodics,
        "extensions": families.extensions,
        "passages": families.passages,
    }
    with families.drawing_from(model.lexicon):
        found = sample(strategies[family or FAMILIES[0]](), seed=seed or 0)
    return found.whole if isinstance(found, families.Extension) else tuple(found)


def _entry(model: Model, address: Address, component: str, way: Projection, reading: Reading) -> dict[str, Any]:
    shown = {
        "tokens": reading.tokens.astype(object),
        "margins": np.array([margin if np.isfinite(margin) else None for margin in reading.margins], dtype=object),
        "near_ties": reading.near_ties.astype(object),
    }
    return {
        "model": model.backbone.name,
        "head": str(address),
        "component": component,
        "projection": way.value,
        "ids": list(reading.ids),
        **{name: _rows(reading, entries) for name, entries in shown.items()},
    }


def _rows(reading: Reading, entries: np.ndarray) -> list[Any]:
    """A list of entries, or of a triangle's rows."""
    rows = [row.tolist() for row in reading.by_row(entries)]
    return rows if reading.triangle else rows[0]


def _page(
    model: Model,
    readings: dict[Address, dict[str, Reading]],
    *,
    ids: Ids,
    front: int | None,
    way: Projection,
    width: int,
) -> Iterator[str]:
    before = "no BOS in front" if front is None else f"BOS {front} in front, not shown"
    yield from textwrap.wrap(
        f"{_described(model)}, projection {way.value}, {before}, {NEAR_TIE} marks a near-tie", width
    )
    yield from textwrap.wrap(
        f"--ids {','.join(map(str, ids))}", width, subsequent_indent="      ", break_long_words=True
    )
    tokens = [word(text) for text in model.text(ids)]
    header = [Row("", [str(i) for i in range(len(ids))]), Row("input", tokens)]
    for address, by_name in readings.items():
        lines = {name: reading for name, reading in by_name.items() if not reading.triangle}
        if lines:
            yield from ("", f"head {address}")
            rows = [Row(name, _words(model, reading)[0], reading.near_ties.tolist()) for name, reading in lines.items()]
            yield from line_grid(header, rows, width)
        for name, reading in by_name.items():
            if reading.triangle:
                yield from ("", f"head {address} {name}: each row is a query, each column a key")
                marks = [row.tolist() for row in reading.by_row(reading.near_ties)]
                cells = _words(model, reading)
                rows = [Row(f"{i:>2} {tokens[i]}", cells[i], marks[i]) for i in range(len(ids))]
                yield from triangle_grid(header, rows, width)
        yield ""
        for name, reading in by_name.items():
            yield from textwrap.wrap(_safety(name, reading), width)


def _described(model: Model) -> str:
    """Its name, and what was asked for beside it."""
    backbone = model.backbone
    dtype, preparation = str(backbone.dtype).removeprefix("torch."), backbone.preparation
    others = [dtype] if dtype != catalogue.DTYPES[0] else []
    others += [f"preparation {preparation.summary}"] if preparation.name != "default" else []
    return ", ".join([backbone.name, *others])


def _words(model: Model, reading: Reading) -> list[list[str]]:
    return [[word(text) for text in model.text(row)] for row in reading.rows]


def _safety(name: str, reading: Reading) -> str:
    least = int(reading.margins.argmin())
    place = reading.place(least)
    where = f"query {place[0]}, key {place[1]}" if reading.triangle else f"position {place[0]}"
    ties = int(reading.near_ties.sum())
    return (
        f"{name}: smallest margin {reading.margins[least]:.3g} at {where}; near-ties {ties} of {len(reading.margins)}"
    )
