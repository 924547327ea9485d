"""The store: one SQLite file that keeps every run, readable by anyone; see schema.sql beside this module.

A run is written in one transaction, so that a reader never sees half of one, and never changed afterwards.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from enum import Enum
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.output_paths import check_file
from harness.records.cell import Cell, Exhibit
from harness.records.claim import ClaimEntry
from harness.records.counterexample import Counterexample
from harness.records.run import Run

SCHEMA_VERSION = "4"
READABLE = ("2", "3", SCHEMA_VERSION)
"""The versions that are read; those before are brought up to date when something is filed."""

_SINCE = {
    "2": ("near_tied REAL", "p_epsilon REAL"),
    "3": (
        *("null_surrogate REAL", "comparisons TEXT NOT NULL DEFAULT '{}'", "p_above REAL", "p_below REAL"),
        *("stands_out TEXT NOT NULL DEFAULT ''", "text_degree REAL", "text_low REAL", "text_high REAL"),
        "text_n INTEGER NOT NULL DEFAULT 0",
    ),
}
"""The columns of cells that came after a version; rows of before stay as they are, and say nothing in them."""

RUN_COLUMNS = ("run_id", "started", "ended", "model", "fingerprint", "controls")
CLAIM_COLUMNS = tuple(field.name for field in fields(ClaimEntry))
CELL_COLUMNS = tuple(
    field.name
    for field in fields(Cell)
    if field.name not in ("holds_on_null", "p_at_best", "control", "shares", "dealt", "remembered")
)
EXHIBIT_COLUMNS = tuple(field.name for field in fields(Exhibit))
"""The columns of each table are named as the fields that they keep; a cell's others follow from its run."""

PATIENCE = 60.0
"""Seconds to wait for another process that has the store."""


class Store:
    """A store file, made where there is none; one of an earlier schema gets the columns that came since.

    Raises:
        StoreError: for a file that is no store, one of another schema, or a place that cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._connection() as connection:
                _patiently(_prepare, connection, path)
        except (sqlite3.Error, OSError) as error:
            raise _no_store(path, error) from error

    @staticmethod
    def check(path: Path) -> None:
        """See that a store is there that can be written, or that one can be made; nothing is made yet.

        Raises:
            StoreError: otherwise.
        """
        check_file(path, "--store")
        if not path.exists():
            return
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                _is_store(connection, path)
        except sqlite3.Error as error:
            raise _no_store(path, error) from error

    def add(self, run: Run, entries: Iterable[ClaimEntry], cells: Iterable[Cell], exhibits: Iterable[Exhibit]) -> None:
        """Write one run, all or nothing.

        Raises:
            StoreError: where the file cannot be written; nothing of the run is kept then.
        """
        try:
            with self._connection() as connection, connection:
                _insert(connection, "runs", RUN_COLUMNS, [run], record=json.dumps(run.record()))
                for table, columns, kept in (
                    ("conjectures", CLAIM_COLUMNS, entries),
                    ("cells", CELL_COLUMNS, cells),
                    ("exhibits", EXHIBIT_COLUMNS, exhibits),
                ):
                    _insert(connection, table, columns, kept, run_id=run.run_id)
        except sqlite3.Error as error:
            raise StoreError(
                f"--store {str(self.path)!r}: {error}; the run was not kept; free some space or give another file."
            ) from error

    def has(self, run_id: str) -> bool:
        """Return whether a run is there."""
        with self._connection() as connection:
            return connection.execute("SELECT 1 FROM runs WHERE run_id = ?", (run_id,)).fetchone() is not None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            yield connection


def _no_store(path: Path, error: Exception) -> StoreError:
    return StoreError(f"--store {str(path)!r}: {error}; give a headlaws store, or a file that does not exist yet.")


def _patiently(prepare: Callable[[sqlite3.Connection, Path], None], connection: sqlite3.Connection, path: Path) -> None:
    """Try again while another process makes the same store: SQLite does not wait by itself for a switch to WAL."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return prepare(connection, path)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    if _is_store(connection, path):  # asked first: what is no store of ours is left as it is
        return
    connection.execute("PRAGMA journal_mode = WAL")
    schema = list(_statements(resources("harness.records").joinpath("schema.sql").read_text(encoding="utf-8")))
    with connection:
        connection.execute("BEGIN IMMEDIATE")  # of two processes one makes the tables, the other finds them
        before = _version(connection, path)
        if before in _SINCE:
            new = [column for version, columns in _SINCE.items() if version >= before for column in columns]
            view = next(statement for statement in schema if "CREATE VIEW" in statement)
            for statement in (
                *(f"ALTER TABLE cells ADD COLUMN {column}" for column in new),
                "DROP VIEW verdicts",
                view,
            ):
                connection.execute(statement)
            connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (SCHEMA_VERSION,))
        elif not _is_store(connection, path):
            for statement in schema:
                connection.execute(statement)


def _is_store(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the tables are there already, as this version has them; False for an empty file or an earlier version."""
    found = _version(connection, path)
    if found not in ("", *READABLE):
        raise StoreError(
            f"--store {str(path)!r}: the store has schema version {found!r}, but this headlaws writes version "
            f"{SCHEMA_VERSION}; give a new file."
        )
    return found == SCHEMA_VERSION


def _version(connection: sqlite3.Connection, path: Path) -> str:
    """The version of a store's schema; nothing for an empty file.

    Raises:
        StoreError: for a database that is no store.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return ""
    if "meta" not in tables:
        raise StoreError(f"--store {str(path)!r}: this database is not a headlaws store; give another file.")
    (found,) = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() or ("none",)
    return str(found)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: `executescript` would commit the transaction that guards them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _insert(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], kept: Iterable[object], **more: str
) -> None:
    """Write records into a table, a field a column."""
    names = (*more, *columns)
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})",
        ({**more, **{name: _stored(getattr(one, name)) for name in columns}} for one in kept),
    )


def _stored(value: Any) -> Any:
    """A field as SQLite keeps it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Counterexample):
        return value.to_json()
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, dict):
        return json.dumps(value, default=asdict)
    return value
