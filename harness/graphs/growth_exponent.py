"""Growth exponent: how the distinct attention tokens of a head grow with what it reads, and what class that makes it.

Distinct attention tokens are taken to grow as the distinct input tokens to some power. Each sequence gives its own
exponent, by least squares on logarithms from the second position on; the mean over sequences has a t interval. An
attention token for each input token is the power 1, one for each pair of them the power 2.

    compresses   the interval lies below 0.9
    expands      it lies above 1.1
    tracks       it lies between the two
    undecided    it reaches over a bound
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import t

LOW, HIGH = 0.9, 1.1
CONFIDENCE = 0.95


@dataclass(frozen=True)
class GrowthExponent:
    """One head's.

    Attributes:
        curve: mean over sequences of the number of distinct attention tokens after 1, 2, ... positions.
        power, low, high: the exponent, with its interval.
        kind: the class.
    """

    curve: Float[np.ndarray, " pos"]
    power: float
    low: float
    high: float
    kind: str


def growth(
    read: Int[np.ndarray, "prompt entry"], *, triangle: bool, inputs: Int[np.ndarray, "prompt pos"] | None = None
) -> GrowthExponent:
    """Return the growth of one head's component over sequences of one length.

    Args:
        read: attention tokens; of a triangle row after row.
        inputs: the sequences; None where no token comes twice, or where positions are to be compared with.
    """
    curves = np.array([distinct(ids, triangle=triangle) for ids in read])
    if inputs is None:
        met = np.broadcast_to(np.arange(1, curves.shape[1] + 1), curves.shape)
    else:
        met = np.array([distinct(ids, triangle=False) for ids in inputs])
    powers = _powers(curves, met)
    mean = float(powers.mean())
    spread = float(powers.std(ddof=1)) / len(powers) ** 0.5 if len(powers) > 1 else float("inf")
    reach = float(t.ppf((1 + CONFIDENCE) / 2, max(1, len(powers) - 1))) * spread
    return GrowthExponent(curves.mean(axis=0), mean, mean - reach, mean + reach, kind(mean - reach, mean + reach))


def kind(low: float, high: float) -> str:
    """Return the class of an interval.

    >>> kind(0.1, 0.5), kind(0.95, 1.05), kind(1.2, 1.3), kind(0.8, 1.0)
    ('compresses', 'tracks', 'expands', 'undecided')
    """
    if high < LOW:
        return "compresses"
    if low > HIGH:
        return "expands"
    return "tracks" if low >= LOW and high <= HIGH else "undecided"


def distinct(ids: Int[np.ndarray, " entry"], *, triangle: bool) -> Int[np.ndarray, " pos"]:
    """Return how many distinct tokens there are after each position; of a triangle, after each row.

    >>> distinct(np.array([7, 7, 5, 7, 9, 7]), triangle=False).tolist()
    [1, 1, 2, 2, 3, 3]
    >>> distinct(np.array([7, 7, 5, 7, 9, 7]), triangle=True).tolist()
    [1, 2, 3]
    """
    _found, first = np.unique(ids, return_index=True)
    new = np.zeros(len(ids), dtype=np.int64)
    new[first] = 1
    counts: np.ndarray = np.cumsum(new)
    if not triangle:
        return counts
    rows = int((np.sqrt(8 * len(ids) + 1) - 1) // 2)
    ends = np.arange(1, rows + 1)
    return np.asarray(counts[ends * (ends + 1) // 2 - 1])


def _powers(curves: Int[np.ndarray, "prompt pos"], met: Int[np.ndarray, "prompt pos"]) -> Float[np.ndarray, " prompt"]:
    """Slopes of logarithms; 0 for a sequence in which nothing new is met."""
    x, y = np.log(met[:, 1:]), np.log(curves[:, 1:])
    if x.shape[1] < 2:
        return np.zeros(len(curves))
    x = x - x.mean(axis=1, keepdims=True)
    y = y - y.mean(axis=1, keepdims=True)
    spread = (x * x).sum(axis=1)
    return np.asarray((x * y).sum(axis=1) / np.where(spread > 0, spread, 1.0))
