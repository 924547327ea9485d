"""The journal: what a sweep has finished, in a file beside the store until the run is whole.

One SQLite file a sweep, named by the order's digest, so that the same command finds it and another does not. A task's
cells are written in one transaction: a task is there or it is not. When all are, the run goes to the store in one
transaction of its own, and the journal goes; it bears the run's id from the beginning, so that whoever is killed
between the two does not file it twice. Where a budget was spent before all was done, what there is is filed as a run,
and the journal stays: the same command goes on, and files a fuller run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from harness.errors import StoreError
from harness.profiling import Part, spent_on
from harness.records.cell import Cell
from harness.records.run import new_run_id, now

FOLDER = "sweeps"

_TABLES = (
    "CREATE TABLE IF NOT EXISTS sweep (run_id TEXT NOT NULL, started TEXT NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS cells (task TEXT NOT NULL, place INTEGER NOT NULL, cell TEXT NOT NULL, "
    "PRIMARY KEY (task, place)) STRICT",
)


class Journal:
    """The finished tasks of one sweep.

    Attributes:
        run_id: of the run that the sweep will be filed as.
        started: when it was begun, UTC.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._writing("cannot be made") as connection:
            for table in _TABLES:
                connection.execute(table)
            if connection.execute("SELECT count(*) FROM sweep").fetchone() == (0,):
                connection.execute("INSERT INTO sweep VALUES (?, ?)", (new_run_id(), now()))
        self._look()

    def add(self, task: str, cells: Sequence[Cell]) -> None:
        """Keep a task's cells, all or none; of one that is there already, those of the first time.

        Raises:
            StoreError: where they cannot be written; what is there already stays.
        """
        rows = [(task, place, cell.to_json()) for place, cell in enumerate(cells)]
        with self._writing("cannot be written") as connection:
            connection.executemany("INSERT OR IGNORE INTO cells VALUES (?, ?, ?)", rows)

    def finished(self) -> dict[str, list[Cell]]:
        """Return the cells of each finished task."""
        found: dict[str, list[Cell]] = {}
        with closing(sqlite3.connect(self.path)) as connection:
            for task, cell in connection.execute("SELECT task, cell FROM cells ORDER BY task, place"):
                found.setdefault(task, []).append(Cell.from_json(cell))
        return found

    def renew(self) -> None:
        """Go on as another run: what was finished has been filed as this one, and is not the whole.

        Raises:
            StoreError: where that cannot be written.
        """
        with self._writing("cannot be written") as connection:
            connection.execute("UPDATE sweep SET run_id = ?, started = ?", (new_run_id(), now()))
        self._look()

    def drop(self) -> None:
        """Remove the file: the run is in the store."""
        self.path.unlink(missing_ok=True)

    def _look(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            self.run_id, self.started = connection.execute("SELECT run_id, started FROM sweep").fetchone()

    @contextmanager
    def _writing(self, what: str) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with (
                spent_on(Part.STORE),
                closing(sqlite3.connect(self.path, timeout=60)) as connection,
                connection,
            ):
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"{self.path}: {what} ({error}); finished work is kept: free some space or get the right to write "
                "there, and give the same command again."
            ) from error


@contextmanager
def journal(store: Path, digest: str) -> Iterator[Journal]:
    """Hold the journal of an order for this process alone, as long as the block lasts.

    Raises:
        StoreError: where another process is at the same sweep.
    """
    folder = store.with_name(f"{store.name}.{FOLDER}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"--store {str(store)!r}: {error}; give a file in a folder that you may write to.") from error
    lock = FileLock(folder / f"{digest[:16]}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreError(
            f"--store {str(store)!r}: another process is running the same sweep; wait for it, or give another --store."
        ) from None
    try:
        yield Journal(folder / f"{digest[:16]}.db")
    finally:
        lock.release()
