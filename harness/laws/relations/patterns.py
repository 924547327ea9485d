"""Patterns: readings up to a renaming of their tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.laws.agreement import Agreement, noted

if TYPE_CHECKING:
    from harness.readings.reading import Reading


@dataclass(frozen=True, eq=False)
class Pattern:
    """A reading with each token replaced by the order of its first appearance."""

    reading: Reading

    @property
    def order(self) -> tuple[int, ...]:
        """The orders, entry by entry."""
        return tuple(_orders(self.reading.tokens).tolist())

    def __eq__(self, other: object) -> Agreement:  # type: ignore[override]
        if not isinstance(other, Pattern):
            return NotImplemented
        left, right = self.reading, other.reading
        shared, total = sorted((len(left.tokens), len(right.tokens)))
        unsure = left.near_ties[:shared] | right.near_ties[:shared]
        alike = _orders(left.tokens[:shared]) == _orders(right.tokens[:shared])
        same = _orders(left.tokens[:shared][~unsure]) == _orders(right.tokens[:shared][~unsure])
        where = np.flatnonzero(~unsure)[~same]
        alike[where] = False
        longer = left if len(left.tokens) == total else right
        first = int(where[0]) if where.size else (shared if shared < total else None)
        return noted(
            Agreement(
                agreeing=int(alike.sum()),
                near_ties=int(shared - alike.sum() - len(where)),
                compared=total,
                first_difference=None if first is None else longer.place(first),
                sides=(left, right),
            )
        )

    __hash__ = None  # type: ignore[assignment]


def pattern(reading: Reading) -> Pattern:
    """Return the pattern of a reading: 0 for the first token, 1 for the next new one, and so on.

    >>> from harness.readings.reading import line
    >>> pattern(line([7, 9, 7])).order
    (0, 1, 0)
    >>> bool(pattern(line([7, 9, 7])) == pattern(line([4, 2, 4])))
    True
    """
    return Pattern(reading)


def same_pattern(left: Reading, right: Reading) -> Agreement:
    """Check that two readings have the same pattern.

    >>> from harness.readings.reading import line
    >>> bool(same_pattern(line([7, 9, 7]), line([4, 2, 4])))
    True
    """
    return pattern(left) == pattern(right)


def _orders(tokens: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(tokens, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]
