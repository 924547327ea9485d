"""A table of verdicts for a notebook: `verdicts("store.db")` shows those of the newest run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.html_table import table
from harness.records import queries, words
from harness.records.cell import Cell
from harness.text import counted, sentence
from reports.analysis.difference import run_named

COLUMNS = ("head", "component", "conjecture", "verdict", "degree", "degree_low", "degree_high", "census_n", "flags")
"""What the table shows of a cell, by the names that the store has for it."""


@dataclass(frozen=True)
class Verdicts:
    """A table of verdicts that shows itself; `rows` are plain values, in the order of `COLUMNS`."""

    rows: tuple[tuple[object, ...], ...]

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> Verdicts:
        """Make a table of any cells, in their order."""
        return cls(tuple(tuple(getattr(cell, name) for name in COLUMNS) for cell in cells))

    def _repr_html_(self) -> str:
        shorter = {**words.NAMES, "degree_low": "from", "degree_high": "to", "census_n": "n"}
        names = [shorter.get(name, name) for name in COLUMNS]
        rows = [list(map(_shown, COLUMNS, row)) for row in self.rows]
        return table(counted(len(self.rows), "verdict"), names, rows)


def verdicts(store: str | Path = ".headlaws/store.db", *, run: str = "last") -> Verdicts:
    """Return the verdicts of a stored run, known-answer checks apart.

    Args:
        store: the file that runs were filed in.
        run: a run's id, the beginning of it, `last`, or `last~1` for the one before.

    Raises:
        StoreError: for a file that is no store, or a run that is not in it.
    """
    with queries.opened(Path(store)) as connection:
        found = queries.under_test(connection, run_named(connection, run))
    return Verdicts(tuple(tuple(row[name] for name in COLUMNS) for row in found))


def _shown(name: str, value: object) -> str:
    if name == "verdict":
        return words.verdict(str(value))
    if name == "flags":
        return words.flags(str(value))
    if isinstance(value, float):
        return f"{value:.3f}"
    return "–" if value is None else sentence(str(value))
