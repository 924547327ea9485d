"""Grid: readings as text for a terminal, no line wider than it.

A column a position, with the tokens of the input as headers; what does not fit side by side comes in panels, one
below the other. The sign of a near-tie stands in the gap in front of its cell, so it is never taken for a part of a
token. Widths are those of the terminal: an East Asian character takes two columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from harness.terminal.verdicts import cut

NEAR_TIE = "~"
WIDEST = 12
"""Columns that a cell takes at the most."""
NARROWEST = 5
"""Columns that a cell of a triangle is cut to before panels are made."""


@dataclass(frozen=True)
class Row:
    """A line of the grid: a label, and cells from the first column on; `marks` says which of them are near-ties."""

    label: str
    cells: Sequence[str]
    marks: Sequence[bool] = ()


def line_grid(header: Sequence[Row], rows: Sequence[Row], width: int) -> Iterator[str]:
    """Yield rows of one cell a position, below their header; each column as wide as it needs.

    >>> print(*line_grid([Row("input", ["a", "b"])], [Row("q", ["the", "x"], [False, True])], 40), sep="\\n")
    input a   b
    q     the~x
    """
    every = [*header, *rows]
    count = max(len(row.cells) for row in every)
    widths = [min(WIDEST, max(cell_len(row.cells[i]) for row in every)) for i in range(count)]
    yield from _panels(header, rows, widths, width)


def triangle_grid(header: Sequence[Row], rows: Sequence[Row], width: int) -> Iterator[str]:
    """Yield rows of lengths 1, 2, ... n, a row a query and a column a key; all columns of one width."""
    every = [*header, *rows]
    count = len(rows)
    needed = min(WIDEST, max(cell_len(cell) for row in every for cell in row.cells))
    room = (width - _gutter(every)) // count - 1
    cell = needed if needed <= room else room if room >= NARROWEST else min(needed, 2 * NARROWEST)
    yield from _panels(header, rows, [cell] * count, width)


def clipped(text: str, width: int) -> str:
    """Return a text in so many columns: filled with spaces, or cut and marked so.

    >>> clipped("the", 5), clipped("theatre", 5), clipped("\\u6771\\u4eac\\u90fd", 5)
    ('the  ', 'thea…', '東京…')
    """
    return set_cell_size(cut(text, width), width)


def _panels(header: Sequence[Row], rows: Sequence[Row], widths: list[int], width: int) -> Iterator[str]:
    gutter = _gutter([*header, *rows])
    first = 0
    while first < len(widths):
        last, used = first, gutter
        while last < len(widths) and (used + 1 + widths[last] <= width or last == first):
            used += 1 + widths[last]
            last += 1
        if first:
            yield ""
        for row in (*header, *rows):
            if len(row.cells) > first:
                yield _line(row, range(first, min(last, len(row.cells))), widths, gutter)
        first = last


def _line(row: Row, columns: range, widths: list[int], gutter: int) -> str:
    parts = [clipped(row.label, gutter)]
    for i in columns:
        parts.append(NEAR_TIE if i < len(row.marks) and row.marks[i] else " ")
        parts.append(clipped(row.cells[i], widths[i]))
    return "".join(parts).rstrip()


def _gutter(rows: Sequence[Row]) -> int:
    return min(WIDEST, max(cell_len(row.label) for row in rows))
