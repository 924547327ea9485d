"""The tables of a run of few heads: laws, a line each, by component of the one head, or by head of one component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reports.pages.card import holding
from reports.pages.matrix import Square, is_dull, ordered_components, square
from reports.values import Estimate
from reports.views import Cell, Conjecture, Report


@dataclass(frozen=True)
class LawSlot:
    """One place: a cell with its square, the share of sequences that the claim holds of, or the reason for neither."""

    cell: Cell | None
    square: Square | None
    holds: Estimate | None
    absent: str


@dataclass(frozen=True)
class LawLine:
    """A law's line; ``dull`` where all its cells are."""

    conjecture: Conjecture
    anchor: str
    dull: bool
    slots: tuple[LawSlot, ...]


@dataclass(frozen=True)
class LawTable:
    """Laws of one head by component, or of one component by head: the other of the two is empty."""

    head: str
    component: str
    columns: tuple[str, ...]
    chapters: tuple[tuple[str, tuple[LawLine, ...]], ...]
    lines: int
    dull: int

    @property
    def of(self) -> str:
        """What the table is of, and by what."""
        return f"of head {self.head} by component" if self.head else f"of component {self.component} by head"


FEW: Final = 8
"""Up to this many heads are columns of a readable table; of more there is a matrix."""


def law_tables(report: Report) -> dict[str, LawTable]:
    """Return the tables of a run of few heads by component; a run of one head has one, by the name "".

    Empty where there are more heads.
    """
    singles, claims = report.singles, report.claims
    cells = [cell for head in singles for cell in head.cells if cell.claim in claims]
    if len(singles) > FEW or not cells:
        return {}
    parts = ordered_components({(cell.law, cell.head): cell for cell in cells})
    heads = [head.address for head in singles]
    if len(heads) == 1:
        return {"": _table(report, parts, {(cell.claim, cell.component): cell for cell in cells}, head=heads[0])}
    of_part = {part: {(cell.claim, cell.head): cell for cell in cells if cell.component == part} for part in parts}
    return {part: _table(report, heads, filed, component=part) for part, filed in of_part.items()}


def _table(
    report: Report,
    columns: Sequence[str],
    filed: Mapping[tuple[tuple[str, str], str], Cell],
    *,
    head: str = "",
    component: str = "",
) -> LawTable:
    lines = []
    for place, claim in enumerate(report.conjectures):
        slots = tuple(_slot(claim, component or column, filed.get((claim.key, column))) for column in columns)
        cells = [slot.cell for slot in slots if slot.cell is not None]
        if cells:
            lines.append(LawLine(claim, f"c{place}", is_dull(cells), slots))
    chapters = dict.fromkeys(line.conjecture.chapter for line in lines)
    return LawTable(
        head=head,
        component=component,
        columns=tuple(columns),
        chapters=tuple((name, tuple(line for line in lines if line.conjecture.chapter == name)) for name in chapters),
        lines=len(lines),
        dull=sum(line.dull for line in lines),
    )


def _slot(claim: Conjecture, component: str, cell: Cell | None) -> LawSlot:
    if cell is None:
        return LawSlot(None, None, None, "not run" if component in claim.components else "")
    return LawSlot(cell, square(cell), holding(cell), "")
