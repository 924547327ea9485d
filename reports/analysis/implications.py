"""Laws between laws: which conjecture, where it holds of a head, brings another with it, and which are one.

Descriptive: every pair of laws is looked at, so a few of those with small support are chance.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from reports.analysis.findings import EquivalentLaws, Implication, LawKey
from reports.views import Cell

CONFIDENCE: Final = 0.95
MOST_EXCEPTIONS: Final = 0.05
LEAST_GAIN: Final = 0.1
"""By how much more often the implied law must hold where the other does than of all heads."""
MOST: Final = 200
BREAKING: Final = 6

Outcomes = tuple[list[str], list[LawKey], NDArray[np.bool_], NDArray[np.bool_]]


def outcomes(cells_by_head: Mapping[str, Sequence[Cell]]) -> Outcomes:
    """Return heads, laws, and for each head (row) and law (column) whether it was decided, and whether it holds."""
    keys: dict[LawKey, int] = {}
    for cells in cells_by_head.values():
        for cell in cells:
            keys.setdefault(cell.law, len(keys))
    decided = np.zeros((len(cells_by_head), len(keys)), dtype=np.bool_)
    holds = np.zeros_like(decided)
    for row, cells in enumerate(cells_by_head.values()):
        for cell in cells:
            column = keys[cell.law]
            decided[row, column] = cell.verdict.decided
            holds[row, column] = cell.verdict.holds
    return list(cells_by_head), list(keys), decided, holds


def equivalent_laws(found: Outcomes) -> tuple[EquivalentLaws, ...]:
    """Return groups of laws that no head tells apart, though they hold of some heads and not of others."""
    _, keys, decided, holds = found
    groups: defaultdict[bytes, list[int]] = defaultdict(list)
    for column in range(len(keys)):
        if 0 < holds[:, column].sum() < decided[:, column].sum():
            groups[np.concatenate([decided[:, column], holds[:, column]]).tobytes()].append(column)
    made = [
        EquivalentLaws(
            tuple(keys[column] for column in columns),
            int(decided[:, columns[0]].sum()),
            int(holds[:, columns[0]].sum()),
        )
        for columns in groups.values()
        if len(columns) > 1
    ]
    return tuple(sorted(made, key=lambda group: (-group.heads, -len(group.laws), group.laws)))


def implications(found: Outcomes) -> tuple[Implication, ...]:
    """Return the pairs where the one law brings the other with it, with hardly an exception; the surest first."""
    heads, keys, decided, holds = found
    if not keys:
        return ()
    held, known = holds.astype(np.int64), decided.astype(np.int64)
    support = held.T @ known
    both = held.T @ held
    exceptions = support - both
    base = held.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    least = max(3, ceil(0.05 * len(heads)))
    rate = both / np.maximum(support, 1)
    wanted = (support >= least) & (exceptions <= MOST_EXCEPTIONS * support) & (rate - base[None, :] >= LEAST_GAIN)
    np.fill_diagonal(wanted, False)
    made = []
    for i, j in np.argwhere(wanted):
        if np.array_equal(holds[:, i], holds[:, j]) and np.array_equal(decided[:, i], decided[:, j]):
            continue  # that they are one law is said already
        breaking = np.flatnonzero(holds[:, i] & decided[:, j] & ~holds[:, j])
        made.append(
            Implication(
                keys[i],
                keys[j],
                int(support[i, j]),
                int(exceptions[i, j]),
                at_most(int(exceptions[i, j]), int(support[i, j])),
                float(base[j]),
                tuple(heads[row] for row in breaking[:BREAKING]),
            )
        )
    made.sort(key=lambda one: (one.at_most, one.base, one.law, one.implied))
    return tuple(made[:MOST])


def at_most(exceptions: int, of: int) -> float:
    """Return Clopper and Pearson's one-sided upper bound of a share.

    >>> round(at_most(0, 58), 3), at_most(3, 3)
    (0.05, 1.0)
    """
    return 1.0 if exceptions >= of else float(betaincinv(exceptions + 1, of - exceptions, CONFIDENCE))
