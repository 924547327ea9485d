"""Periods: does a reading repeat itself, and how soon?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.laws.agreement import Agreement, noted, taken_literally
from harness.laws.relations.entries import agree

if TYPE_CHECKING:
    from harness.readings.reading import Reading


def periodic(reading: Reading, period: int) -> Agreement:
    """Check that every entry equals the one a period later. In a triangle, query and key both move by a period.

    >>> from harness.readings.reading import line
    >>> bool(periodic(line([1, 2, 1, 2, 1]), 2))
    True
    """
    return agree(reading[:-period], reading[period:])


def period(reading: Reading) -> int:
    """Return the smallest period of the reading, or its length if it has none.

    >>> from harness.readings.reading import line
    >>> period(line([1, 2, 1, 2, 1]))
    2
    """
    for candidate in range(1, len(reading)):
        head, tail = reading[:-candidate], reading[candidate:]
        doubtful = (head.near_ties | tail.near_ties) & (not taken_literally())
        if not ((head.tokens != tail.tokens) & ~doubtful).any():
            return candidate
    return len(reading)


def repeats_no_sooner(reading: Reading) -> Agreement:
    """Check that the reading has no shorter period than its sequence.

    Each shorter period is compared: one that the reading has and the sequence has not is a difference. A sequence
    with period 1 has nothing shorter.

    >>> from dataclasses import replace
    >>> from harness.readings.reading import line
    >>> bool(repeats_no_sooner(replace(line([5, 6, 5, 6]), ids=(1, 2, 1, 2))))
    True
    >>> repeats_no_sooner(replace(line([5, 5, 5, 5, 5, 5]), ids=(1, 2, 3, 1, 2, 3))).share
    0.0
    """
    certain, doubtful, margins = 0, 0, []
    shorter = range(1, _period(reading.ids))
    for candidate in shorter:
        head, tail = reading[:-candidate], reading[candidate:]
        if not (head.tokens == tail.tokens).all():
            continue
        if head.near_ties.any() or tail.near_ties.any():
            doubtful += 1
        else:
            certain += 1
            margins.append(float(min(head.margins.min(), tail.margins.min())))
    return noted(
        Agreement(
            agreeing=len(shorter) - certain - doubtful,
            near_ties=doubtful,
            compared=len(shorter),
            margin=max(margins, default=None),
            sides=(reading,),
        )
    )


def _period(ids: tuple[int, ...]) -> int:
    return next((p for p in range(1, len(ids)) if ids[p:] == ids[:-p]), len(ids))
