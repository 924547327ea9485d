"""Estimates: a share, its exact interval at 0.95, and the number of sequences that it rests on.

Steps of one sequence have to do with each other, sequences have not; so the unit is the sequence throughout. Where
several families are drawn together the same bounds hold of their common mean, for they ask for independence alone
(Hoeffding 1956 and 1963).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.trials.intervals import degree_interval, rate_interval

CONFIDENCE = 0.95
"""Of each interval by itself."""


@dataclass(frozen=True)
class Estimate:
    """A share with its interval; no value and the whole range where nothing was counted."""

    value: float | None
    low: float
    high: float
    n: int


def rate(count: int, n: int) -> Estimate:
    """Estimate a rate from a count of n sequences, with Clopper and Pearson's interval.

    >>> rate(200, 200).low > 0.98
    True
    """
    low, high = rate_interval(count, n, confidence=CONFIDENCE)
    return Estimate(count / n if n else None, low, high, n)


def mean(shares: Sequence[float]) -> Estimate:
    """Return the mean of one share a sequence, each between 0 and 1: the Chernoff bound.

    >>> mean([]).value is None, mean([1.0, 0.5]).value
    (True, 0.75)
    """
    found = sum(shares) / len(shares) if shares else None
    low, high = degree_interval(found or 0.0, len(shares), confidence=CONFIDENCE)
    return Estimate(found, low, high, len(shares))


def difference(pairs: Sequence[tuple[float, float]]) -> Estimate:
    """Return the mean of left less right, one pair of shares a sequence: between -1 and 1.

    What left has more and what right has more are bounded apart, each at half the error, so that where the two hardly
    ever differ the interval is narrow.

    >>> difference([(1.0, 0.5), (1.0, 1.0)]).value
    0.25
    """
    n = len(pairs)
    if not n:
        return Estimate(None, -1.0, 1.0, 0)
    gain = sum(max(left - right, 0.0) for left, right in pairs) / n
    loss = sum(max(right - left, 0.0) for left, right in pairs) / n
    each = (1 + CONFIDENCE) / 2
    gain_low, gain_high = degree_interval(gain, n, confidence=each)
    loss_low, loss_high = degree_interval(loss, n, confidence=each)
    return Estimate(gain - loss, gain_low - loss_high, gain_high - loss_low, n)
