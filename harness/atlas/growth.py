"""Growth: how many distinct attention tokens a head has used after so many positions, and what class that makes it.

Distinct tokens after n positions are taken to grow as n to some power. Each prompt gives its own exponent, by least
squares on logarithms from the second position on; the mean over prompts has a t interval. One token a position is the
power 1, a token a pair the power 2.

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
class Growth:
    """One head's.

    Attributes:
        curve: mean over prompts of the number of distinct tokens after 1, 2, ... positions.
        power, low, high: the exponent, with its interval.
        kind: the class.
    """

    curve: Float[np.ndarray, " pos"]
    power: float
    low: float
    high: float
    kind: str


def growth(read: Int[np.ndarray, "prompt entry"], *, triangle: bool) -> Growth:
    """The growth of one head's component over prompts of one length."""
    curves = np.array([distinct(ids, triangle=triangle) for ids in read])
    powers = _powers(curves)
    mean = float(powers.mean())
    spread = float(powers.std(ddof=1)) / len(powers) ** 0.5 if len(powers) > 1 else float("inf")
    reach = float(t.ppf((1 + CONFIDENCE) / 2, max(1, len(powers) - 1))) * spread
    return Growth(curves.mean(axis=0), mean, mean - reach, mean + reach, kind(mean - reach, mean + reach))


def kind(low: float, high: float) -> str:
    """The class of an interval.

    >>> kind(0.1, 0.5), kind(0.95, 1.05), kind(1.2, 1.3), kind(0.8, 1.0)
    ('compresses', 'tracks', 'expands', 'undecided')
    """
    if high < LOW:
        return "compresses"
    if low > HIGH:
        return "expands"
    return "tracks" if low >= LOW and high <= HIGH else "undecided"


def distinct(ids: Int[np.ndarray, " entry"], *, triangle: bool) -> Int[np.ndarray, " pos"]:
    """How many distinct tokens there are after each position; of a triangle, after each row.

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


def _powers(curves: Float[np.ndarray, "prompt pos"]) -> Float[np.ndarray, " prompt"]:
    n = np.arange(1, curves.shape[1] + 1)
    x, y = np.log(n[1:]), np.log(curves[:, 1:])
    if len(x) < 2:
        return np.zeros(len(curves))
    x = x - x.mean()
    return np.asarray((y - y.mean(axis=1, keepdims=True)) @ x / (x @ x))
