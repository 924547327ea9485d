"""Stored counterexamples, by id."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.records.queries import connect


@dataclass(frozen=True)
class Stored:
    """A counterexample as a run filed it, with what it takes to run it again.

    Attributes:
        path: the file of the chapter that its claim stood in, on the machine of the run; None if it was not filed.
    """

    run_id: str
    record: dict[str, Any]
    head: str
    component: str
    projection: str
    chapter: str
    conjecture: str
    inputs: dict[str, str]
    path: Path | None


def stored(store: Path, id: str) -> Stored:
    """The newest counterexample of that id.

    Raises:
        StoreError: where there is no such store or id.
    """
    if not store.is_file():
        raise StoreError(f"--store {str(store)!r}: no such file; give the store that the run was filed in.")
    try:
        with closing(connect(store)) as connection:
            found = connection.execute(
                "SELECT run_id, record, head, component, projection, chapter, conjecture, counterexample, path"
                " FROM cells JOIN runs USING (run_id)"
                " LEFT JOIN (SELECT run_id, chapter, name AS conjecture, path FROM conjectures)"
                " USING (run_id, chapter, conjecture) WHERE counterexample ->> 'id' = ? ORDER BY run_id DESC LIMIT 1",
                (id,),
            ).fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"--store {str(store)!r}: {error}; give a headlaws store.") from error
    if found is None:
        raise StoreError(f"{id!r}: no counterexample of that id in {store}; ids stand in the run's output and report.")
    run_id, record, head, component, projection, chapter, conjecture, kept, path = found
    return Stored(
        run_id,
        json.loads(record),
        head,
        component,
        projection,
        chapter,
        conjecture,
        json.loads(kept)["inputs"],
        None if path is None else Path(path),
    )
