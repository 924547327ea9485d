"""Kinship of heads: which have like signatures, a signature being a head's degrees over all laws.

Heads are joined by average linkage, and the tree is cut where the mean silhouette is largest (Rousseeuw 1987).
"""

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from reports.analysis.findings import Family, Kinship, LawKey, Neighbours, Trait
from reports.views import Cell

Matrix = NDArray[np.float64]

FEWEST: Final = 4
"""Heads; of fewer there is no telling whether they form families."""
MOST_FAMILIES: Final = 12
NEAREST: Final = 5
TRAITS: Final = 3


def kinship(cells_by_head: Mapping[str, Sequence[Cell]]) -> Kinship:
    """Return families of heads, each head's nearest ones, and a point for each in the plane.

    Args:
        cells_by_head: the cells of claims, controls left out, in the order in which heads are shown.
    """
    degrees, keys = signatures(cells_by_head)
    heads = [head for head, row in zip(cells_by_head, degrees, strict=True) if not np.isnan(row).all()]
    degrees = degrees[~np.isnan(degrees).all(axis=1)] if len(degrees) else degrees
    if len(heads) < FEWEST:
        alone = tuple(Neighbours(head, "A", (), 0.0, 0.0) for head in heads)
        return Kinship((Family("A", tuple(heads), heads[0], ()),) if heads else (), alone, None)
    apart = distances(degrees)
    labels, silhouette = _families(apart)
    points = _plane(apart)
    families = _described(labels, heads, apart, degrees, keys)
    family_of = {head: family.name for family in families for head in family.heads}
    found = []
    for i, head in enumerate(heads):
        nearest = [int(j) for j in np.argsort(apart[i], kind="stable") if j != i][:NEAREST]
        places = tuple((heads[j], float(apart[i, j])) for j in nearest)
        found.append(Neighbours(head, family_of[head], places, *(float(x) for x in points[i])))
    return Kinship(families, tuple(found), silhouette)


def signatures(cells_by_head: Mapping[str, Sequence[Cell]]) -> tuple[Matrix, list[LawKey]]:
    """Return degrees, a row a head and a column a law; NaN where there is none."""
    keys: dict[LawKey, int] = {}
    for cells in cells_by_head.values():
        for cell in cells:
            if cell.degree is not None:
                keys.setdefault(cell.law, len(keys))
    made = np.full((len(cells_by_head), len(keys)), np.nan)
    for row, cells in enumerate(cells_by_head.values()):
        for cell in cells:
            if cell.degree is not None:
                made[row, keys[cell.law]] = cell.degree.value
    return made, list(keys)


def distances(degrees: Matrix) -> Matrix:
    """Return the mean difference of degree over the laws that both heads were tried on; 1 where they share none.

    >>> distances(np.array([[0.0, 1.0], [0.5, 1.0], [np.nan, 0.0]])).tolist()
    [[0.0, 0.25, 1.0], [0.25, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    apart = np.ones((len(degrees), len(degrees)))
    for i, row in enumerate(degrees):
        both = ~np.isnan(degrees) & ~np.isnan(row)
        shared = both.sum(axis=1)
        total = np.where(both, np.abs(degrees - row), 0.0).sum(axis=1)
        apart[i] = np.where(shared > 0, total / np.maximum(shared, 1), 1.0)
    np.fill_diagonal(apart, 0.0)
    return (apart + apart.T) / 2


def _families(apart: Matrix) -> tuple[NDArray[np.int64], float]:
    tree = linkage(squareform(apart, checks=False), method="average")
    best, chosen = -1.0, np.zeros(len(apart), dtype=np.int64)
    for count in range(2, min(MOST_FAMILIES, len(apart) - 1) + 1):
        labels = fcluster(tree, count, criterion="maxclust").astype(np.int64)
        found = silhouette(apart, labels)
        if found > best + 1e-9:
            best, chosen = found, labels
    return chosen, best


def silhouette(apart: Matrix, labels: NDArray[Any]) -> float:
    """Return the mean silhouette of a partition: how much nearer heads are to their own family than to the next one.

    >>> near = np.array([[0, 1, 9, 9], [1, 0, 9, 9], [9, 9, 0, 1], [9, 9, 1, 0]]) / 9
    >>> round(silhouette(near, np.array([1, 1, 2, 2])), 3)
    0.889
    """
    names = sorted(set(labels.tolist()))
    if len(names) < 2:
        return 0.0
    total = np.stack([apart[:, labels == name].sum(axis=1) for name in names], axis=1)
    sizes = np.array([(labels == name).sum() for name in names])
    own = np.searchsorted(names, labels)
    rows = np.arange(len(apart))
    inside = total[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = total / sizes
    means[rows, own] = np.inf
    outside = means.min(axis=1)
    larger = np.maximum(inside, outside)
    scores = np.where((sizes[own] > 1) & (larger > 0), (outside - inside) / np.where(larger > 0, larger, 1.0), 0.0)
    return float(scores.mean())


def _plane(apart: Matrix) -> Matrix:
    """Points in the plane, their distances as near to the given ones as may be (classical scaling, Torgerson 1952)."""
    size = len(apart)
    centring = np.eye(size) - 1 / size
    values, vectors = np.linalg.eigh(-centring @ (apart**2) @ centring / 2)
    points: Matrix = vectors[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0.0))
    for axis in (0, 1):  # an eigenvector's sign is open: the largest entry is positive
        if points[np.argmax(np.abs(points[:, axis])), axis] < 0:
            points[:, axis] *= -1
    made: Matrix = np.round(points, 4) + 0.0
    return made


def _described(
    labels: NDArray[np.int64], heads: Sequence[str], apart: Matrix, degrees: Matrix, keys: Sequence[LawKey]
) -> tuple[Family, ...]:
    """The largest family first, and named A."""
    members = [np.flatnonzero(labels == label) for label in dict.fromkeys(labels.tolist())]
    members.sort(key=len, reverse=True)
    found = []
    for name, inside in zip(ascii_uppercase, members, strict=False):
        typical = int(inside[int(np.argmin(apart[np.ix_(inside, inside)].sum(axis=1)))])
        traits = _traits(degrees, np.isin(np.arange(len(heads)), inside), keys)
        found.append(Family(name, tuple(heads[int(i)] for i in inside), heads[typical], traits))
    return tuple(found)


def _traits(degrees: Matrix, inside: NDArray[np.bool_], keys: Sequence[LawKey]) -> tuple[Trait, ...]:
    known = ~np.isnan(degrees)
    both = known[inside].any(axis=0) & known[~inside].any(axis=0)
    filled = np.where(known, degrees, 0.0)
    within = filled[inside].sum(axis=0) / np.maximum(known[inside].sum(axis=0), 1)
    without = filled[~inside].sum(axis=0) / np.maximum(known[~inside].sum(axis=0), 1)
    gap = np.where(both, np.abs(within - without), -1.0)
    order = [int(i) for i in np.argsort(-gap, kind="stable")[:TRAITS] if gap[i] > 0]
    return tuple(Trait(*keys[i], inside=float(within[i]), outside=float(without[i])) for i in order)
