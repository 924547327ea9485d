"""Orbits: a reading is a sequence of ids, so it can be read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness.readings.reading import Reading


def iterated(head: Callable[[Iterable[int]], Reading], S: Iterable[int], times: int) -> Reading:
    """Read S, then read the result, and so on: `head(head(S))` for two times. Lines only.

    Where a reading on the way is a near-tie, what comes after is in doubt from that position on, since the model is
    causal; the last reading says so, and that any token may be meant there: the runner-up is that of another input.

    >>> from harness.readings.reading import line
    >>> def following(ids):
    ...     return line([id + 1 for id in ids])
    >>> iterated(following, (5, 8), 3).tokens.tolist()
    [8, 11]
    """
    reading = head(S)
    for _ in range(times - 1):
        doubtful = np.logical_or.accumulate(reading.near_ties)
        reading = head(reading.tokens.tolist())
        reading = replace(reading, near_ties=reading.near_ties | doubtful, open=reading.open | doubtful)
    return reading
