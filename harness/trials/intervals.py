"""Intervals: what counts and means say of the rates behind them. Exact, hence conservative; the unit is the sequence.

Violations are a binomial count, so their rate has the interval of Clopper and Pearson (1934). The degree is the mean
of shares in [0, 1], one a sequence; its interval comes from the Chernoff bound in Hoeffding's form (1963, theorem 1),

    P(mean >= x) <= exp(-n KL(x || mu))    for x >= mu,

which holds for every distribution on [0, 1]. Where all shares are 1 it gives the Clopper-Pearson bound.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import betaincinv

Interval = tuple[float, float]

_LEAST, _MOST = 1e-300, math.nextafter(1.0, 0.0)


def rate_interval(count: int, n: int, *, confidence: float) -> Interval:
    """Return the two-sided Clopper-Pearson interval of a rate; (0, 1) where nothing was counted.

    >>> low, high = rate_interval(0, 100, confidence=0.95)
    >>> low, round(high, 4)
    (0.0, 0.0362)
    """
    one_sided = (1 + confidence) / 2
    return lower_bound(count, n, confidence=one_sided), upper_bound(count, n, confidence=one_sided)


def upper_bound(count: int, n: int, *, confidence: float) -> float:
    """Return the one-sided upper Clopper-Pearson bound of a rate; for count 0 it is `1 - (1 - confidence) ** (1 / n)`.

    >>> round(upper_bound(0, 59, confidence=0.95), 4)
    0.0495
    """
    return 1.0 if count >= n else float(betaincinv(count + 1, n - count, confidence))


def lower_bound(count: int, n: int, *, confidence: float) -> float:
    """Return the one-sided lower Clopper-Pearson bound of a rate.

    >>> round(lower_bound(59, 59, confidence=0.95), 4)
    0.9505
    """
    return 0.0 if count <= 0 else float(betaincinv(count, n - count + 1, 1 - confidence))


def degree_interval(mean: float, n: int, *, confidence: float) -> Interval:
    """Return the two-sided interval of the mean of `n` independent shares in [0, 1]; (0, 1) where there are none.

    >>> low, high = degree_interval(1.0, 200, confidence=0.95)
    >>> round(low, 4), high
    (0.9817, 1.0)
    """
    if n == 0:
        return (0.0, 1.0)
    allowed = math.log(2 / (1 - confidence)) / n
    # A mean that is all but 0 or 1 allows every smaller or larger one that a float can tell from 0 or 1.
    low = (
        0.0
        if mean <= 0 or _divergence(mean, _LEAST) <= allowed
        else brentq(lambda mu: _divergence(mean, mu) - allowed, _LEAST, mean)
    )
    high = (
        1.0
        if mean >= 1 or _divergence(mean, _MOST) <= allowed
        else brentq(lambda mu: _divergence(mean, mu) - allowed, mean, _MOST)
    )
    return (float(low), float(high))


def degree_p_value(mean: float, n: int, *, least: float) -> float:
    """Return the p-value that the mean of `n` independent shares in [0, 1] is at most `least`, by the same bound.

    >>> round(degree_p_value(1.0, 10, least=0.5), 6) == round(0.5**10, 6), degree_p_value(0.4, 10, least=0.5)
    (True, 1.0)
    """
    return math.exp(-n * _divergence(mean, least)) if n and mean > least else 1.0


def _divergence(x: float, mu: float) -> float:
    """KL(x || mu) of two Bernoulli distributions, in nats."""
    found = 0.0
    if x > 0:
        found += x * math.log(x / mu)
    if x < 1:
        found += (1 - x) * math.log((1 - x) / (1 - mu))
    return found
