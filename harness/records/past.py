"""The past: what earlier runs in a store came to for a model."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

Place = tuple[str, str, str, str]
"""Head, component, chapter and conjecture."""


def needs(store: Path, fingerprint: str) -> dict[Place, str]:
    """Of each cell that was tried on this very model, the verdict that was filed last; empty without a store."""
    if not store.exists():
        return {}
    with closing(sqlite3.connect(store)) as connection:
        if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'cells'").fetchone() == (0,):
            return {}
        rows = connection.execute(
            "SELECT head, component, chapter, conjecture, verdict FROM cells JOIN runs USING (run_id) "
            "WHERE fingerprint = ? ORDER BY runs.started",
            (fingerprint,),
        )
        return {(head, component, chapter, name): verdict for head, component, chapter, name, verdict in rows}
