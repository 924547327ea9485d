"""Pace: whether vectors are sooner decoded with a screen or by the whole product, as this process has seen so far.

A screen multiplies less and looks at more. For few vectors that pays on some processors and not on others, and for many
it may not pay where the screen leaves much, as it does of a head that has learnt nothing. A sample says which screen is
best; whether it is used then says the clock. Tokens are the same either way.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Hashable
from statistics import median
from typing import TypeVar

TRIALS = 3
"""Times that each way is tried at first."""

RECENT = 9
"""Times that are remembered of each way."""

AGAIN = 100
"""After so many times of the way that was quicker, the other one is tried again."""

Made = TypeVar("Made")


class Pace:
    """What a vector took, by how many there were and by the way that they were decoded."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._taken: defaultdict[Hashable, deque[float]] = defaultdict(lambda: deque(maxlen=RECENT))
        self._since: defaultdict[Hashable, int] = defaultdict(int)

    def screens(self, n: int, whose: Hashable) -> bool:
        """Return whether so many vectors, few, are to be decoded with such a screen."""
        with_screen, whole = ((whose, n.bit_length(), way) for way in (True, False))
        for way in (with_screen, whole):
            if len(self._taken[way]) < TRIALS or self._since[way] >= AGAIN:
                return way is with_screen
        return median(self._taken[with_screen]) <= median(self._taken[whole])

    def whole(self, n: int, whose: Hashable) -> float:
        """Return the seconds that a vector takes by the whole product among so many; 0 where it is to be tried."""
        taken = self._taken[whose, n.bit_length(), False]
        return median(taken) if len(taken) >= TRIALS else 0.0

    def last(self, n: int, whose: Hashable) -> float:
        """Return the seconds that a vector took with such a screen the last time among so many."""
        return self._taken[whose, n.bit_length(), True][-1]

    def timed(self, n: int, whose: Hashable, screened: bool, decode: Callable[[], Made]) -> Made:
        """Decode so many vectors in one of the two ways, and note what a vector took."""
        began = self._clock()
        found = decode()
        this, other = ((whose, n.bit_length(), way) for way in (screened, not screened))
        self._taken[this].append((self._clock() - began) / n)
        self._since[this] = 0
        self._since[other] += 1
        return found
