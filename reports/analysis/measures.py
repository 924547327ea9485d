"""Measures of laws: how well each conjecture tells heads apart, beyond what heads do that have learnt nothing."""

from collections import defaultdict
from collections.abc import Iterable
from math import log2
from statistics import fmean, pstdev

from harness.records.cell import dull
from reports.analysis.findings import Law, LawKey
from reports.values import Estimate
from reports.views import Cell


def laws(cells: Iterable[Cell]) -> tuple[Law, ...]:
    """Return a law a conjecture and component, the most telling first; those that tell nothing last.

    Args:
        cells: those of the claims; controls say nothing about heads.
    """
    tried: defaultdict[LawKey, list[Cell]] = defaultdict(list)
    for cell in cells:
        tried[cell.law].append(cell)
    found = [_law(key, members) for key, members in tried.items()]
    return tuple(sorted(found, key=lambda law: (-law.bits, -(law.spread or 0.0))))


def _law(key: LawKey, cells: list[Cell]) -> Law:
    decided = [cell for cell in cells if cell.verdict.decided]
    held = [cell for cell in decided if cell.verdict.holds]
    learnt = [cell for cell in held if not dull(cell.flags)]
    compared = _compared(cells)
    degrees = _values(cell.degree for cell in compared)
    rotated = _values(cell.null_rotated for cell in compared)
    return Law(
        *key,
        heads=len(decided),
        held=len(held),
        learnt=len(learnt),
        bits=entropy(len(learnt), len(decided)),
        degree=_mean(degrees),
        null_random=_mean(_values(cell.null_random for cell in compared)),
        null_rotated=_mean(rotated),
        spread=pstdev(degrees) if degrees else None,
        null_spread=pstdev(rotated) if rotated else None,
    )


def _compared(cells: list[Cell]) -> list[Cell]:
    """The cells that have a degree and every null that any of them has: means are compared over the same heads."""
    names = [name for name in ("null_random", "null_rotated") if any(getattr(cell, name) for cell in cells)]
    return [cell for cell in cells if cell.degree is not None and all(getattr(cell, name) for name in names)]


def entropy(some: int, of: int) -> float:
    """Return the binary entropy of a share, in bits.

    >>> entropy(1, 2), entropy(0, 7), entropy(7, 7), entropy(0, 0)
    (1.0, 0.0, 0.0, 0.0)
    """
    if not 0 < some < of:
        return 0.0
    share = some / of
    return -share * log2(share) - (1 - share) * log2(1 - share)


def _values(estimates: Iterable[Estimate | None]) -> list[float]:
    return [estimate.value for estimate in estimates if estimate is not None]


def _mean(values: list[float]) -> float | None:
    return fmean(values) if values else None
