"""Attention as a reading: to which position each query attends most, and how much it gives to every one.

Claims about the roles of heads are about attention, not tokens; so that the same engines can judge them, attention
comes in the form of a reading. Its entries are positions of the sequence, from 0; -1 is BOS in front.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from harness.errors import SequenceError
from harness.readings.activations import Activations
from harness.readings.reading import Reading
from harness.readings.tolerance import Tolerance, tolerance

BOS_PLACE = -1


@dataclass(frozen=True, eq=False)
class Attention(Reading):
    """One head's attention for one sequence; `tokens` are the positions attended to most, `margins` are in shares.

    Attributes:
        weights: a row a query, over all keys that it may see; the rest of a row is 0. A row sums to 1.
        first: the position of the first key: -1 where BOS is in front, else 0.
    """

    weights: Float[np.ndarray, "query key"] = None  # type: ignore[assignment]  # a field after those with defaults
    first: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.weights.setflags(write=False)

    @property
    def nbytes(self) -> int:
        """What its arrays hold."""
        return super().nbytes + self.weights.nbytes

    def named(self, text: Callable[[Iterable[int]], list[str]]) -> dict[int, str]:
        """Return what each position is called."""
        return {place: "BOS" if place < 0 else f"@{place}" for place in sorted(set(self.tokens.tolist()))}

    def _at(self, kept: np.ndarray, start: int, stop: int, *, triangle: bool) -> Reading:
        raise SequenceError(
            "attention cannot be sliced, because its positions are those of the whole sequence; use all of it."
        )


def attention(
    ids: tuple[int, ...], activations: Activations, head: int, *, noise: Tolerance | None = None
) -> Attention:
    """Return one head's attention for a sequence; its shares are as noisy as their dtype where nothing else is
    given.
    """
    pattern = activations.pattern[head]
    return of_weights(ids, pattern.double().cpu().numpy(), relative=(noise or tolerance(pattern.dtype)).relative)


def of_weights(ids: tuple[int, ...], weights: Float[np.ndarray, "query key"], *, relative: float) -> Attention:
    """Make attention from its weights; shares that differ by at most `relative` are a near-tie."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :3]
    best = np.take_along_axis(weights, order, axis=1)
    first = len(ids) - weights.shape[1]
    margins = best[:, 0] - best[:, 1] if best.shape[1] > 1 else np.full(len(ids), np.inf)
    third = best[:, 0] - best[:, 2] if best.shape[1] > 2 else np.full(len(ids), np.inf)
    return Attention(
        ids=ids,
        sequence=ids,
        triangle=False,
        tokens=order[:, 0] + first,
        runners_up=order[:, :2][:, -1] + first,
        margins=margins,
        near_ties=margins <= relative,
        open=third <= relative,
        weights=weights,
        first=first,
    )


def by_hand(rows: list[list[float]]) -> Attention:
    """Write attention by hand, for examples: rows of lengths 1, 2, ... n, no BOS in front; the ids are 0 to n - 1.

    >>> by_hand([[1.0], [0.75, 0.25]]).tokens.tolist()
    [0, 0]
    """
    n = len(rows)
    weights = np.zeros((n, n))
    for i, row in enumerate(rows):
        weights[i, : len(row)] = row
    return of_weights(tuple(range(n)), weights, relative=0.0)
