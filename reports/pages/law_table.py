"""The table of a run of one head: its laws, a line each, by component."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.records.address import PAIR
from harness.records.claim import Control
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
    """Laws by component of the one head of a run."""

    head: str
    columns: tuple[str, ...]
    dull_columns: tuple[bool, ...]
    chapters: tuple[tuple[str, tuple[LawLine, ...]], ...]
    lines: int
    dull: int


def law_table(report: Report) -> LawTable | None:
    """Return the table of a run of one head; None where there are more."""
    singles = [head for head in report.heads if PAIR not in head.address]
    claims = [(f"c{place}", one) for place, one in enumerate(report.conjectures) if one.control is Control.NONE]
    known = {one.key for _, one in claims}
    if len(singles) != 1 or not any(cell.claim in known for cell in singles[0].cells):
        return None
    filed = {(cell.law, cell.head): cell for cell in singles[0].cells if cell.claim in known}
    columns = ordered_components(filed)
    head = singles[0].address
    lines = []
    for anchor, claim in claims:
        slots = tuple(_slot(claim, part, filed.get(((*claim.key, part), head))) for part in columns)
        cells = [slot.cell for slot in slots if slot.cell is not None]
        if cells:
            lines.append(LawLine(claim, anchor, is_dull(cells), slots))
    chapters = dict.fromkeys(line.conjecture.chapter for line in lines)
    return LawTable(
        head=head,
        columns=tuple(columns),
        dull_columns=_dull_columns(lines, len(columns)),
        chapters=tuple((name, tuple(line for line in lines if line.conjecture.chapter == name)) for name in chapters),
        lines=len(lines),
        dull=sum(line.dull for line in lines),
    )


def _dull_columns(lines: Sequence[LawLine], width: int) -> tuple[bool, ...]:
    """Which components have nothing to say beside what is dull."""
    cells = [[line.slots[place].cell for line in lines] for place in range(width)]
    return tuple(is_dull([cell for cell in column if cell is not None]) for column in cells)


def _slot(claim: Conjecture, component: str, cell: Cell | None) -> LawSlot:
    if cell is None:
        return LawSlot(None, None, None, "not run" if component in claim.components else "")
    return LawSlot(cell, square(cell), holding(cell), "")
