"""Coverage: how many tokens all heads together have read after so many prompts.

The number expected over all orders of the prompts is exact (rarefaction): a token of f of P prompts is missing from m
of them with probability C(P - f, m) / C(P, m). The vocabulary is closed where more prompts bring hardly anything.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from scipy.special import gammaln

CLOSED = 0.05
"""The power of growth over the second half of the prompts below which a vocabulary counts as closed."""


def curve(read: Int[np.ndarray, "head prompt entry"]) -> Float[np.ndarray, " prompt"]:
    """Return distinct tokens expected of 1, 2, ... of the prompts.

    >>> curve(np.array([[[1, 2], [1, 3]]])).round(6).tolist()
    [2.0, 3.0]
    """
    number = read.shape[1]
    among = [np.unique(read[:, prompt]) for prompt in range(number)]
    _ids, f = np.unique(np.concatenate(among), return_counts=True)
    m = np.arange(1, number + 1)[:, None]
    room = number - f[None, :] - m
    with np.errstate(invalid="ignore"):
        missing = np.exp(_log_choose(number - f[None, :], m) - _log_choose(np.full((1, 1), number), m))
    return np.asarray(np.where(room >= 0, 1 - missing, 1.0).sum(axis=1))


def power(found: Float[np.ndarray, " prompt"]) -> float:
    """Return the power at which the curve grows over its second half; 0 where nothing comes any more, 1 where all is
    new.
    """
    number = len(found)
    if number < 2:
        return float("nan")
    half = number // 2
    return float(np.log(found[-1] / found[half - 1]) / np.log(number / half))


def _log_choose(n: np.ndarray, m: np.ndarray) -> np.ndarray:
    return np.asarray(gammaln(n + 1) - gammaln(m + 1) - gammaln(np.maximum(n - m, 0) + 1))
