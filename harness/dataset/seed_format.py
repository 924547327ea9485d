"""Seed format: a data set in the seed notebook's columns.

A row for every pair of query and key, of head after head, prompt after prompt, query after query. Where the key is
after the query, which it cannot see, all columns are -1. BOS is a position like any other there, the first one. `hp`
is what is called qk here; q is of the query's position, k and v of the key's.

The notebook's mistakes are left out: ids are never turned into text and back, so there is one BOS, not two.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from harness.dataset import sources
from harness.dataset.work import replacing, said_in_one_line
from harness.errors import ModelError, SequenceError, StoreError
from harness.readings.projection import Projection

if TYPE_CHECKING:
    from harness.readings.prepared_model import PreparedModel

COLUMNS = {
    "layer": "layer",
    "head": "head",
    "Input token": "token",
    "attn": "attn",
    "hp": "qk",
    "q": "q",
    "k": "k",
    "v": "v",
}
"""The notebook's names, and what each is called here; before them stands the row's number, without a name."""

MASKED = -1


def beside(out: Path, way: Projection, *, length: int, bos: bool) -> Path:
    """Return where the data set itself lies that the file is made of.

    Raises:
        StoreError: for a file that is no CSV.
        AddressError: for a projection that has no qk.
        SequenceError: for prompts that cannot begin with BOS.
    """
    if out.suffix.lower() != ".csv":
        raise StoreError(f"--out '{out}': --format seed writes CSV; give a file that ends in .csv.")
    way.check("qk")
    if not bos:
        raise SequenceError("--no-bos: the seed's format has BOS as its first position; leave out --no-bos.")
    if length < 2:
        raise SequenceError(f"--length {length}: the seed's format has BOS as its first token; give 2 or more.")
    return out.with_suffix(".parquet")


def prompts(model: PreparedModel, source: str, *, number: int, length: int, seed: int) -> tuple[tuple[int, ...], ...]:
    """Return prompts of that length, the first token of each BOS.

    Raises:
        ModelError: where the model has no BOS, and whatever `sources.prompts` raises.
    """
    bos = model.backbone.bos
    if bos is None:
        raise ModelError(
            f"--format seed: {model.backbone.name} has no BOS, which this format needs first; give --format headlaws."
        )
    return tuple((bos, *ids) for ids in sources.prompts(model, source, number=number, length=length - 1, seed=seed))


def write(out: Path, made: Path) -> int:
    """Return the CSV file of a data set; gives the number of its rows.

    Raises:
        StoreError: where the file cannot be written.
    """
    row = 0
    schema = pa.schema([("", pa.int64()), *((name, _type(name)) for name in COLUMNS)])
    with (
        said_in_one_line(out),
        pq.ParquetFile(made) as file,
        replacing(out) as part,
        pacsv.CSVWriter(part, schema, write_options=pacsv.WriteOptions(quoting_style="needed")) as writer,
    ):
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            columns = squares(table)
            count = len(columns["layer"])
            arrays = [np.arange(row, row + count), *columns.values()]
            writer.write_table(pa.Table.from_arrays([pa.array(one) for one in arrays], schema=schema))
            row += count
    return row


def squares(table: pa.Table) -> dict[str, np.ndarray]:
    """Return the rows of one head, and -1 for every key after its query."""
    length = int(table["query"].to_numpy().max()) + 1
    query, key = np.tril_indices(length)
    number = len(table) // len(query)
    found = {}
    for name, own in COLUMNS.items():
        values = table[own].to_numpy().reshape(number, len(query))
        square = np.full((number, length, length), MASKED, dtype=np.float32 if own == "attn" else np.int64)
        square[:, query, key] = values
        found[name] = square.ravel()
    return found


def _type(name: str) -> pa.DataType:
    return pa.float32() if name == "attn" else pa.int64()
