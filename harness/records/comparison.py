"""Comparisons: a cell's degree beside what heads do that have learnt nothing. Plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Shares = tuple[float | None, ...]
"""The agreement on each sequence of a draw, in order; None where the sequence does not meet the precondition."""


@dataclass(frozen=True)
class Comparison:
    """A cell's degree beside one null: a few heads of a null model, or the head's own tokens dealt out at random.

    Attributes:
        degrees: the degree of each of the null's heads, on the same sequences as the cell's.
        excess: the cell's degree minus the nearest of these; above 0 where it exceeds all of them, below 0 where all
            exceed it, and 0 between them.
        low, high: the interval of the excess.
        n: the sequences that were compared.
    """

    degrees: tuple[float, ...]
    excess: float
    low: float
    high: float
    n: int

    @property
    def degree(self) -> float:
        """The mean degree of the null's heads."""
        return sum(self.degrees) / len(self.degrees)


SURROGATE = "surrogate"
NULLS = ("random", "rotated", SURROGATE)
"""What a cell is compared with: two null models, and the head's own tokens dealt out at random."""

LEAST = 0.1
"""A cell whose degree lies no further than this from a null's does not stand out."""

BARRED = frozenset({"trivial", "architectural", "gauge"})
"""Cells with one of these flags never stand out: their degree has another reason than what the head has learnt."""


def comparisons(plain: Mapping[str, Any]) -> dict[str, Comparison]:
    """Read comparisons from their JSON."""
    return {name: Comparison(**{**one, "degrees": tuple(one["degrees"])}) for name, one in plain.items()}


def distance(beside: Mapping[str, Comparison]) -> float:
    """Give how far a degree lies from the nearest of its nulls: above 0 where it exceeds all, below 0 where none.

    It is 0 where there is nothing to compare with, or the degree lies among the nulls.
    """
    found = [one.excess for one in beside.values()]
    if not found or min(found) < 0 < max(found):
        return 0.0
    return min(found, key=abs)


def explained(beside: Mapping[str, Comparison], flags: Iterable[str]) -> bool:
    """Return whether the frequencies of a head's tokens explain a degree.

    It exceeds every null model's heads by more than `LEAST`, but not the head's own tokens dealt out at random.
    """
    if not BARRED.isdisjoint(flags) or set(beside) != set(NULLS):
        return False
    *models, own = (beside[name].excess for name in NULLS)
    return min(models) > LEAST >= abs(own)
