"""Shared: which tokens two heads have in common, and in which order heads that share much stand together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from harness.atlas.vocabularies import Vocabulary, membership


@dataclass(frozen=True)
class Shared:
    """How many tokens each pair of heads shares.

    Attributes:
        counts: a head with itself shares its vocabulary.
        apart: the same without the tokens that all heads read.
        common: those tokens.
        order: places of the heads, those that share much beside each other.
    """

    heads: tuple[str, ...]
    counts: Int[np.ndarray, "head head"]
    apart: Int[np.ndarray, "head head"]
    common: tuple[int, ...]
    order: tuple[int, ...]

    def pairs(self, *, apart: bool = False) -> Int[np.ndarray, " pair"]:
        """Return the counts of all pairs of two heads, 0 with 1, 0 with 2, ..."""
        return np.asarray((self.apart if apart else self.counts)[np.triu_indices(len(self.heads), 1)])


def shared(found: Vocabulary) -> Shared:
    """Count what every pair of heads shares.

    >>> shared(Vocabulary(("0.0", "0.1"), ({7: 1, 5: 1}, {7: 3}))).counts.tolist()
    [[2, 1], [1, 1]]
    """
    matrix, _ids = membership(found)
    counts = (matrix @ matrix.T).toarray().astype(np.int64)
    return Shared(
        heads=found.heads,
        counts=counts,
        apart=counts - len(found.common),
        common=tuple(sorted(found.common)),
        order=tuple(_by_similarity(similarity(counts))),
    )


def similarity(counts: Int[np.ndarray, "head head"]) -> Float[np.ndarray, "head head"]:
    """Return Jaccard's similarity: tokens of both over tokens of either.

    >>> similarity(np.array([[2, 1], [1, 1]])).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    own = np.diag(counts)
    either = own[:, None] + own[None, :] - counts
    return np.asarray(np.divide(counts, either, out=np.zeros(counts.shape), where=either > 0))


def of_both(found: Vocabulary, left: int, right: int) -> list[int]:
    """Return the tokens that two heads share, by id."""
    return sorted(found.counts[left].keys() & found.counts[right].keys())


def _by_similarity(alike: Float[np.ndarray, "head head"]) -> list[int]:
    if len(alike) < 3:
        return list(range(len(alike)))
    far = 1 - (alike + alike.T) / 2
    np.fill_diagonal(far, 0)
    return [
        int(place) for place in leaves_list(linkage(squareform(far, checks=False), "average", optimal_ordering=True))
    ]
