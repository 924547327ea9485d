"""A table of verdicts for a notebook, from a store or of given cells: it shows itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import StoreError
from harness.html_table import table
from harness.records.cell import Cell, Verdict
from harness.records.queries import claimed_cells, opened, run_ids


@dataclass(frozen=True)
class Verdicts:
    """A table of verdicts that shows itself."""

    cells: tuple[Cell, ...]

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> Verdicts:
        """Of any cells, in their order."""
        return cls(tuple(cells))

    @classmethod
    def of_store(cls, store: str | Path = ".headlaws/store.db", run_id: str | None = None) -> Verdicts:
        """Those of one run of a store, by default of the newest, controls left out.

        Raises:
            StoreError: there is no such store, or no such run in it.
        """
        with opened(Path(store)) as connection:
            known = run_ids(connection)
            chosen = known[-1] if known and run_id is None else run_id
            if chosen not in known:
                last = ", ".join(known[:-6:-1]) or "none yet"
                raise StoreError(f"run {run_id!r}: not in {store}; the newest are {last}.")
            return cls(tuple(_cell(row) for row in claimed_cells(connection, chosen)))

    def _repr_html_(self) -> str:
        columns = ["head", "component", "conjecture", "verdict", "degree", "from", "to", "n", "flags"]
        rows = [
            [
                *(one.head, one.component, one.conjecture.replace("_", " "), one.verdict.value),
                *(_figure(value) for value in (one.degree, one.degree_low, one.degree_high)),
                *(str(one.census_n), one.flags),
            ]
            for one in self.cells
        ]
        return table(f"{len(self.cells)} verdicts", columns, rows)


def _cell(row: sqlite3.Row) -> Cell:
    names = ("head", "component", "projection", "chapter", "conjecture", "degree", "degree_low", "degree_high")
    return Cell(
        **{name: row[name] for name in (*names, "census_n", "violations", "flags")}, verdict=Verdict(row["verdict"])
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
