"""Vocabularies: which tokens a head reads, and how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_array

Counts = dict[int, int]


@dataclass(frozen=True)
class Vocabulary:
    """The tokens that one component of each head reads.

    Attributes:
        counts: of each head, tokens by id with how often each was read, the commonest first, equals by id.
    """

    heads: tuple[str, ...]
    counts: tuple[Counts, ...]

    @property
    def distinct(self) -> list[int]:
        """How many tokens each head reads."""
        return [len(one) for one in self.counts]

    @property
    def whole(self) -> frozenset[int]:
        """Those that any head reads."""
        return frozenset().union(*self.counts)

    @property
    def common(self) -> frozenset[int]:
        """Those that all heads read."""
        return frozenset.intersection(*(frozenset(one) for one in self.counts))


def vocabulary(heads: tuple[str, ...], read: Int[np.ndarray, "head prompt entry"]) -> Vocabulary:
    """Count what is read.

    >>> vocabulary(("0.0",), np.array([[[7, 5], [7, 9]]])).counts
    ({7: 2, 5: 1, 9: 1},)
    """
    return Vocabulary(heads, tuple(_counts(ids) for ids in read))


def membership(found: Vocabulary) -> tuple[csr_array, list[int]]:
    """Return heads by tokens, 1 where the head reads the token; and the ids of the columns."""
    ids = sorted(found.whole)
    place = {id: column for column, id in enumerate(ids)}
    rows = [row for row, one in enumerate(found.counts) for _ in one]
    columns = [place[id] for one in found.counts for id in one]
    ones = np.ones(len(rows), dtype=np.int64)
    return csr_array((ones, (rows, columns)), shape=(len(found.heads), len(ids))), ids


def _counts(ids: np.ndarray) -> Counts:
    found, number = np.unique(ids, return_counts=True)
    order = np.lexsort((found, -number))
    return dict(zip(found[order].tolist(), number[order].tolist(), strict=True))
