"""Value cache: what was found once and need not be found again, in one SQLite file of the cache folder.

A line is a key (a digest of all that the value depends on), a value, and a sum over both. What cannot be read, or
whose sum is wrong, counts as not there; a file that is no database any more is made anew. Several processes may use
it at once. It is a convenience: where it cannot be written, nothing is remembered and nothing fails.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from harness.profiling import Part, spent_on

PATIENCE = 10.0
"""Seconds to wait for another process that writes."""

_TABLE = "CREATE TABLE IF NOT EXISTS remembered (key TEXT PRIMARY KEY, value TEXT NOT NULL, sum TEXT NOT NULL) STRICT"
_LEAVE_OUT = "DELETE FROM remembered WHERE rowid <= (SELECT max(rowid) FROM remembered) - ?"
_ELSEWHERE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_PERM,
}
"""SQLite's primary codes for what is no damage of the file: it is in use, out of reach, or the disk is full."""


class ValueCache:
    """Values by key; see the module's first lines."""

    def __init__(self, path: Path, *, most: int | None = None) -> None:
        """Take a file.

        Args:
            most: so many values are kept, the newest; without it all are.
        """
        self.path, self.most = path, most

    def get(self, key: str) -> str | None:
        """Return the value, or None where there is none."""
        if not self.path.exists():
            return None
        try:
            with spent_on(Part.STORE), self._open() as connection:
                row = connection.execute("SELECT value, sum FROM remembered WHERE key = ?", (key,)).fetchone()
        except (sqlite3.Error, OSError) as error:
            self._make_anew(error)
            return None
        if row is None or not all(isinstance(part, str) for part in row) or row[1] != _sum(key, row[0]):
            return None
        return str(row[0])

    def put(self, key: str, value: str) -> None:
        """Keep a value, if that can be done."""
        for _ in range(2):
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with spent_on(Part.STORE), self._open() as connection, connection:
                    connection.execute(
                        "INSERT OR REPLACE INTO remembered VALUES (?, ?, ?)", (key, value, _sum(key, value))
                    )
                    if self.most is not None:
                        connection.execute(_LEAVE_OUT, (self.most,))
                return
            except (sqlite3.Error, OSError) as error:
                if not self._make_anew(error):
                    return

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # a crash may lose the last lines, never the file
            connection.execute(_TABLE)
            yield connection

    def _make_anew(self, error: Exception) -> bool:
        """Whether a damaged file was taken away; only one process does, and it looks again first."""
        if not _is_damage(error):
            return False
        with suppress(OSError, Timeout), FileLock(self.path.with_name(f"{self.path.name}.lock"), timeout=PATIENCE):
            try:
                with self._open() as connection:
                    connection.execute("SELECT key, value, sum FROM remembered").fetchall()
            except sqlite3.Error as still:
                if not _is_damage(still):
                    return False
                for suffix in ("", "-wal", "-shm"):
                    self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            return True
        return False


def _is_damage(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.Error) and (code is None or code & 0xFF not in _ELSEWHERE)


def _sum(key: str, value: str) -> str:
    return hashlib.sha256(f"{key}\n{value}".encode()).hexdigest()
