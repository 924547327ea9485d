"""A table of verdicts for a notebook: `Verdicts.of(cells)` shows itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.html_table import table
from harness.records.cell import Cell


@dataclass(frozen=True)
class Verdicts:
    """A table of verdicts that shows itself."""

    cells: tuple[Cell, ...]

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> Verdicts:
        """Make a table of any cells, in their order."""
        return cls(tuple(cells))

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


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
