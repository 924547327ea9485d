"""Countdown: how much is done, and about how long the rest takes at the pace so far."""

from __future__ import annotations

import time
from collections.abc import Callable

from harness.sweeps.progress import duration

ENOUGH = 20
"""Nothing is said of the time left before one part in this many is done: what is done comes in blocks."""


class Countdown:
    """Tell each time that more is done; what an earlier process did counts as done, but not for the pace."""

    def __init__(self, told: Callable[[str], None], done_as: str, total: int, done: int) -> None:
        """Begin to count.

        Args:
            told: is handed each line.
            done_as: what stands before the numbers, such as "heads screened:".
            done: how many were done before.
        """
        self._told, self._done_as, self._total = told, done_as, total
        self._before = self._last = done
        self._begun = time.monotonic()
        self._say("")

    def __call__(self, done: int) -> None:
        """Say so, where more is done than before."""
        if done <= self._last:
            return
        self._last = done
        since, rest = done - self._before, self._total - done
        each = (time.monotonic() - self._begun) / since
        self._say(f", {duration(each * rest)} left" if rest and since >= self._total / ENOUGH else "")

    def _say(self, left: str) -> None:
        self._told(f"{self._done_as} {self._last} of {self._total}{left}")
