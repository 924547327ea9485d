"""Earlier runs: what those in a store found of a model, and the counterexamples that they filed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.records.cell import Key
from harness.records.queries import connect, opened

NIGHTLY = "headlaws nightly"
"""How the command of a night begins: runs of older versions say of no kind what they are."""


@dataclass(frozen=True)
class StoredCounterexample:
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


def last_verdicts(store: Path, fingerprint: str, *, bos: bool) -> dict[Key, str]:
    """Give the last verdict of each cell that was tried on this very model; empty without a store.

    Args:
        bos: whether BOS stood in front; runs with and without it read other tokens.
    """
    rows = _rows(
        store,
        "cells",
        "SELECT head, component, projection, chapter, conjecture, verdict FROM cells JOIN runs USING (run_id) "
        "WHERE fingerprint = ? AND record ->> 'bos' = ? ORDER BY runs.started, run_id",
        (fingerprint, int(bos)),
    )
    return {(head, part, way, chapter, name): verdict for head, part, way, chapter, name, verdict in rows}


def last_run(store: Path, model: str) -> str:
    """Give the id of the last run of a model whose controls were not wrong; nothing where there is none."""
    return next((run_id for run_id, _ in _runs(store, model)), "")


def last_fingerprint(store: Path, model: str, *, preparation: str, dtype: str) -> str:
    """Give the fingerprint that a model had in its last run so prepared; nothing where there is none."""
    rows = _rows(
        store,
        "runs",
        "SELECT fingerprint FROM runs WHERE model = ? AND record ->> '$.asked.preparation' = ? "
        "AND record ->> '$.dtype' = ? ORDER BY started DESC, run_id DESC LIMIT 1",
        (model, preparation, dtype),
    )
    return str(rows[0][0]) if rows else ""


def nights_before(
    store: Path, asked: Mapping[str, Any], *, heads: Collection[str], components: Collection[str]
) -> list[str]:
    """Give the ids of the last nights before this one that asked the same, the latest first, up to one that was whole.

    A night that was cut short says nothing of the cells that it did not come to: those are known from the nights before
    it.

    A run in the daytime, of one head or in another way, is no night. Neither is a night of fewer heads or components:
    where a cell was not tried, nothing can surprise. Of the sizes only those count that both nights know of.

    Args:
        asked: the night's request by the names of its fields, its `seed` and its `book`.
    """
    nights = [
        (int(record["seed"]), run_id, bool(record.get("left_out")))
        for run_id, record in _runs(store, asked["model"])
        if _is_night(record)
        and record["seed"] < asked["seed"]
        and _asks_the_same(record, asked)
        and {*heads} <= {*record["heads"]}
        and {*components} <= {*record["components"]}
    ]
    found: list[str] = []
    for _, run_id, cut_short in sorted(nights, key=lambda night: -night[0]):  # of one date the last run comes first
        found.append(run_id)
        if not cut_short:
            break
    return found


def counterexamples(store: Path, *runs: str) -> dict[Key, dict[str, str]]:
    """Give the inputs of each counterexample that runs filed, by its cell; that of the first run that has one."""
    found: dict[Key, dict[str, str]] = {}
    with closing(connect(store)) as connection:
        for run_id in runs:
            rows = connection.execute(
                "SELECT head, component, projection, chapter, conjecture, counterexample ->> 'inputs' FROM cells "
                "WHERE run_id = ? AND counterexample IS NOT NULL",
                (run_id,),
            )
            for *place, inputs in rows:
                head, part, way, chapter, name = place
                found.setdefault((head, part, way, chapter, name), json.loads(inputs))
    return found


def counterexample_named(store: Path, id: str) -> StoredCounterexample:
    """Give the newest counterexample of that id.

    Raises:
        StoreError: where there is no such store or id.
    """
    with opened(store) as connection:
        row = connection.execute(
            "SELECT run_id, record, head, component, projection, chapter, conjecture,"
            " counterexample ->> 'inputs' AS inputs, path FROM cells JOIN runs USING (run_id)"
            " LEFT JOIN (SELECT run_id, chapter, name AS conjecture, path FROM conjectures)"
            " USING (run_id, chapter, conjecture) WHERE counterexample ->> 'id' = ? ORDER BY run_id DESC LIMIT 1",
            (id,),
        ).fetchone()
    if row is None:
        raise StoreError(
            f"{id!r}: {store} has no counterexample with this id; look for ids in the run's output or report."
        )
    plain = {name: json.loads(row[name]) for name in ("record", "inputs")}
    return StoredCounterexample(**{**dict(row), **plain, "path": row["path"] and Path(row["path"])})


def _is_night(record: Mapping[str, Any]) -> bool:
    kind = record.get("kind")
    return str(record["command"]).startswith(NIGHTLY) if kind is None else kind == "night"


def _asks_the_same(record: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether a run asked the same; of one that does not say what it asked for, what it did counts."""
    then = {**record, "preparation": asked["preparation"], **record.get("asked", {})}
    sizes = {*then["profile"]} & {*asked["profile"]} - {"seed"}
    return (
        all(then[way] == asked[way] for way in ("projection", "bos", "dtype", "device", "preparation"))
        and record.get("book", asked["book"]) == asked["book"]
        and all(then["profile"][size] == asked["profile"][size] for size in sizes)
    )


def _runs(store: Path, model: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give id and record of each run of a model whose controls were not wrong, the last first."""
    rows = _rows(
        store,
        "runs",
        "SELECT run_id, record FROM runs WHERE model = ? AND controls <> 'wrong' ORDER BY started DESC, run_id DESC",
        (model,),
    )
    yield from ((str(run_id), json.loads(record)) for run_id, record in rows)


def _rows(store: Path, table: str, query: str, values: tuple[object, ...]) -> list[sqlite3.Row]:
    """Give what a store answers; nothing where there is none, or it has no such table yet."""
    if not store.exists():
        return []
    with closing(connect(store)) as connection:
        (found,) = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return connection.execute(query, values).fetchall() if found else []
