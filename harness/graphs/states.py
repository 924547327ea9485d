"""States: what of a reading is kept, so that sequences of many readings become walks among few nodes.

The model is causal (a control of the book), so the readings of S[:1], S[:2], ... are how the reading of S begins: one
reading of S gives the states of all of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.readings.reading import Reading

State = tuple[int, ...]
"""Attention tokens, or for patterns the orders of their first appearance."""


class Abstraction(StrEnum):
    """What is kept of a reading. A row is a triangle's last row (one entry a key); a line is one row.

    last: the attention token of the last position; of a triangle that of the last query with itself.
    alphabet: the set of attention tokens in the row.
    pattern: the row with each token replaced by the order of its first appearance.
    """

    LAST = "last"
    ALPHABET = "alphabet"
    PATTERN = "pattern"


def states(reading: Reading, abstraction: Abstraction) -> tuple[State | None, ...]:
    """Return the state after each position; None where it rests on a near-tie, and is in doubt.

    >>> from harness.readings.reading import line, triangle
    >>> states(line([7, 9, 7]), Abstraction.LAST)
    ((7,), (9,), (7,))
    >>> states(line([7, 9, 7], near_ties=(1,)), Abstraction.ALPHABET)
    ((7,), None, None)
    >>> states(triangle([[7], [9, 9], [5, 4, 5]]), Abstraction.PATTERN)
    ((0,), (0, 0), (0, 1, 0))
    """
    rows = list(reading.rows)
    doubts = [row.tolist() for row in reading.by_row(reading.near_ties)]
    if not reading.triangle:
        rows, doubts = ([whole[0][: i + 1] for i in range(len(reading))] for whole in (rows, doubts))
    if abstraction is Abstraction.LAST:
        rows, doubts = ([row[-1:] for row in whole] for whole in (rows, doubts))
    return tuple(None if any(doubt) else _kept(row, abstraction) for row, doubt in zip(rows, doubts, strict=True))


def _kept(row: State, abstraction: Abstraction) -> State:
    if abstraction is Abstraction.LAST:
        return row
    if abstraction is Abstraction.ALPHABET:
        return tuple(sorted(set(row)))
    order: dict[int, int] = {}
    return tuple(order.setdefault(token, len(order)) for token in row)
