"""Readings beneath each other: the rows and columns in which a counterexample is shown, the first difference marked."""

from dataclasses import dataclass

from reports.values import Token
from reports.views import Counterexample, Difference, Reading


@dataclass(frozen=True)
class GridPlace:
    """One place of a row: a token or nothing, and whether the first difference stands here."""

    token: Token | None
    first_difference: bool


@dataclass(frozen=True)
class GridRow:
    """One line of a counterexample. ``begins`` marks the first line of a group that belongs together."""

    label: str
    kind: str
    entries: tuple[GridPlace, ...]
    begins: bool


@dataclass(frozen=True)
class Grid:
    """Lines of equal length, input above readings; ``hidden`` queries of a triangle are left out."""

    positions: tuple[int, ...]
    rows: tuple[GridRow, ...]
    hidden: int


def grid(shown: Counterexample, tallest: int) -> Grid:
    """Return the inputs of all readings, and beneath them the readings, query by query where they are triangles.

    Args:
        shown: what to align.
        tallest: of a triangle with more queries than this, only that of the first difference is shown.
    """
    readings = shown.readings
    width = max((_width(reading) for reading in readings), default=0)
    heights = [len(reading.rows) for reading in readings if reading.rows is not None]
    queries = _queries(max(heights, default=0), tallest, shown.first_difference)
    rows = [_row(reading.label, "input", reading.sequence, width, None, i == 0) for i, reading in enumerate(readings)]
    for query in queries or [None]:
        begins = True
        for i, reading in enumerate(readings):
            tokens = _tokens(reading, query)
            if tokens is not None:
                place = _place(readings, i, query, shown.first_difference)
                label = reading.label if query is None else f"{reading.label}, query {query}"
                rows.append(_row(label, "reading", tokens, width, place, begins))
                begins = False
    return Grid(tuple(range(width)), tuple(rows), max(heights, default=0) - len(queries))


def _queries(height: int, tallest: int, difference: Difference | None) -> list[int | None]:
    if height <= tallest:
        return list(range(height))
    return [difference.at[0] if difference is not None and len(difference.at) == 2 else height - 1]


def _tokens(reading: Reading, query: int | None) -> tuple[Token, ...] | None:
    if reading.rows is None:
        return reading.tokens if query in (None, 0) else None
    return reading.rows[query] if query is not None and query < len(reading.rows) else None


def _place(readings: tuple[Reading, ...], i: int, query: int | None, difference: Difference | None) -> int | None:
    """Where in this row the first difference stands. Beyond the first reading only where the token is another one."""
    if difference is None or i not in difference.readings:
        return None
    *row, place = difference.at
    if row and row[0] != query:
        return None
    first = _tokens(readings[difference.readings[0]], query) or ()
    own = _tokens(readings[i], query) or ()
    alike = place < len(own) and place < len(first) and own[place].id == first[place].id
    return None if alike and i != difference.readings[0] else place


def _row(label: str, kind: str, tokens: tuple[Token, ...], width: int, place: int | None, begins: bool) -> GridRow:
    entries = tuple(GridPlace(tokens[at] if at < len(tokens) else None, at == place) for at in range(width))
    return GridRow(label, kind, entries, begins)


def _width(reading: Reading) -> int:
    lines = reading.rows if reading.rows is not None else (reading.tokens or (),)
    return max(len(reading.sequence), *(len(line) for line in lines), 0)
