"""Renames: laws that had another name in earlier versions, so that what is stored under it is still found.

Stores are never rewritten. A reader of a store sees today's names through views that stand before its tables.
"""

from __future__ import annotations

import sqlite3
from typing import Final

RENAMED: Final[dict[str, str]] = {}
"""The name that a law had, and the name that it has now."""

_NAMED: Final = {"cells": "conjecture", "conjectures": "name", "exhibits": "name"}
"""The column of each table that names a law."""


def present(name: str) -> str:
    """Return the name that a law has now; also for `chapter.py::name`, as exhibits have it.

    >>> present("a_law_that_kept_its_name"), present("chapter.py::a_law")
    ('a_law_that_kept_its_name', 'chapter.py::a_law')
    """
    chapter, colons, law = name.rpartition("::")
    return f"{chapter}{colons}{RENAMED.get(law, law)}"


def show_present_names(connection: sqlite3.Connection) -> None:
    """Let every query of this connection see today's names; nothing is written to the store."""
    if not RENAMED:
        return
    connection.create_function("present_name", 1, present, deterministic=True)
    for table, column in _NAMED.items():
        names = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
        if not names:
            continue
        shown = ", ".join(f"present_name({name}) AS {name}" if name == column else name for name in names)
        connection.execute(f"CREATE TEMP VIEW {table} AS SELECT rowid, {shown} FROM main.{table}")
