"""Agreement: the result of comparing readings, and the record of it.

A comparison is truthy when nothing differs *for certain*: where either side is a near-tie, a difference is tallied,
not counted, since the argmax there is decided by rounding. Taken `literally`, such a difference counts: a claim that
comes out otherwise then rests on near-ties, whichever way it is put (`assert not agree(...)` as well). Each
comparison is noted in the trial that is under way, so that the degree of a conjecture (the mean share of agreeing
entries) comes without a word in the chapter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.readings.reading import Reading


@dataclass(frozen=True)
class Agreement:
    """How many of the compared entries agree.

    Attributes:
        agreeing: entries that are the same on both sides.
        near_ties: entries that differ, one side at least being a near-tie.
        compared: all entries.
        first_difference: where the first certain difference stands, `(position,)` or `(query, key)`.
        margin: the smallest margin among the certain differences (the difference is as safe as that), or None.
        sides: the readings that were compared, as far as the comparison knows them.
        measured: the share itself, where it is not one of entries but of attention, say.
    """

    agreeing: int
    near_ties: int
    compared: int
    first_difference: tuple[int, ...] | None = None
    margin: float | None = None
    sides: tuple[Reading, ...] = ()
    measured: float | None = None

    def __bool__(self) -> bool:
        return self.agreeing + (0 if taken_literally() else self.near_ties) == self.compared

    @property
    def share(self) -> float:
        """The share of agreeing entries among those that are certain; 1 where there are none."""
        if self.measured is not None:
            return self.measured
        certain = self.compared - self.near_ties
        return self.agreeing / certain if certain else 1.0


_literal: ContextVar[bool] = ContextVar("literal", default=False)


def taken_literally() -> bool:
    """Return whether near-ties are taken at their word just now."""
    return _literal.get()


@contextmanager
def literally() -> Iterator[None]:
    """Take near-ties at their word inside the block: they get no benefit of the doubt.

    >>> found = Agreement(agreeing=1, near_ties=1, compared=2)
    >>> with literally():
    ...     bool(found)
    False
    >>> bool(found)
    True
    """
    token = _literal.set(True)
    try:
        yield
    finally:
        _literal.reset(token)


_log: ContextVar[list[Agreement] | None] = ContextVar("agreements", default=None)


def noted(agreement: Agreement) -> Agreement:
    """Note a comparison in the trial under way, if there is one, and give it back."""
    log = _log.get()
    if log is not None:
        log.append(agreement)
    return agreement


@contextmanager
def agreements() -> Iterator[list[Agreement]]:
    """Collect the comparisons made inside the block, in order.

    >>> with agreements() as log:
    ...     _ = noted(Agreement(agreeing=1, near_ties=0, compared=2))
    >>> [a.share for a in log]
    [0.5]
    """
    log: list[Agreement] = []
    token = _log.set(log)
    try:
        yield log
    finally:
        _log.reset(token)
