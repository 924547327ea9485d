"""What the index says first: the cells that stand out most, and where nothing does, why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from harness.records.address import PAIR
from harness.records.comparison import NULLS, distance
from reports.pages.card import Card, Deviation, card, deviation
from reports.urls import head_page, pair_anchor, pairs_page
from reports.views import Cell, Report

MOST: Final = 10
"""Cells that are told."""


@dataclass(frozen=True)
class Standing:
    """A cell that stands out, and where its line is."""

    deviation: Deviation
    page: str


@dataclass(frozen=True)
class Overview:
    """What stands out.

    Attributes:
        shown: the cells that stand out most, furthest from their nulls first.
        standing: how many stand out; ``heads`` how many heads and pairs they are of.
        pairs: whether any of them is of a pair.
        compared: how many of the ``cells`` were compared with all three nulls. Of the cells, ``of_pairs`` are
            about two heads.
        only: of a run of one head, ``only_head``, what its page says first.
        anchors: where the lines of laws are.
    """

    shown: tuple[Standing, ...]
    standing: int
    heads: int
    pairs: bool
    compared: int
    cells: int
    of_pairs: int
    only: Card | None
    only_head: str
    anchors: Mapping[tuple[str, str], str]


def overview(report: Report) -> Overview:
    """Return what the index says of a run before anything else."""
    claims, singles = report.claims, report.singles
    cells = [cell for head in report.heads for cell in head.cells if cell.claim in claims]
    found = sorted((cell for cell in cells if cell.stands_out), key=lambda cell: -abs(distance(cell.comparisons)))
    return Overview(
        shown=tuple(Standing(deviation(cell), _line(cell, claims)) for cell in found[:MOST]),
        standing=len(found),
        heads=len({cell.head for cell in found}),
        pairs=any(PAIR in cell.head for cell in found),
        compared=sum(set(cell.comparisons) == set(NULLS) for cell in cells),
        cells=len(cells),
        of_pairs=sum(PAIR in cell.head for cell in cells),
        only=card(singles[0], claims.keys(), None, {}) if len(singles) == 1 else None,
        only_head=singles[0].address if singles else "",
        anchors=claims,
    )


def _line(cell: Cell, anchors: Mapping[tuple[str, str], str]) -> str:
    if PAIR in cell.head:
        return f"{pairs_page(cell.head.split('.')[0])}#{pair_anchor(cell.head)}"
    return f"{head_page(cell.head)}#{anchors[cell.claim]}"
