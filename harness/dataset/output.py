"""Output: finished parts put together into one file, Parquet or CSV, with the record of how it was made.

Row groups come in order of layer, head and block of prompts, and are written by one writer with fixed settings, so
the bytes depend on the order alone. A Parquet file holds the record as JSON under the key `headlaws` of its metadata;
beside a CSV file lies a FILE.json.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from harness.dataset.columns import schema
from harness.dataset.order import Order
from harness.dataset.work import Work, folder_of, replacing
from harness.errors import StoreError
from harness.output_paths import check_file, check_folder

KEY = b"headlaws"
MOST = 3
"""Differences that are named where two data sets are not the same."""

ENDINGS = (".parquet", ".pq", ".csv", "")


def check(out: Path, *, force: bool) -> None:
    """Refuse a place that no data set can be written to, before anything is computed.

    Raises:
        StoreError: for such a one.
    """
    if out.suffix.lower() not in ENDINGS:
        raise StoreError(f"--out '{out}': the format is unknown; give a file that ends in .parquet or .csv.")
    if out.is_dir():
        raise StoreError(f"--out '{out}': this is a folder; give a file in it, as in '{out / 'tokens.parquet'}'.")
    if not out.parent.is_dir():
        raise StoreError(
            f"--out '{out}': the folder {out.parent} does not exist; make it first, or give another --out."
        )
    check_folder(out.parent, "--out")
    check_folder(folder_of(out), "--out")
    if _is_csv(out):
        check_file(sidecar(out), "--out")
    if out.exists() and not force and recorded(out) is None:
        raise in_the_way(out)


def in_the_way(out: Path, differing: Sequence[str] = ()) -> StoreError:
    """Return what to say of a file that is not to be replaced unasked.

    Args:
        differing: in what its record differs from that of the data set that was asked for, where it has one.
    """
    why = f" ({', '.join(differing[:MOST])})" if differing else ""
    return StoreError(
        f"--out '{out}': the file exists, but was made with other arguments{why}; give another name, or --force to "
        "replace it."
    )


def recorded(out: Path) -> dict[str, Any] | None:
    """Return the record of a data set, or None where the file is none; near-ties are left out, as they are a result."""
    try:
        if _is_csv(out):
            found = json.loads(sidecar(out).read_text(encoding="utf-8"))
        else:
            found = json.loads(pq.read_metadata(out).metadata[KEY])
        found.pop("near_ties", None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return dict(found)


def sidecar(out: Path) -> Path:
    """Return where the record of a CSV file lies."""
    return out.with_name(f"{out.name}.json")


def write(out: Path, order: Order, work: Work) -> None:
    """Put all parts together; `out` appears, or is replaced, when it is whole.

    Raises:
        StoreError: where a finished part is damaged.
    """
    ties: Counter[str] = Counter()
    for layer in order.layers:
        for block in range(len(order.blocks)):
            ties.update(work.near_ties(layer, block))
    record = json.dumps({**order.record(), "near_ties": {name: ties[name] for name in order.components}}, indent=1)
    wanted = schema(order.components)
    if _is_csv(out):
        with replacing(sidecar(out), beside=work.folder) as file:
            file.write_text(record + "\n", encoding="utf-8")
        with replacing(out, beside=work.folder) as file, pacsv.CSVWriter(file, wanted) as writer:
            for table in _tables(order, work):
                writer.write_table(table)
        return
    with (
        replacing(out, beside=work.folder) as file,
        pq.ParquetWriter(file, wanted.with_metadata({KEY: record}), compression="zstd") as writer,
    ):
        for table in _tables(order, work):
            writer.write_table(table.replace_schema_metadata({KEY: record}), row_group_size=len(table))


def _tables(order: Order, work: Work) -> Iterator[pa.Table]:
    for layer, heads in order.layers.items():
        for place in range(len(heads)):
            for block in range(len(order.blocks)):
                path = work.part(layer, block)
                try:
                    with pq.ParquetFile(path) as part:
                        table = part.read_row_group(place)
                except pa.ArrowInvalid as error:
                    raise StoreError(
                        f"{path}: the file is damaged ({' '.join(str(error).split())[:80]}); delete it and give the "
                        "same command "
                        "again."
                    ) from error
                yield table


def _is_csv(out: Path) -> bool:
    return out.suffix.lower() == ".csv"
