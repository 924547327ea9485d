"""Queries: what a store answers, to whoever reads it. All SQL that reads a store is here and beside it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.records.cell import Key
from harness.records.renames import show_present_names

_UNDER_TEST = (
    "FROM cells JOIN conjectures ON conjectures.run_id = cells.run_id AND conjectures.chapter = cells.chapter"
    " AND name = conjecture WHERE cells.run_id = ? AND control = '' ORDER BY cells.rowid"
)
"""The cells of a run in the order in which they were filed, those of controls left out."""


@contextmanager
def opened(store: Path) -> Iterator[sqlite3.Connection]:
    """Open a store for reading alone, as long as the block lasts.

    Raises:
        StoreError: where there is none, or what is asked of it in the block is not in it.
    """
    if not store.is_file():
        raise StoreError(f"--store {str(store)!r}: the file does not exist; give the store that runs were filed in.")
    try:
        with closing(connect(store)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError(
            f"--store {str(store)!r}: this is not a headlaws store ({error}); give the store that runs were filed in."
        ) from error


def connect(store: Path) -> sqlite3.Connection:
    """Open a store for reading alone, also on a disk that nobody can write to.

    Raises:
        sqlite3.Error: for a file that is no database.
    """
    path = store.resolve()
    try:
        return _ready(f"{path.as_uri()}?mode=ro")
    except sqlite3.OperationalError:
        if path.with_name(f"{path.name}-wal").exists():
            raise  # what stands in the log would be missed
        # On a read-only disk no write-ahead log can be opened beside the store, and nobody writes there either.
        return _ready(f"{path.as_uri()}?mode=ro&immutable=1")


def _ready(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True)
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        show_present_names(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def schema_version(connection: sqlite3.Connection) -> str:
    """Give the version of a store's schema; nothing where the store names none."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    return "" if found is None else str(found["value"])


def runs(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Give all runs, the first started first."""
    return connection.execute("SELECT * FROM runs ORDER BY started, run_id").fetchall()


def run_ids(connection: sqlite3.Connection) -> list[str]:
    """Give the ids of all runs, the first started first."""
    return [str(row["run_id"]) for row in connection.execute("SELECT run_id FROM runs ORDER BY started, run_id")]


def runs_until(
    connection: sqlite3.Connection, model: str, *, started: str, run_id: str, most: int
) -> list[sqlite3.Row]:
    """Give the last runs of a model up to one of them, the first started first."""
    return connection.execute(
        "SELECT * FROM runs WHERE model = ? AND (started, run_id) <= (?, ?) ORDER BY started DESC, run_id DESC LIMIT ?",
        (model, started, run_id, most),
    ).fetchall()[::-1]


def rows(connection: sqlite3.Connection, table: str, run_id: str) -> list[sqlite3.Row]:
    """Give a run's rows of one table (`cells`, `conjectures` or `exhibits`), in the order in which they were filed."""
    return connection.execute(f"SELECT * FROM {table} WHERE run_id = ? ORDER BY rowid", (run_id,)).fetchall()


def record_of(connection: sqlite3.Connection, run_id: str) -> dict[str, Any]:
    """Give a run's record."""
    (record,) = connection.execute("SELECT record FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    found: dict[str, Any] = json.loads(record)
    return found


def claims(connection: sqlite3.Connection, run_id: str) -> dict[tuple[str, ...], str]:
    """Give the text of each claim of a run, by chapter and name."""
    found = connection.execute("SELECT chapter, name, code FROM conjectures WHERE run_id = ?", (run_id,))
    return {(row["chapter"], row["name"]): row["code"] for row in found}


def verdicts(connection: sqlite3.Connection, run_id: str) -> dict[Key, str]:
    """Give a run's verdicts, controls apart."""
    found = connection.execute(
        f"SELECT head, component, projection, cells.chapter, conjecture, verdict {_UNDER_TEST}", (run_id,)
    )
    return {(row[0], row[1], row[2], row[3], row[4]): row["verdict"] for row in found}


def degrees(connection: sqlite3.Connection, run_id: str) -> Sequence[sqlite3.Row]:
    """Give of each cell head, chapter, conjecture, component, verdict, degree, census_n and flags; controls apart."""
    return connection.execute(
        f"SELECT head, cells.chapter, conjecture, component, verdict, degree, census_n, flags {_UNDER_TEST}", (run_id,)
    ).fetchall()


def under_test(connection: sqlite3.Connection, run_id: str) -> list[sqlite3.Row]:
    """Give all that is stored of a run's cells, controls apart."""
    return connection.execute(f"SELECT cells.* {_UNDER_TEST}", (run_id,)).fetchall()
