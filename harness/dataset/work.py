"""Work: the finished parts of a data set, in a folder beside its file until the whole is there.

`FILE.unfinished/` holds `record.json`, which says what is being made, and a Parquet file for each layer and block of
prompts that is finished, a row group a head. A part is written under another name, brought to disk and renamed, so it
is whole or not there. Whoever is killed leaves the folder behind; the same command finds it and goes on, and another
one is refused.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from harness.dataset.order import differences
from harness.errors import StoreError

RECORD = "record.json"
LOCK = "lock"
UNFINISHED = ".part"
NEAR_TIES = b"near_ties"


class Work:
    """The folder of one data set's finished parts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def part(self, layer: int, block: int) -> Path:
        """Return where the rows of a layer and a block of prompts are kept."""
        return self.folder / f"{layer:05d}-{block:06d}.parquet"

    def has(self, layer: int, block: int, heads: int) -> bool:
        """Return whether a part is there; one that a disk has lost bytes of is not."""
        try:
            return int(pq.read_metadata(self.part(layer, block)).num_row_groups) == heads
        except (OSError, pa.ArrowInvalid):
            return False

    def add(self, layer: int, block: int, tables: Iterator[tuple[pa.Table, dict[str, int]]]) -> None:
        """Write a part: a row group for each head's rows, and the sum of their near-ties."""
        path = self.part(layer, block)
        near_ties: dict[str, int] = {}
        writer = None
        with replacing(path) as file:
            try:
                for table, ties in tables:
                    writer = writer or pq.ParquetWriter(file, table.schema)
                    writer.write_table(table, row_group_size=len(table))
                    near_ties = {name: near_ties.get(name, 0) + count for name, count in ties.items()}
                assert writer is not None, "a layer without heads is not ordered"
                writer.add_key_value_metadata({NEAR_TIES: json.dumps(near_ties)})
            finally:
                if writer is not None:
                    writer.close()

    def near_ties(self, layer: int, block: int) -> dict[str, int]:
        """Return how many of a part's vectors are near-ties, by component."""
        found: dict[str, int] = json.loads(pq.read_metadata(self.part(layer, block)).metadata[NEAR_TIES])
        return found


def folder_of(out: Path) -> Path:
    """Return the work folder of a data set's file."""
    return out.with_name(f"{out.name}.unfinished")


@contextmanager
def working(out: Path, record: dict[str, Any], *, force: bool) -> Iterator[Work]:
    """Hold the work folder of `out` for this process alone, as long as the block lasts.

    Raises:
        StoreError: where another process works there, or what lies there is of other arguments and not to be dropped.
    """
    folder = folder_of(out)
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreError(
            f"--out '{out}': another process is writing this data set; wait for it, or give another --out."
        ) from None
    try:
        there = _recorded(folder)
        if there is not None and there != record and not force:
            raise StoreError(
                f"--out '{out}': {folder.name} holds an unfinished data set with other arguments: "
                f"{', '.join(differences(there, record)[:3])}; repeat these to go on with it, give --force to drop "
                "it, or give another --out."
            )
        for file in _own(folder):
            if there != record or file.suffix == UNFINISHED:
                file.unlink()
        if there != record:
            with replacing(folder / RECORD) as file:
                file.write_text(json.dumps(record, indent=1), encoding="utf-8")
        yield Work(folder)
    finally:
        lock.release()


def unfinished(out: Path) -> bool:
    """Return whether there is work on a data set that has not come to its end."""
    return (folder_of(out) / RECORD).exists()


def drop(out: Path) -> None:
    """Remove the work folder of a finished data set; its record first, so that half a folder is taken for none."""
    folder = folder_of(out)
    with suppress(OSError):  # what cannot be removed does no harm
        (folder / RECORD).unlink(missing_ok=True)
        for file in (*_own(folder), folder / LOCK):
            file.unlink(missing_ok=True)
        folder.rmdir()


@contextmanager
def replacing(path: Path, *, beside: Path | None = None) -> Iterator[Path]:
    """Yield a file's unfinished self; it gets the name when the block ends well, after its last byte is on disk.

    `beside` is the folder that holds it until then; on the same disk.
    """
    part = (beside or path.parent) / f"{path.name}{UNFINISHED}"
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def said_in_one_line(out: Path) -> Iterator[None]:
    """Turn what the operating system says about the file or its folder into one line.

    Raises:
        StoreError: in place of OSError; pyarrow puts the system's words into the text alone.
    """
    try:
        yield
    except OSError as error:
        text = " ".join(str(error).split())
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or any(sign in text for sign in _FULL)
        if full:
            raise StoreError(
                f"--out '{out}': the disk is full ({error.strerror or text[:120]}); finished work is kept: free some "
                "space and give the same command again."
            ) from error
        raise StoreError(
            f"--out '{out}': cannot be written ({error.strerror or text[:160]}); give a file in a folder that you may "
            "write to."
        ) from error


_FULL = ("No space left on device", "File too large", "Disk quota exceeded")


def _own(folder: Path) -> list[Path]:
    """Files that were written here, so that nobody else's are ever removed."""
    return [
        file
        for file in folder.iterdir()
        if file.name == RECORD or file.suffix == UNFINISHED or re.fullmatch(r"\d{5}-\d{6}\.parquet", file.name)
    ]


def _recorded(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
