"""A head's page arranged for reading: what its template walks through, with nothing left to work out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.records.address import shown_place
from harness.records.cell import how_broken
from harness.records.claim import Control
from harness.records.comparison import NULLS
from harness.records.words import VERDICTS
from reports.analysis.findings import Family, LawKey, Neighbours
from reports.drawing.alignment import Grid, grid
from reports.drawing.plots import Discovery, discoveries, plot_data
from reports.formats import degree, share
from reports.graph_views import Growth
from reports.pages.card import Card, Degrees, card, holding
from reports.pages.graphs import GraphSheet, graph_sheet
from reports.urls import further_file, graphs_file, head_page, pairs_page
from reports.values import Estimate, Token
from reports.views import Cell, Conjecture, Counterexample, Head, Report, TokenPlot

SHOWN: Final = 4
"""Counterexamples on a head's page, the shortest ones; the drawer has all."""
MANY: Final = 36
"""Of more heads than this pages are short, with one counterexample: the rest is in the drawer, in a file that scripts
load, and in `report.json`."""
TALLEST: Final = 4
"""Of triangles with more queries than this, only the one that matters is shown."""


@dataclass(frozen=True)
class Slot:
    """One place of the table of verdicts: a cell, or the reason why there is none.

    Attributes:
        holds: the share of the census that the claim holds of.
        broken: of a refuted cell, how often it is broken, in words.
        nulls: the mean degree on each of its nulls, as written.
    """

    cell: Cell | None
    absent: str
    shown: str
    holds: Estimate | None = None
    broken: str = ""
    nulls: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableLine:
    """One conjecture's line in the table of verdicts."""

    conjecture: Conjecture
    anchor: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class ShownCounterexample:
    """A counterexample with its cell, aligned for reading."""

    anchor: str
    cell: Cell
    counterexample: Counterexample
    grid: Grid


@dataclass(frozen=True)
class Plot:
    """A token plot, with what its picture says for those who cannot use it."""

    plot: TokenPlot
    discoveries: tuple[Discovery, ...]
    lines: tuple[tuple[str, tuple[Token, ...]], ...]


@dataclass(frozen=True)
class HeadSheet:
    """What the page of one head shows.

    ``data`` is what its scripts draw, but for graphs, which have a file; ``links`` are the lines of the table of
    verdicts.
    """

    head: Head
    page: str
    columns: tuple[str, ...]
    chapters: tuple[tuple[str, tuple[TableLine, ...]], ...]
    chapter_counts: tuple[tuple[str, tuple[int, ...]], ...]
    counterexamples: tuple[ShownCounterexample, ...]
    broken: int
    place: Neighbours | None
    family: Family | None
    plots: tuple[Plot, ...]
    graphs: tuple[GraphSheet, ...]
    graphs_file: str
    pairs: str
    growths: tuple[Growth, ...]
    card: Card
    links: Mapping[tuple[str, str], str]
    data: Mapping[str, Any]

    @property
    def further(self) -> str:
        """The file of what a page of many heads leaves out; nothing where there is nothing of it."""
        left_out = self.graphs, self.growths, self.plots[1:], self.card.departs
        return further_file(self.head.address) if any(left_out) else ""

    @property
    def first_data(self) -> Mapping[str, Any]:
        """What the scripts draw of such a page without that file: the first plot."""
        return {"plots": self.data["plots"][:1]}


def sheet(
    head: Head,
    report: Report,
    place: Neighbours | None,
    family: Family | None,
    paired: frozenset[str],
    degrees: Mapping[str, Degrees],
) -> HeadSheet:
    """Return a head's sheet; where it stands among the heads is given, where it does, and the layers that have pairs.

    ``degrees`` are those of every head, by law.
    """
    known = {one.key: one for one in report.conjectures}
    filed = {cell.law: cell for cell in head.cells}
    columns = sorted({cell.component for cell in head.cells}, key=shown_place)
    claims = report.claims.keys()
    broken = [cell for cell in head.cells if cell.counterexample and cell.claim in claims]
    counterexamples = expose(shortest(broken, SHOWN if len(degrees) <= MANY else 1))
    shown = {id(one.cell): one.anchor for one in counterexamples}
    lines = [_line(one, f"c{place}", columns, filed, shown) for place, one in enumerate(report.conjectures)]
    lines = [line for line in lines if _finds(line)]
    chapters = dict.fromkeys(line.conjecture.chapter for line in lines)
    plots = tuple(_plot(plot) for plot in head.token_plots)
    return HeadSheet(
        head=head,
        page=head_page(head.address),
        columns=tuple(columns),
        chapters=tuple((name, tuple(line for line in lines if line.conjecture.chapter == name)) for name in chapters),
        chapter_counts=_chapter_counts(head, known),
        counterexamples=counterexamples,
        broken=len(broken),
        place=place,
        family=family,
        plots=plots,
        graphs=tuple(map(graph_sheet, head.transitions)),
        graphs_file=graphs_file(head.address) if head.transitions else "",
        pairs=pairs_page(head.layer) if head.layer in paired else "",
        growths=head.growths,
        card=card(head, claims, place, degrees),
        links={line.conjecture.key: line.anchor for line in lines},
        data={
            "plots": [plot_data(plot.plot) for plot in plots],
            "growths": [[[name, curve] for name, curve in growth.curves] for growth in head.growths],
        },
    )


def slot(cell: Cell | None, absent: str, shown: str) -> Slot:
    """Return a cell's place in a table of verdicts."""
    if cell is None:
        return Slot(None, absent, shown)
    broken = how_broken(cell.verdict, cell.violations or 0, cell.census_n or 0)
    return Slot(cell, "", shown, holding(cell), broken, nulls(cell))


def nulls(cell: Cell) -> tuple[str, ...]:
    """Return the mean degree on each null, as written; nothing where there is none. Old stores know two of them."""
    if cell.comparisons:
        found = [cell.comparisons.get(name) for name in NULLS]
        return tuple("–" if one is None else share(one.degree) for one in found)
    if cell.null_random is None and cell.null_rotated is None:
        return ()
    return degree(cell.null_random), degree(cell.null_rotated)


def shortest(cells: list[Cell], most: int) -> list[Cell]:
    """Return the cells of the shortest counterexamples, each claim once before any twice."""

    def weight(cell: Cell) -> tuple[int, int]:
        found = cell.counterexample
        return (found.length or 0) if found is not None else 0, shown_place(cell.component)[0]

    ordered = sorted(cells, key=weight)
    seen: set[tuple[str, str]] = set()
    first: list[Cell] = []
    again: list[Cell] = []
    for cell in ordered:
        (again if cell.claim in seen else first).append(cell)
        seen.add(cell.claim)
    return (first + again)[:most]


def expose(cells: list[Cell]) -> tuple[ShownCounterexample, ...]:
    """Return counterexamples as they are shown, one beneath another."""
    return tuple(
        ShownCounterexample(
            anchor=f"x{place}",
            cell=cell,
            counterexample=cell.counterexample,
            grid=grid(cell.counterexample, TALLEST),
        )
        for place, cell in enumerate(cells)
        if cell.counterexample is not None
    )


def _line(
    conjecture: Conjecture,
    anchor: str,
    columns: list[str],
    filed: Mapping[LawKey, Cell],
    shown: Mapping[int, str],
) -> TableLine:
    slots = []
    for component in columns:
        cell = filed.get((*conjecture.key, component))
        absent = "not run" if component in conjecture.components else ""
        slots.append(slot(cell, absent, shown.get(id(cell), "")))
    return TableLine(conjecture, anchor, tuple(slots))


def _finds(line: TableLine) -> bool:
    """Whether it says something of the head: controls speak of the instrument, and have pages of their own."""
    return line.conjecture.control is Control.NONE and any(slot.cell is not None for slot in line.slots)


def _chapter_counts(head: Head, known: Mapping[tuple[str, str], Conjecture]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """How many cells of each verdict a chapter has, controls left out."""
    found: dict[str, dict[str, int]] = {}
    for cell in head.cells:
        claim = known.get(cell.claim)
        if claim is not None and claim.control is Control.NONE:
            counts = found.setdefault(cell.chapter, dict.fromkeys(VERDICTS, 0))
            counts[cell.verdict.value] += 1
    return tuple((chapter, tuple(counts.values())) for chapter, counts in found.items())


def _plot(plot: TokenPlot) -> Plot:
    lines = (("input", plot.sequence), ("q", plot.q), ("k", plot.k), ("v", plot.v), ("z", plot.z))
    return Plot(plot, discoveries(plot), tuple((name, tokens) for name, tokens in lines if tokens))
