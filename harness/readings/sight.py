"""Sight: how much of the input a vector can depend on by the architecture alone."""

from __future__ import annotations

from enum import IntEnum


class Sight(IntEnum):
    """What is seen; the larger, the more.

    >>> Sight.TOKEN < Sight.PLACE < Sight.ALL
    True
    """

    TOKEN = 1  # the token that stands there, and nothing else
    PLACE = 2  # the token, and its place
    ALL = 3  # whatever stands there and before
