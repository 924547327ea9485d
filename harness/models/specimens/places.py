"""How a specimen's head finds a place: by a code that is added to the residual stream, or by rotation.

Either way it is a pair of readers in silent coordinates, one for queries and one for keys. Their product is

    back(n)     6 where the key stands n places before the query (for the added form, at place 0 where there is no
                such place), 4 at most elsewhere
    recency     falls by 1/2 or more with each step back, and by less than 48 in all

Added: back(n) is a sign for each of the six binary digits of a place, so equal places agree in six. Recency is half the
place.

Rotary: a pair of coordinates turns by an angle w at each place, so a query that started at angle a and a key d places
before it have product cos(w d + a). With the six angles 2 pi / 64 * (1, 2, 4, 8, 16, 32) and a = - w n, the cosines
add up to 6 at distance n alone: at half a circle (distance n + 32) all but one of them are 1, elsewhere they are
fewer. A seventh pair turns slowly, from 45 to less than 135 degrees over 64 places, where the cosine falls steadily.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import Protocol

from harness.models.specimens.specimen_space import CONTEXT, WEIGHING, Reader, always, of_place

DIGITS = 6
"""Binary digits of a place, or pairs that turn to match one."""

ANGLES: tuple[float, ...] = (*(2 * pi / CONTEXT * 2**digit for digit in range(DIGITS)), pi / (2 * CONTEXT))
"""By how much each turning pair turns at each place."""

STEEP = 32.0
"""With it recency falls by 32 * sin(45 degrees) * pi / 128 = 0.55 or more at each step, and by less than 46 in all."""


class Places(Protocol):
    """How places are found."""

    def back(self, steps: int) -> tuple[Reader, Reader]:
        """Match the key that stands n places before the query; return what the query reads and what the key reads."""

    def recency(self) -> tuple[Reader, Reader]:
        """Weigh keys, the later the more; return what the query reads and what the key reads."""


class Added:
    """Places are added to the residual stream."""

    def back(self, steps: int) -> tuple[Reader, Reader]:
        """Match the key that stands n places before the query; return what the query reads and what the key reads."""
        return of_place(lambda place: _code(max(place - steps, 0))), of_place(_code)

    def recency(self) -> tuple[Reader, Reader]:
        """Weigh keys, the later the more; return what the query reads and what the key reads."""
        return always({WEIGHING: 1.0}), of_place(lambda place: {WEIGHING: place / 2})


class Rotary:
    """Places turn q and k: of each turning pair, one coordinate follows the other."""

    def back(self, steps: int) -> tuple[Reader, Reader]:
        """Match the key that stands n places before the query; return what the query reads and what the key reads."""
        query: dict[int, float] = {}
        for digit, angle in enumerate(ANGLES[:DIGITS]):
            query |= {_pair(digit)[0]: cos(steps * angle), _pair(digit)[1]: -sin(steps * angle)}
        return always(query), always({_pair(digit)[0]: 1.0 for digit in range(DIGITS)})

    def recency(self) -> tuple[Reader, Reader]:
        """Weigh keys, the later the more; return what the query reads and what the key reads."""
        one, other = _pair(DIGITS)
        return always({one: STEEP * cos(pi / 4), other: STEEP * sin(pi / 4)}), always({one: 1.0})


def _code(place: int) -> dict[int, float]:
    return {WEIGHING + digit: 1.0 if place >> digit & 1 else -1.0 for digit in range(DIGITS)}


def _pair(number: int) -> tuple[int, int]:
    """The two coordinates of a turning pair."""
    return WEIGHING + 2 * number, WEIGHING + 2 * number + 1
