"""A conjecture's page arranged for reading: maps of its degree, heads by verdict, a gallery of counterexamples."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.records.address import PAIR, shown_place
from harness.records.cell import Verdict
from harness.records.words import VERDICTS
from reports.analysis.findings import Law, LawKey
from reports.formats import share
from reports.pages.card import holding
from reports.pages.head import ShownCounterexample, expose, shortest
from reports.pages.steps import share_step
from reports.urls import law_page
from reports.values import Token
from reports.views import Cell, Conjecture, Report

GALLERY: Final = 8
"""Counterexamples on a conjecture's page, the shortest ones."""
EXAMPLES: Final = 4

_SINGLE: Final = re.compile(r"(\d+)\.(\d+)", re.ASCII)


@dataclass(frozen=True)
class MapCell:
    """A head in a map: the classes of its verdict and of the step of its holding rate, a sign, and that rate."""

    classes: str
    sign: str
    holds: str


@dataclass(frozen=True)
class ComponentSheet:
    """What the law is of one component.

    Attributes:
        rows: layers, each with its heads from 0 on; nothing where a head was not tried. Empty for claims about pairs.
        by_verdict: the heads, or pairs, of each verdict that some head has.
        layers: those that a pair of it lies in; of claims about single heads none.
    """

    component: str
    law: Law | None
    width: int
    rows: tuple[tuple[str, tuple[MapCell | None, ...]], ...]
    by_verdict: tuple[tuple[Verdict, tuple[str, ...]], ...]
    layers: tuple[str, ...]


@dataclass(frozen=True)
class LawSheet:
    """What the page of one conjecture shows.

    ``inputs`` are examples of what its family draws, each with the sequence that was read: what broke the claim first.
    """

    conjecture: Conjecture
    page: str
    parts: tuple[ComponentSheet, ...]
    counterexamples: tuple[ShownCounterexample, ...]
    broken: int
    inputs: tuple[tuple[str, tuple[Token, ...]], ...]
    data: Mapping[str, Any]


def law_sheets(report: Report) -> tuple[LawSheet, ...]:
    """Return a sheet a conjecture, in the book's order."""
    filed: defaultdict[tuple[str, str], list[Cell]] = defaultdict(list)
    for head in report.heads:
        for cell in head.cells:
            filed[cell.claim].append(cell)
    laws = {law.key: law for law in report.laws}
    return tuple(_sheet(one, filed[one.key], laws) for one in report.conjectures)


def _sheet(
    conjecture: Conjecture,
    cells: list[Cell],
    laws: Mapping[LawKey, Law],
) -> LawSheet:
    components = sorted({cell.component for cell in cells}, key=shown_place)
    of_part = {part: [cell for cell in cells if cell.component == part] for part in components}
    broken = [cell for cell in cells if cell.counterexample is not None]
    parts = tuple(_part(part, of_part[part], laws.get((*conjecture.key, part))) for part in components)
    return LawSheet(
        conjecture=conjecture,
        page=law_page(*conjecture.key),
        parts=parts,
        counterexamples=expose(shortest_apart(broken)),
        broken=len(broken),
        inputs=_inputs(broken),
        data={"nulls": [_nulls(part, of_part[part.component]) for part in parts]},
    )


def shortest_apart(broken: list[Cell]) -> list[Cell]:
    """Return the cells of the shortest counterexamples of one claim, no two with the same inputs."""
    distinct: dict[tuple[str, ...], Cell] = {}
    for cell in shortest(broken, len(broken)):
        if cell.counterexample is not None:
            distinct.setdefault(tuple(value for _, value in cell.counterexample.inputs), cell)
    ordered = sorted(distinct.values(), key=lambda cell: (cell.counterexample and cell.counterexample.length) or 0)
    return ordered[:GALLERY]


def _part(component: str, cells: list[Cell], law: Law | None) -> ComponentSheet:
    places: dict[tuple[int, int], MapCell] = {}
    for cell in cells:
        if (where := _SINGLE.fullmatch(cell.head)) is not None:
            places[int(where[1]), int(where[2])] = _map_cell(cell)
    width = max((head for _, head in places), default=-1) + 1
    layers = sorted({layer for layer, _ in places})
    by_verdict: defaultdict[Verdict, list[str]] = defaultdict(list)
    for cell in cells:
        by_verdict[cell.verdict].append(cell.head)
    return ComponentSheet(
        component=component,
        law=law,
        width=width,
        rows=tuple((str(layer), tuple(places.get((layer, head)) for head in range(width))) for layer in layers),
        by_verdict=tuple((verdict, tuple(by_verdict[verdict])) for verdict in Verdict if by_verdict[verdict]),
        layers=tuple(dict.fromkeys(cell.head.split(".")[0] for cell in cells if PAIR in cell.head)),
    )


def _map_cell(cell: Cell) -> MapCell:
    holds = holding(cell)
    verdict = cell.verdict.value[0]
    if holds is None:
        return MapCell(verdict, VERDICTS[cell.verdict].sign, "")
    return MapCell(f"{verdict} h{share_step(holds.value)}", VERDICTS[cell.verdict].sign, share(holds.value))


def _inputs(broken: list[Cell]) -> tuple[tuple[str, tuple[Token, ...]], ...]:
    found: dict[str, tuple[Token, ...]] = {}
    for cell in broken:
        shown = cell.counterexample
        if shown is not None and shown.readings:
            written = ", ".join(f"{name} = {value}" for name, value in shown.inputs)
            found.setdefault(written, shown.readings[0].sequence)
    return tuple(sorted(found.items(), key=lambda one: len(one[0]))[:EXAMPLES])


def _nulls(part: ComponentSheet, cells: list[Cell]) -> list[list[list[float] | None]]:
    """For the chart, whose script finds verdicts in the map: the degrees on the rotated null and here, in its order."""
    known = {
        cell.head: [round(cell.null_rotated.value, 3), round(cell.degree.value, 3)]
        for cell in cells
        if cell.null_rotated is not None and cell.degree is not None
    }
    if not known:
        return []
    return [[known.get(f"{layer}.{head}") for head in range(part.width)] for layer, _ in part.rows]
