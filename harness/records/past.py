"""The past: what earlier runs in a store came to for a model."""

from __future__ import annotations

import json
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
            "WHERE fingerprint = ? ORDER BY runs.started, run_id",
            (fingerprint,),
        )
        return {(head, component, chapter, name): verdict for head, component, chapter, name, verdict in rows}


def last_run(store: Path, model: str) -> str:
    """The id of the last run of a model whose controls were not wrong; nothing where there is none."""
    if not store.exists():
        return ""
    with closing(sqlite3.connect(store)) as connection:
        if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'runs'").fetchone() == (0,):
            return ""
        found = connection.execute(
            "SELECT run_id FROM runs WHERE model = ? AND controls <> 'wrong'"
            " ORDER BY started DESC, run_id DESC LIMIT 1",
            (model,),
        ).fetchone()
        return "" if found is None else str(found[0])


def counterexamples(store: Path, run_id: str) -> dict[Place, dict[str, str]]:
    """The inputs of each counterexample that a run filed, by its cell."""
    with closing(sqlite3.connect(store)) as connection:
        rows = connection.execute(
            "SELECT head, component, chapter, conjecture, counterexample ->> 'inputs' FROM cells "
            "WHERE run_id = ? AND counterexample IS NOT NULL",
            (run_id,),
        )
        return {(head, part, chapter, name): json.loads(inputs) for head, part, chapter, name, inputs in rows}
