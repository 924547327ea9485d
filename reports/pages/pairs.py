"""The pages of pairs of heads arranged for reading: one a layer, a line a pair, a column a law and component."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.records.address import CLAIMED
from reports.analysis.findings import LawKey
from reports.pages.head import ShownCounterexample, Slot, expose, shortest, slot
from reports.urls import pair_anchor, pairs_page
from reports.views import Cell, Head, Report

SHOWN: Final = 4
"""Counterexamples on a page, the shortest ones; of the others the page has the id."""


@dataclass(frozen=True)
class PairLine:
    """A pair, with what was found of it by each law."""

    address: str
    anchor: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class PairSheet:
    """What the page of a layer's pairs shows."""

    layer: str
    page: str
    columns: tuple[LawKey, ...]
    lines: tuple[PairLine, ...]
    counterexamples: tuple[ShownCounterexample, ...]
    broken: int


def pair_sheets(report: Report) -> tuple[PairSheet, ...]:
    """Return a sheet a layer that has pairs."""
    layers: defaultdict[str, list[Head]] = defaultdict(list)
    for head in report.heads:
        if head.is_pair:
            layers[head.layer].append(head)
    claims = list(report.claims)
    return tuple(_sheet(layer, pairs, claims) for layer, pairs in layers.items())


def _sheet(layer: str, pairs: Sequence[Head], claims: Sequence[tuple[str, str]]) -> PairSheet:
    filed = {pair.address: {cell.law: cell for cell in pair.cells if cell.claim in claims} for pair in pairs}
    tried = {key for cells in filed.values() for key in cells}
    keys = [(*claim, part) for claim in claims for part in CLAIMED if (*claim, part) in tried]
    broken = [cell for cells in filed.values() for cell in cells.values() if cell.counterexample is not None]
    counterexamples = expose(shortest(broken, SHOWN))
    shown = {id(one.cell): one.anchor for one in counterexamples}
    return PairSheet(
        layer=layer,
        page=pairs_page(layer),
        columns=tuple(keys),
        lines=tuple(_line(address, cells, keys, shown) for address, cells in filed.items()),
        counterexamples=counterexamples,
        broken=len(broken),
    )


def _line(address: str, cells: Mapping[LawKey, Cell], keys: Sequence[LawKey], shown: Mapping[int, str]) -> PairLine:
    found = [cells.get(key) for key in keys]
    slots = tuple(slot(cell, "not run", shown.get(id(cell), "")) for cell in found)
    return PairLine(address, pair_anchor(address), slots)
