"""Making: the whole way of an atlas, from a model to a folder of tables; data sets that are there are used again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from harness.atlas.document import put
from harness.atlas.findings import Step, findings, steps
from harness.atlas.plane import Way
from harness.atlas.tokens import tokens
from harness.dataset import making, sources
from harness.dataset.order import Order
from harness.errors import HeadlawsError, ModelError, SequenceError
from harness.text import counted

if TYPE_CHECKING:
    from harness.readings.prepared_model import PreparedModel
    from harness.readings.projection import Projection
    from harness.records.address import Address

DRAWN = 4
"""Prompts of the sources that are there for token plots and for how stable a class of growth is."""

SMALL = ("repeat", "periodic")


@dataclass(frozen=True)
class AtlasRequest:
    """What an atlas is to be made of.

    Attributes:
        natural: the source of natural text; `random` stands in where the model knows no text.
        untrained: whether the model with random weights is read as well.
    """

    model: PreparedModel
    heads: tuple[Address, ...]
    number: int
    length: int
    natural: str
    seed: int
    way: Projection
    bos: bool
    untrained: bool
    plane: Way = Way.TSNE


def orders(request: AtlasRequest) -> dict[str, Order]:
    """Return the data sets, by what they are called in the atlas.

    Raises:
        HeadlawsError: where the prompts cannot be had, or there are no random weights.
    """
    wanted = {"natural": request.natural, "random": "random", "repeat": "repeat", "periodic": "periodic"}
    found: dict[str, Order] = {}
    for name, source in wanted.items():
        number = min(DRAWN, request.number) if name in SMALL else request.number
        try:
            drawn = sources.prompts(request.model, source, number=number, length=request.length, seed=request.seed)
        except (ModelError, SequenceError) as error:
            raise error if name != "natural" else _no_text(source, error) from error
        found[name] = _order(request, request.model, drawn, source)
    if request.untrained:
        nulls = request.model.nulls
        if "random" not in nulls:
            raise HeadlawsError(f"untrained weights: {nulls.missing} Leave them out with --no-untrained.")
        for name in ("natural", "random"):
            found[f"untrained {name}"] = _order(request, nulls["random"], found[name].prompts, found[name].source)
    return found


def _no_text(source: str, error: HeadlawsError) -> HeadlawsError:
    """The error of the natural text, with the option that helps."""
    why = str(error).replace(f"--source {source!r}: ", "").replace("another --source", "another --natural")
    help = "Give text that this model has the tokens for, one prompt per line, with --natural FILE."
    return type(error)(f"--natural {source!r}: {why} {help}")


def make(folder: Path, request: AtlasRequest, *, data: Path) -> Path:
    """Make the data sets that are not there, and the atlas of them; gives the path of `atlas.json`.

    Raises:
        HeadlawsError: where something cannot be had or written.
    """
    wanted = orders(request)
    console = Console(stderr=True)
    paths = {name: data / f"{name.replace(' ', '-')}.parquet" for name in wanted}
    for name, order in wanted.items():
        console.print(f"data set {name}: {counted(order.rows, 'row')}, {paths[name]}", highlight=False, soft_wrap=True)
        making.make(paths[name], order)
    read = {name: tokens(path) for name, path in paths.items()}
    backbone = request.model.backbone

    def vectors(ids: list[int]) -> np.ndarray:
        return np.asarray(backbone.W_E[ids].float().cpu().numpy())

    with _progress(console, steps(read, len(read["natural"].components))) as step:
        found = findings(backbone.name, backbone.shape.vocab, read, vectors, step=step, way=request.plane)
    words = dict(zip(found.ids, request.model.text(found.ids), strict=True))
    with _progress(console, len(read) + 9 + sum(len(of) for of in found.shared.values()) + 1) as step:
        return put(folder, found, words, step=step)


def _order(request: AtlasRequest, model: PreparedModel, prompts: tuple[tuple[int, ...], ...], source: str) -> Order:
    return Order(
        model=model,
        heads=request.heads,
        prompts=prompts,
        source=source,
        seed=request.seed,
        way=request.way,
        bos=request.bos,
    )


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Step]:
    """A bar at a terminal, a line a step elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)

        def step(what: str) -> None:
            bar.update(task, description=what)
            bar.advance(task)
            if not console.is_terminal:
                console.print(what, highlight=False, markup=False, soft_wrap=True)

        yield step
