"""Making: the whole way of a data set, from an order to a file, going on where it was broken off."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from harness.dataset import output
from harness.dataset.order import Block, Order, differences
from harness.dataset.progress import HeadProgress
from harness.dataset.rows import activations, table
from harness.dataset.work import Work, drop, said_in_one_line, unfinished, working
from harness.readings.activations import Activations
from harness.records.address import Address


def make(out: Path, order: Order, *, force: bool = False) -> bool:
    """Make the data set; False where it is there already, made by an equal order.

    The same bytes come out whether or not, and wherever, the making was broken off. `force` replaces a file and
    unfinished work of other orders, and makes a finished one of the same order anew.

    Raises:
        StoreError: where something else has the file's name, or it cannot be written.
        ModelError: where the model gives NaN or infinity.
    """
    record = json.loads(json.dumps(order.record()))
    if out.exists() and not force:
        there = output.recorded(out)
        if there != record:
            raise output.in_the_way(out, differences(there, record) if there else ())
        if not unfinished(out):
            return False
    with said_in_one_line(out):
        with working(out, record, force=force) as work:
            _finish(order, work)
            output.write(out, order, work)
        drop(out)
    return True


def _finish(order: Order, work: Work) -> None:
    """Make the parts that are not there yet."""
    blocks, layers = order.blocks, order.layers
    missing = {
        number: [layer for layer, heads in layers.items() if not work.has(layer, number, len(heads))]
        for number in range(len(blocks))
    }
    total = len(order.heads) * len(blocks)
    to_do = sum(len(layers[layer]) for waiting in missing.values() for layer in waiting)
    unit = "heads" if len(blocks) == 1 else f"heads ({len(blocks)} blocks of prompts)"
    with HeadProgress(total, finished=total - to_do, unit=unit) as progress:
        for number, waiting in missing.items():
            if not waiting:
                continue
            made = activations(order, blocks[number], waiting)
            for layer in waiting:
                work.add(layer, number, _tables(order, blocks[number], layers[layer], made.pop(layer), progress))


def _tables(
    order: Order, block: Block, heads: tuple[Address, ...], made: Sequence[Activations], progress: HeadProgress
) -> Iterator[tuple[pa.Table, dict[str, int]]]:
    for address in heads:
        yield table(order, block, address, made)
        progress.advance()
